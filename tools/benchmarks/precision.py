"""Prediction in bfloat16 against float32: what it saves, and what it does to the mattes.

Time is that of SOSO's ResNet-50 on ten scripted instances (:mod:`benchmarks.predict`). The mattes
are those that the model of the package gives for two photos of scikit-image's, in both precisions.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
from mmcv.cnn.utils import fuse_conv_bn

from benchmarks.peers import build_pair
from benchmarks.predict import pair_of
from benchmarks.timing import CPU, Row, paired
from sosmatting.apis import Matter
from sosmatting.exceptions import InputError
from sosmatting.functional.matching import soft_iou
from sosmatting.mattes import Mattes

SIZES = ((640, 640), (800, 1344))
INSTANCES = 10
PHOTOS = ('astronaut', 'coffee')
AIM = 2.0
"""Steps of 1/255 by which mattes may differ on average."""
# Both precisions have the same thresholds: the third look is shown the mattes that are left.
FIRST, SECOND = 0.2, 0.4


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Time both precisions and SOLOv2; compare real mattes.

    Raises:
        InputError: scikit-image, whose photos are used, is not installed.
    """
    photos = read_photos()
    ours, peer = (model.to(device).eval() for model in build_pair())
    fuse_conv_bn(ours)  # as Matter does when it loads a model
    rows = []
    for size in SIZES:
        mine, theirs = pair_of(ours, peer, size, size, INSTANCES)
        lower = partial(in_bfloat16, mine, device)
        case = f'{size[0]} x {size[1]}'
        rows.append(paired(f'{case}: ours in float32', lower, mine, repeats, device=device))
        rows.append(paired(f'{case}: SOLOv2 in float32', lower, theirs, repeats, device=device))
    plain, low = (
        Matter(
            device=str(device),
            amp=amp,
            options=[
                f'model.mask_head.test_cfg.filter_thr={FIRST}',
                f'model.second_look.test_cfg.filter_thr={SECOND}',
                'model.second_look.half=False',  # which would choose a lower precision by itself
            ],
        )
        for amp in (False, True)
    )
    for name, photo in zip(PHOTOS, photos, strict=True):
        steps = difference(low(photo), plain(photo))
        for where, step in zip(('the frame', 'what is seen'), steps, strict=True):
            ratio = AIM / max(step, 1e-6)
            rows.append(Row(f'{name}: mean step over {where}', step, AIM, ratio, '1/255'))
    return rows


def in_bfloat16(work: Any, device: torch.device) -> Any:
    """Do ``work`` under autocast."""
    with torch.autocast(device.type, torch.bfloat16):
        return work()


def read_photos() -> list[np.ndarray]:
    """Read :data:`PHOTOS`, (H, W, 3) uint8 RGB each.

    Raises:
        InputError: scikit-image is not installed.
    """
    try:
        import skimage.data
    except ImportError as error:
        raise InputError(
            "scikit-image: not installed, its photos are needed; pip install 'sosmatting[bench]'"
        ) from error
    return [getattr(skimage.data, name)() for name in PHOTOS]


def difference(found: Mattes, plain: Mattes) -> tuple[float, float]:
    """Measure how far mattes are from the same mattes in full precision.

    Every matte of ``plain`` is compared with the one that overlaps it most, an empty one where
    there is none.

    Returns:
        The mean over mattes of the mean absolute difference in steps of 1/255: over the whole
        frame, and over the pixels where either of both is not transparent.

    Raises:
        ValueError: There are no mattes.
    """
    if not len(plain):
        raise ValueError('no mattes to compare with')
    theirs = torch.from_numpy(plain.alphas).float() / plain.opaque
    mine = torch.from_numpy(found.alphas).float() / found.opaque
    mine = torch.cat([mine, torch.zeros_like(theirs[:1])])
    nearest = mine[soft_iou(theirs, mine).argmax(1)]
    apart = (nearest - theirs).abs().mul(255).flatten(1)
    seen = ((nearest > 0) | (theirs > 0)).flatten(1).sum(1).clamp(min=1)
    return apart.mean().item(), (apart.sum(1) / seen).mean().item()
