# SOLOv2 (Wang et al., NeurIPS 2020): stage 1 of SOSO, and a baseline with hard masks.
#
#   tools/train.py configs/solov2.py
#
# Keys and shapes are those of mmdet's SOLOv2: its published checkpoints load as they are.

_base_ = ['_base_/runtime.py', '_base_/schedule_stage1.py', '_base_/coco.py']

model = dict(
    type='SOSO',
    channels_last=True,  # a memory order that convolutions like better; the same result
    data_preprocessor=dict(
        type='DetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_mask=True,
        pad_size_divisor=32,
    ),
    backbone=dict(
        type='ResNet',
        depth=50,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        style='pytorch',
        # A name (downloaded from torchvision) or imagenet:FILE.
        init_cfg=dict(type='Pretrained', checkpoint='imagenet:resnet50'),
    ),
    neck=dict(
        type='FPN',
        in_channels=[256, 512, 1024, 2048],
        out_channels=256,
        start_level=0,
        num_outs=5,
    ),
    mask_head=dict(
        type='MatteHead',
        num_classes=80,
        in_channels=256,
        feat_channels=512,
        stacked_convs=4,
        norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        # 3,872 cells on five levels.
        strides=(8, 8, 16, 32, 32),
        num_grids=(40, 36, 24, 16, 12),
        scale_ranges=((1, 96), (48, 192), (96, 384), (192, 768), (384, 2048)),
        pos_scale=0.2,
        contested='smaller',  # ours; 'last' colours a contested cell as SOLOv2 does
        mask_feature_head=dict(
            feat_channels=128,
            out_channels=256,
            start_level=0,
            end_level=3,
            mask_stride=4,
            norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        ),
        loss_cate=dict(type='SigmoidFocalLoss', gamma=2.0, alpha=0.25, loss_weight=1.0),
        loss_dice=dict(type='SquaredDiceLoss', loss_weight=3.0),
        loss_mse=None,
        test_cfg=dict(
            score_thr=0.1,
            nms_pre=500,
            mask_thr=0.5,
            kernel='gaussian',
            sigma=2.0,
            filter_thr=0.05,
            max_per_img=100,
            upsample='alpha',  # as SOLOv2 does
        ),
    ),
)

default_hooks = dict(checkpoint=dict(interval=5_000, save_best='instance/mask_AP'))
