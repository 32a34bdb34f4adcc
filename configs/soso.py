# SOSO (Soft SOLO), the recipe: stage 2, mixed COCO and SOFI-200 batches, on a trained SOLOv2.
#
#   tools/train.py configs/soso.py
#   tools/test.py configs/soso.py work_dirs/soso/iter_24000.pth
#
# Stage 1 is configs/solov2.py; its published checkpoint is taken where none of your own is named.
# What the method leaves open is marked "ours".

_base_ = ['_base_/runtime.py', '_base_/schedule_stage2.py', '_base_/coco_sofi200.py']

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
        non_blocking=True,  # the host goes on while a GPU fetches pinned images
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
        with_cp=False,  # True recomputes activations: slower, leaner, for large crops
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
        contested='smaller',  # ours: a cell that two instances want draws the smaller one
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
        # The weight is ours, and not tuned; 10 gave all-zero mattes in a short trial.
        loss_mse=dict(type='MatteMSELoss', loss_weight=1.0),
        detail_cells='one',  # ours: one drawn cell of each instance is supervised at full size
        detail_weight=1.0,  # ours
        ignore_band=4,  # ours: MSE skips up to so many cells around a polygon, by object size
        freeze_category=True,  # its loss still flows through it into pyramid and backbone
        test_cfg=dict(
            score_thr=0.1,
            nms_pre=500,
            mask_thr=0.5,
            kernel='gaussian',
            sigma=2.0,
            filter_thr=0.05,
            max_per_img=100,
            upsample='logits',
            alpha_floor=1 / 255,
            alpha_bits=8,
        ),
    ),
    # Depth, width and source are ours.
    low_level=dict(
        type='LowLevelModule',
        out_channels=256,
        channels=16,
        depth=3,
        stride=1,
        source='image',
    ),
)

# Your own stage 1: --cfg-options load_from=work_dirs/solov2/iter_264000.pth
load_from = (
    'https://download.openmmlab.com/mmdetection/v2.0/solov2/solov2_r50_fpn_3x_coco/'
    'solov2_r50_fpn_3x_coco_20220512_125856-fed092d4.pth'
)
