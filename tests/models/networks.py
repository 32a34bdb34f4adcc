"""Small networks and samples that several tests of the model share."""

import copy

import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

import sosmatting.register  # noqa: F401
from sosmatting.structures import SoftMattes

GN = dict(type='GN', num_groups=8, requires_grad=True)
BACKBONE = dict(
    type='ResNet',
    depth=18,
    num_stages=4,
    out_indices=(0, 1, 2, 3),
    norm_cfg=dict(type='BN', requires_grad=True),
    norm_eval=True,
    style='pytorch',
)
NECK = dict(type='FPN', in_channels=[64, 128, 256, 512], out_channels=32, start_level=0, num_outs=5)
HEAD = dict(
    num_classes=4,
    in_channels=32,
    feat_channels=32,
    stacked_convs=2,
    strides=(8, 8, 16, 32, 32),
    scale_ranges=((1, 96), (48, 192), (96, 384), (192, 768), (384, 2048)),
    num_grids=(10, 9, 6, 4, 3),
    pos_scale=0.2,
    norm_cfg=GN,
    mask_feature_head=dict(
        feat_channels=16, start_level=0, end_level=3, out_channels=32, mask_stride=4, norm_cfg=GN
    ),
)
TEST_CFG = dict(
    nms_pre=500, score_thr=0.1, mask_thr=0.5, filter_thr=0.05, kernel='gaussian', sigma=2.0,
    max_per_img=100,
)  # fmt: skip
PREPROCESSOR = dict(
    type='DetDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_mask=True,
    pad_size_divisor=32,
)
LOSSES = dict(
    loss_cate=dict(type='SigmoidFocalLoss', loss_weight=1.0),
    loss_dice=dict(type='SquaredDiceLoss', loss_weight=3.0),
    loss_mse=dict(type='MatteMSELoss', loss_weight=10.0),
)


def build_soso(low_level: dict | None = None, seed: int = 0, **head):
    """Build a small SOSO with seeded random weights."""
    torch.manual_seed(seed)
    options = dict(HEAD, type='MatteHead', test_cfg=dict(TEST_CFG), **LOSSES)
    options.update(head)
    if low_level is not None:
        low_level = dict(type='LowLevelModule', out_channels=32, channels=8, **low_level)
    model = MODELS.build(
        dict(
            type='SOSO',
            backbone=BACKBONE,
            neck=NECK,
            mask_head=options,
            low_level=low_level,
            data_preprocessor=PREPROCESSOR,
        )
    )
    return model.eval()


def build_mmdet_solov2(seed: int = 0, **head):
    """Build mmdet's own SOLOv2 of the same shape."""
    torch.manual_seed(seed)
    options = dict(
        copy.deepcopy(HEAD),  # mmdet's head edits the config that it is given
        type='SOLOV2Head',
        cls_down_index=0,
        loss_mask=dict(type='DiceLoss', use_sigmoid=True, loss_weight=3.0),
        loss_cls=dict(type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25, loss_weight=1.0),
    )
    options.update(head)
    model = MODELS.build(
        dict(
            type='SOLOv2',
            backbone=BACKBONE,
            neck=NECK,
            mask_head=options,
            test_cfg=ConfigDict(TEST_CFG),
            data_preprocessor=PREPROCESSOR,
        )
    )
    return model.eval()


def sample_of(alphas, labels=None, *, matte='soft', complete=range(4), img_hw=None):
    """Make a sample out of (N, H, W) uint8 mattes; boxes are those of alpha > 0.1."""
    height, width = alphas.shape[1:]
    mattes = SoftMattes(alphas, height, width)
    labels = torch.zeros(len(alphas), dtype=torch.long) if labels is None else labels
    truth = InstanceData(
        masks=mattes, labels=labels, bboxes=mattes.get_bboxes(HorizontalBoxes).tensor
    )
    sample = DetDataSample(gt_instances=truth)
    size = img_hw or (height, width)
    sample.set_metainfo(
        dict(
            img_shape=size,
            ori_shape=size,
            batch_input_shape=(height, width),
            matte=matte,
            complete_labels=tuple(complete),
        )
    )
    return sample
