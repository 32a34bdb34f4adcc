# SOSO for a CPU, the shipped model, stage 2: low-level module, true alphas, larger frames.
#
#   OMP_WAIT_POLICY=PASSIVE tools/train.py configs/soso_mini.py --amp --resume
#
# Stage 1 is configs/solov2_mini.py; its averaged weights are where this one starts.

_base_ = ['solov2_mini.py']

model = dict(
    mask_head=dict(
        # The ranges of stage 1, for frames a quarter larger.
        scale_ranges=((1, 40), (20, 72), (36, 120), (72, 200), (130, 2048)),
        detail_cells='one',
        # Full size leads: at weight 1 the losses at 1/4 scale hold the matte at what 1/4 scale can
        # show (docs/training-log.md).
        detail_weight=5.0,
        # People want no long tail of guesses, and one matte of what looks like two things; the
        # scores are measured with filter_thr=0.05 and class_agnostic=False.
        test_cfg=dict(filter_thr=0.3, class_agnostic=True),
    ),
    low_level=dict(
        _delete_=True,
        type='LowLevelModule',
        out_channels=64,
        channels=16,
        depth=3,
        stride=1,
        source='image',
    ),
)

side = 320
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.7, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(side, side), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
]
packing = [
    dict(type='VaryColours'),
    dict(type='SettleMattes', min_area=50),
    dict(type='PackMattes'),
]
photo_pipeline = [
    dict(type='LoadReduced', side=512, upright=False),
    *framing,
    {**_base_.wide_pasting, 'prob': 0.3},
    *packing,
]
composed = dict(
    pipeline=[*framing, *packing],
    recipe=dict(size=416, balanced=True, **_base_.variety),
    backgrounds=_base_.wide_backgrounds,
)
train_dataloader = dict(
    dataset=dict(
        datasets=dict(
            coco=dict(pipeline=photo_pipeline),
            people=dict(pipeline=photo_pipeline),
            composed=composed,
            wide={**_base_.wide_train, **composed},
        ),
        ratio=dict(_delete_=True, coco=2, people=2, composed=2, wide=2),
    ),
)

# 60 scenes of cut-outs and backgrounds that training never saw; soso_mini_coco.py and
# soso_mini_photos.py score the same network on COCO's val2017 part and on held-out photos.
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.composed_val))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator

load_from = 'work_dirs/solov2_mini'
max_iters = 2600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys=dict(low_level=dict(lr_mult=1.0))),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=50),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=50, end=max_iters, eta_min=1e-5),
]
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=100))
custom_hooks = [
    dict(type='SeedIterationHook'),
    dict(type='StopOnNaNHook', interval=1),
    dict(type='FoldNormHook'),
    dict(type='MattePicturesHook', count=4),
    dict(type='ProgressHook'),
]
