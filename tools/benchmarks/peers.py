"""SOSO and mmdet's own SOLOv2, with the same weights, and scenes that both are given.

Letters: N instances, M candidates, E kernel channels, h w = a quarter of the image.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from torch import Tensor

import sosmatting.register  # noqa: F401
from sosmatting.engine.launch import load_config
from sosmatting.structures import SoftMattes

CONFIG = 'soso'
"""The config that is measured; SOLOv2 is built with the same backbone, pyramid and head."""

SHARED = ('num_classes', 'in_channels', 'feat_channels', 'stacked_convs', 'strides', 'scale_ranges')


def build_ours(**changes: Any) -> Any:
    """Build SOSO by :data:`CONFIG`, with random weights; ``changes`` replace parts of the model."""
    model = config_of().model
    model.update(changes)
    torch.manual_seed(0)
    return MODELS.build(model)


def config_of() -> Config:
    """Read :data:`CONFIG`, without the weights that it would load."""
    init_default_scope('mmdet')
    config = load_config(CONFIG)
    config.model.backbone.init_cfg = None
    return config


def build_pair() -> tuple[Any, Any]:
    """Build SOSO and mmdet 3.3's SOLOv2 with the same weights.

    Returns:
        SOSO and SOLOv2, both in training mode on the CPU. SOSO's low-level module, which SOLOv2
        does not have, is small but not zero.
    """
    ours = build_ours()
    model = config_of().model
    head = model.mask_head
    options = {name: copy.deepcopy(head[name]) for name in SHARED}
    peer = MODELS.build(
        dict(
            type='SOLOv2',
            data_preprocessor=model.data_preprocessor,
            backbone=model.backbone,
            neck=model.neck,
            mask_head=dict(
                type='SOLOV2Head',
                cls_down_index=0,
                pos_scale=head.pos_scale,
                num_grids=list(head.num_grids),
                mask_feature_head=dict(head.mask_feature_head),
                norm_cfg=dict(head.norm_cfg),
                loss_mask=dict(type='DiceLoss', use_sigmoid=True, loss_weight=3.0),
                # mmdet's own FocalLoss calls a compiled operator of mmcv on GPUs.
                loss_cls=dict(type='SigmoidFocalLoss', loss_weight=1.0),
                **options,
            ),
            test_cfg=ConfigDict(
                {k: v for k, v in head.test_cfg.items() if not k.startswith(('alpha', 'upsample'))}
            ),
        )
    )
    missing = ours.load_state_dict(peer.state_dict(), strict=False).missing_keys
    if any(not key.startswith('low_level.') for key in missing):
        raise RuntimeError(f'SOSO has keys that SOLOv2 does not have: {missing}')
    with torch.no_grad():
        ours.get_parameter('low_level.expand.weight').normal_(std=1e-3)
    return ours, peer


def draw_image(size_hw: tuple[int, int], count: int = 1) -> Tensor:
    """Draw noise in place of normalised images: (count, 3, H, W), the same at every call."""
    return torch.randn(count, 3, *size_hw, generator=torch.Generator().manual_seed(0))


def draw_mattes(count: int, size_hw: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Draw soft discs of all sizes: (N, H, W) uint8 with antialiased, slightly blurred edges.

    Radii are log-uniform between 1.5 % and 25 % of the shorter side, as sizes of objects in photos
    roughly are.
    """
    rng = np.random.default_rng(seed)
    short = min(size_hw)
    mattes = np.zeros((count, *size_hw), np.uint8)
    for matte in mattes:
        radius = short * math.exp(rng.uniform(math.log(0.015), math.log(0.25)))
        centre = int(rng.integers(size_hw[1])), int(rng.integers(size_hw[0]))
        cv2.circle(matte, centre, max(2, round(radius)), 255, -1, cv2.LINE_AA)
    return mattes


def samples_of(
    mattes: np.ndarray, labels: Tensor, matte: str = 'soft'
) -> tuple[DetDataSample, DetDataSample]:
    """Make a training sample of each kind: with soft mattes for SOSO, hard masks for SOLOv2."""
    height, width = mattes.shape[1:]
    soft = SoftMattes(mattes, height, width)
    hard = BitmapMasks((mattes >= 128).astype(np.uint8), height, width)
    boxes = soft.get_bboxes(HorizontalBoxes).tensor
    meta = dict(
        img_shape=(height, width),
        ori_shape=(height, width),
        batch_input_shape=(height, width),
        matte=matte,
        complete_labels=tuple(range(80)) if matte == 'hard' else (),
    )
    pair = []
    for masks in (soft, hard):
        truth = InstanceData(masks=masks, labels=labels, bboxes=boxes)
        pair.append(DetDataSample(gt_instances=truth, metainfo=dict(meta)))
    return pair[0], pair[1]


