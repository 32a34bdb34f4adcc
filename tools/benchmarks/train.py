"""One training step, forward and backward: a mixed batch of one COCO and one matting image.

mmdet's SOLOv2 learns hard masks of both images; ours learns mattes, those of the matting image at
full resolution too. ResNet-50, the same weights and resolution.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from benchmarks.peers import build_pair, draw_image, draw_mattes, samples_of
from benchmarks.timing import CPU, Row, memory_row, paired

SIZES = ((640, 640), (800, 1344))
INSTANCES = 12


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Step, without the optimiser, which is the same."""
    ours, peer = (model.to(device).train() for model in build_pair())
    rows = []
    for size in SIZES:
        mine, theirs = steps_of(ours, peer, size, ('hard', 'soft'))
        case = f'{size[0]} x {size[1]}, batch 2'
        rows.append(paired(case, mine, theirs, repeats, device=device))
        rows.append(memory_row(case, mine, theirs, device))
    return rows


def steps_of(
    ours: Any, peer: Any, size_hw: tuple[int, int], kinds: Sequence[str]
) -> tuple[partial, partial]:
    """Make the two calls that step on one batch, where ``ours`` is.

    Args:
        ours: SOSO.
        peer: What steps on the same batch: SOLOv2 with hard masks, or another SOSO with ours.
        size_hw: H, W of every image.
        kinds: ``'hard'`` or ``'soft'``, what each image's truth is.
    """
    device = next(ours.parameters()).device
    labels = torch.arange(INSTANCES)
    pairs = [
        samples_of(draw_mattes(INSTANCES, size_hw, seed), labels, kind)
        for seed, kind in enumerate(kinds)
    ]
    images = draw_image(size_hw, len(kinds)).to(device)
    soft, hard = ([pair[which].to(device) for pair in pairs] for which in (0, 1))
    truth = soft if isinstance(peer, type(ours)) else hard
    return partial(step, ours, images, soft), partial(step, peer, images, truth)


def step(model: Any, images: Tensor, samples: list) -> None:
    """Compute the gradients of a batch and drop them."""
    losses = model.loss(images, samples)
    sum(value for name, value in losses.items() if name.startswith('loss')).backward()
    model.zero_grad(set_to_none=True)
