# SOSO-Light with ResNet-50 by the recipe of soso_mini, stage 2, for a GPU.
#
#   make light-stage2
#
# Stage 1 is configs/solov2_light_photos.py; its averaged weights are where this one starts. Stage 3
# is configs/soso_light_twice.py.

_base_ = ['solov2_light_photos.py']

model = dict(
    mask_head=dict(
        # The ranges of stage 1, for frames of 640.
        scale_ranges=((1, 80), (40, 160), (80, 320), (160, 640), (320, 2048)),
        detail_cells='one',
        detail_weight=5.0,  # as in soso_mini.py, which says why
        test_cfg=dict(filter_thr=0.3),
    ),
    low_level=dict(
        _delete_=True,
        type='LowLevelModule',
        out_channels=128,
        channels=16,
        depth=3,
        stride=1,
        source='image',
    ),
)

side = 640
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.7, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(side, side), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
]
photo_pipeline = [
    dict(type='LoadReduced', side=1024, upright=False),
    *framing,
    {**_base_.wide_pasting, 'prob': 0.3},
    *_base_.packing,
]
composed = dict(
    pipeline=[*framing, *_base_.packing],
    recipe=dict(size=832, balanced=True, **_base_.variety),
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
composed_val = dict(
    pipeline=_base_.test_pipeline,
    **{k: v for k, v in _base_.composed_val.items() if k != 'pipeline'},
)
val_dataloader = dict(dataset=dict(_delete_=True, **composed_val))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator

load_from = 'work_dirs/solov2_light_photos'
max_iters = 6_000
train_cfg = dict(max_iters=max_iters, val_interval=2_000)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=200),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=200, end=max_iters, eta_min=1e-6),
]