def meta_of(img_hw: tuple[int, int], ori_hw: tuple[int, int]) -> dict[str, Any]:
    """Say how large an image is in the network's frame, and the photo that it was made of."""
    return dict(img_shape=img_hw, ori_shape=ori_hw, batch_input_shape=img_hw)


def blank_sample(img_hw: tuple[int, int], ori_hw: tuple[int, int]) -> DetDataSample:
    """Make a sample without truth, for prediction."""
    return DetDataSample(metainfo=meta_of(img_hw, ori_hw))


@dataclass(frozen=True)
class Outputs:
    """What a trained head would say of a scene of discs, in SOSO's form.

    Untrained weights find nothing or everything; these put a known number of known masks in place
    of the head's outputs, after the network has computed its own.

    Attributes:
        cate_logits: (1, S, classes).
        kernels: (1, S, E).
        mask_feature: (1, E, h, w).
    """

    cate_logits: Tensor
    kernels: Tensor
    mask_feature: Tensor

    def to(self, device: torch.device, images: int = 1) -> 'Outputs':
        """Bring them to a device; of several images, which all show the same scene."""
        parts = (self.cate_logits, self.kernels, self.mask_feature)
        return Outputs(*(p.to(device).expand(images, *p.shape[1:]).contiguous() for p in parts))

    def for_solov2(self, grids: tuple[int, ...]) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Return the same as SOLOv2's head gives it: kernels and categories by level."""
        cells = [grid * grid for grid in grids]
        by_level = [
            [part.transpose(1, 2).unflatten(2, (grid, grid)).contiguous()
             for part, grid in zip(whole.split(cells, 1), grids, strict=True)]
            for whole in (self.kernels, self.cate_logits)
        ]  # fmt: skip
        return by_level[0], by_level[1], self.mask_feature


def scripted(
    grids: tuple[int, ...],
    classes: int,
    channels: int,
    size_hw: tuple[int, int],
    instances: int,
    candidates: int,
    seed: int = 0,
) -> Outputs:
    """Write outputs in which ``candidates`` entries fire and draw ``instances`` discs.

    Four channels of F are x, y, x^2 + y^2 and 1, so that a kernel can draw any disc; the others
    are noise that kernels give weights too, as trained ones do.

    Args:
        grids: Cells a side of each level.
        classes: Number of categories.
        channels: E.
        size_hw: h, w.
        instances: N; candidate i draws disc ``i mod N``, a little moved.
        candidates: M entries (cell, category) whose score is above the threshold.
        seed: Of everything drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    height, width = size_hw
    ys, xs = torch.meshgrid(
        torch.arange(height) / height, torch.arange(width) / height, indexing='ij'
    )
    feature = torch.rand(channels, height, width, generator=generator)
    feature[:4] = torch.stack([xs, ys, xs**2 + ys**2, torch.ones_like(xs)])
    cells = sum(grid * grid for grid in grids)
    rng = np.random.default_rng(seed)
    radius = np.exp(rng.uniform(math.log(0.02), math.log(0.2), instances))
    centre = rng.uniform(0, 1, (instances, 2)) * (width / height, 1.0)
    which = np.arange(cells) % instances
    moved = centre[which] + rng.normal(0, 0.1, (cells, 2)) * radius[which, None]
    steep = 12.0 / radius[which] ** 2
    kernels = torch.randn(cells, channels, generator=generator) * 0.01
    disc = [
        2 * moved[:, 0], 2 * moved[:, 1], -np.ones(cells), radius[which] ** 2 - (moved**2).sum(1)
    ]  # fmt: skip
    kernels[:, :4] = torch.from_numpy(np.stack(disc, 1) * steep[:, None]).float()
    logits = torch.full((cells, classes), -9.0)
    # Scores from 0.27 to 0.95, rising from cell to cell, so that the points NMS lets all pass.
    fires = torch.linspace(-1.0, 3.0, candidates)
    entry = torch.arange(candidates)
    label = (entry // cells + torch.from_numpy(which)[entry % cells]) % classes
    logits[entry % cells, label] = fires
    return Outputs(logits[None], kernels[None], feature[None])
