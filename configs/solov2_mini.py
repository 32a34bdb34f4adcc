# Stage 1 of soso_mini: SOLOv2 with MobileNetV2 on photos and composed scenes, for a CPU.
#
#   OMP_WAIT_POLICY=PASSIVE tools/train.py configs/solov2_mini.py --amp --resume
#
# Stage 2 is configs/soso_mini.py.

_base_ = ['_base_/runtime.py', '_base_/photos.py']

model = dict(
    type='SOSO',
    channels_last=True,
    data_preprocessor=dict(
        type='DetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_mask=True,
        pad_size_divisor=32,
    ),
    backbone=dict(
        type='MobileNetV2',
        frozen_stages=4,  # ImageNet's weights: few photos, and a step costs a quarter less
        out_indices=(1, 2, 4, 7),
        norm_cfg=dict(type='BN', requires_grad=False),
        norm_eval=True,
        # Comes with the package.
        init_cfg=dict(type='Pretrained', checkpoint='imagenet:mobilenet_v2'),
    ),
    neck=dict(
        type='FPN',
        in_channels=[24, 32, 96, 1280],
        out_channels=64,
        start_level=0,
        num_outs=5,
    ),
    mask_head=dict(
        type='MatteHead',
        num_classes=5,
        in_channels=64,
        feat_channels=128,
        stacked_convs=2,
        norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        strides=(8, 8, 16, 32, 32),
        num_grids=(24, 18, 12, 8, 6),
        scale_ranges=((1, 32), (16, 58), (29, 96), (58, 160), (104, 2048)),  # for frames of 256
        pos_scale=0.2,
        contested='smaller',
        mask_feature_head=dict(
            feat_channels=32,  # 64 would make a step a quarter dearer
            out_channels=64,
            start_level=0,
            end_level=3,
            mask_stride=4,
            norm_cfg=dict(type='GN', num_groups=8, requires_grad=True),
        ),
        # Twice the usual weight: few steps, and the categories learn slowest.
        loss_cate=dict(type='SigmoidFocalLoss', gamma=2.0, alpha=0.25, loss_weight=2.0),
        loss_dice=dict(type='SquaredDiceLoss', loss_weight=3.0),
        loss_mse=dict(type='MatteMSELoss', loss_weight=3.0),
        detail_cells='none',
        ignore_band=1,
        freeze_category=False,
        test_cfg=dict(
            score_thr=0.1,
            nms_pre=200,
            mask_thr=0.5,
            kernel='gaussian',
            sigma=2.0,
            filter_thr=0.05,
            max_per_img=50,
            upsample='logits',
            alpha_floor=0.1,  # a network this young leaves a haze
            alpha_ceiling=0.9,
            alpha_bits=8,
        ),
    ),
    low_level=None,
)

# The rate stays up to the end: stage 2 goes on from the averaged weights and brings it down.
max_iters = 4400
train_cfg = dict(type='ResumableTrainLoop', max_iters=max_iters, val_interval=1000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1.5e-3, weight_decay=2e-2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.2)), norm_decay_mult=0.0),
    clip_grad=dict(max_norm=10, norm_type=2),
)
auto_scale_lr = dict(enable=True, base_batch_size=8)
param_scheduler = [dict(type='LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=60)]

default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(interval=100, max_keep_ckpts=2, save_best=None),
)
custom_hooks = [
    dict(type='SeedIterationHook'),
    dict(type='StopOnNaNHook', interval=1),
    dict(type='FoldNormHook'),
    dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.004, gamma=200),
    dict(type='MattePicturesHook', count=4),
    dict(type='ProgressHook'),
]
