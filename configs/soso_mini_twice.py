# The shipped model, both looks. Stage 3: every matte is drawn again from a crop of its own.
#
#   OMP_WAIT_POLICY=PASSIVE tools/train.py configs/soso_mini_twice.py --amp --resume
#
# Stage 2 is configs/soso_mini.py; its weights are where this one starts, and stay.

_base_ = ['soso_mini.py', '_base_/look.py']

model = dict(
    data_preprocessor=dict(pad_size_divisor=64),  # 32 of the first look's pixels
    # Candidates: the second look says which of them are things. Each costs a hundredth of a second;
    # scores are measured with 100.
    mask_head=dict(test_cfg=dict(filter_thr=0.1, max_per_img=10, class_agnostic=True)),
    first_stride=2,
    second_look=dict(
        type='SecondLook',
        backbone=dict(
            type='MobileNetV2',
            frozen_stages=2,  # up to where it is told of the mattes
            out_indices=(0, 1, 2, 4, 7),
            norm_cfg=dict(type='BN', requires_grad=False),
            norm_eval=True,
            init_cfg=dict(type='Pretrained', checkpoint='imagenet:mobilenet_v2'),
        ),
        crops=(14, 6),
        half=True,
        **_base_.look,
    ),
)

side = 768
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.8, 1.1), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
]
packing = [
    dict(type='VaryColours'),
    dict(type='SettleMattes', min_area=100),
    dict(type='PackMattes'),
]
pasting = {**_base_.wide_pasting, 'prob': 0.5}
photo_pipeline = [
    dict(type='LoadReduced', side=640, upright=False),
    *framing,
    pasting,
    *packing,
]
composed = dict(pipeline=[*framing, *packing], recipe=dict(size=640))  # varied, see soso_mini.py
train_dataloader = dict(
    batch_size=3,
    dataset=dict(
        datasets=dict(
            coco=dict(pipeline=photo_pipeline),
            people=dict(pipeline=photo_pipeline),
            composed=composed,
            wide=composed,
        ),
        ratio=_base_.look_ratio,
    ),
)
test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(side, side), keep_ratio=True),
    dict(type='LoadMattes'),
    dict(type='PackMattes'),
]
coco_test_pipeline = [dict(type='LoadPhoto', upright=False), *test_pipeline[1:]]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(min_score=0.55)
test_evaluator = val_evaluator

load_from = 'work_dirs/soso_mini'
max_iters = 8800
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
auto_scale_lr = dict(enable=False)
optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys=_base_.look_rates, norm_decay_mult=0.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=60),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=60, end=max_iters, eta_min=1e-5),
]
