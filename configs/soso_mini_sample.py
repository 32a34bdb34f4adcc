# The drawn sample in minutes on a CPU: a network like soso_mini, one stage, six drawn categories.
#
#   tools/train.py configs/soso_mini_sample.py --amp
#
# It knows nothing of the world; configs/soso_mini.py is the shipped model.

_base_ = ['_base_/runtime.py', '_base_/sample.py']

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
        frozen_stages=2,  # the layers at high resolution keep their ImageNet weights
        out_indices=(1, 2, 4, 7),
        norm_cfg=dict(type='BN', requires_grad=True),
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
        num_classes=6,
        in_channels=64,
        feat_channels=128,
        stacked_convs=2,
        norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        # The ranges of the full model, for images a third of its size.
        strides=(8, 8, 16, 32, 32),
        num_grids=(24, 20, 12, 8, 6),
        scale_ranges=((1, 48), (24, 80), (48, 128), (96, 192), (144, 1024)),
        pos_scale=0.2,
        contested='smaller',
        mask_feature_head=dict(
            feat_channels=64,
            out_channels=64,
            start_level=0,
            end_level=3,
            mask_stride=4,
            norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        ),
        # Twice the usual weight: few steps, and the categories learn slowest.
        loss_cate=dict(type='SigmoidFocalLoss', gamma=2.0, alpha=0.25, loss_weight=2.0),
        loss_dice=dict(type='SquaredDiceLoss', loss_weight=3.0),
        loss_mse=dict(type='MatteMSELoss', loss_weight=10.0),
        detail_cells='one',
        detail_weight=0.2,  # the best of the few values tried, on one seed
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
            alpha_floor=0.02,  # a network this young leaves a faint haze
            alpha_bits=8,
        ),
    ),
    low_level=dict(
        type='LowLevelModule', out_channels=64, channels=16, depth=3, stride=1, source='image'
    ),
)

max_iters = 500
train_cfg = dict(type='ResumableTrainLoop', max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

# SOLOv2's SGD recipe needs far more steps than minutes on a CPU allow.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=1e-2),
    paramwise_cfg=dict(
        custom_keys=dict(backbone=dict(lr_mult=0.1), low_level=dict(lr_mult=0.3)),
        norm_decay_mult=0.0,
    ),
    clip_grad=dict(max_norm=10, norm_type=2),
)
auto_scale_lr = dict(enable=True, base_batch_size=8)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=40),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=40, end=max_iters, eta_min=1e-5),
]

default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(interval=50, max_keep_ckpts=2, save_best=None),
)
custom_hooks = [
    dict(type='SeedIterationHook'),
    dict(type='StopOnNaNHook', interval=1),
    dict(type='MattePicturesHook', count=4),
    dict(type='ProgressHook'),
]
