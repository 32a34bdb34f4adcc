# Both looks with ResNet-50, for a GPU. Stage 3 by the recipe of soso_mini_twice.
#
#   make light-stage3
#
# Stage 2 is configs/soso_light_photos.py; its weights are where this one starts, and stay.

_base_ = ['soso_light_photos.py', '_base_/look.py']

model = dict(
    data_preprocessor=dict(pad_size_divisor=64),  # 32 of the first look's pixels
    # Candidates: the second look says which of them are things; scores are measured with 100.
    mask_head=dict(test_cfg=dict(filter_thr=0.1, max_per_img=20, class_agnostic=True)),
    first_stride=2,
    second_look=dict(
        type='SecondLook',
        backbone=dict(
            type='ResNet',
            depth=50,
            num_stages=4,
            out_indices=(0, 1, 2, 3),
            frozen_stages=1,  # up to where it is told of the mattes
            norm_cfg=dict(type='BN', requires_grad=False),
            norm_eval=True,
            style='caffe',
            init_cfg=_base_.model.backbone.init_cfg,
        ),
        channels=(32, 64, 96, 128),
        sides=(224, 384),
        crops=(48, 16),
        half=True,
        **_base_.look,
    ),
)

side = 1024
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.8, 1.1), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
]
packing = [
    dict(type='VaryColours'),
    dict(type='SettleMattes', min_area=180),
    dict(type='PackMattes'),
]
photo_pipeline = [
    dict(type='LoadReduced', side=side, upright=False),
    *framing,
    {**_base_.wide_pasting, 'prob': 0.5},
    *packing,
]
composed = dict(pipeline=[*framing, *packing], recipe=dict(size=832))
train_dataloader = dict(
    batch_size=8,
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

load_from = 'work_dirs/soso_light_photos'
max_iters = 6_000
train_cfg = dict(max_iters=max_iters, val_interval=2_000)
auto_scale_lr = dict(enable=False)
optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    paramwise_cfg=dict(custom_keys=_base_.look_rates, norm_decay_mult=0.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=100),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=100, end=max_iters, eta_min=1e-6),
]
