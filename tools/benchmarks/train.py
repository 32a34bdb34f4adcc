"""One training step, forward and backward: a mixed batch of one COCO and one matting image.

mmdet's SOLOv2 learns hard masks of both images; ours learns mattes, those of the matting image at
full resolution too. ResNet-50, the same weights and resolution.
"""

from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.peers import build_pair, draw_mattes, samples_of
from benchmarks.timing import Row, memory_row, paired

SIZES = ((640, 640), (800, 1344))
INSTANCES = 12


def run(repeats: int) -> list[Row]:
    """Step, without the optimiser, which is the same."""
    ours, peer = (model.train() for model in build_pair())
    rows = []
    for size in SIZES:
        labels = torch.arange(INSTANCES)
        pairs = [
            samples_of(draw_mattes(INSTANCES, size, seed), labels, kind)
            for seed, kind in enumerate(('hard', 'soft'))
        ]
        images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
        mine, theirs = (
            partial(step, model, images, [pair[which] for pair in pairs])
            for which, model in enumerate((ours, peer))
        )
        case = f'{size[0]} x {size[1]}, batch 2'
        rows.append(paired(case, mine, theirs, repeats))
        rows.append(memory_row(case, mine, theirs))
    return rows


def step(model: nn.Module, images: Tensor, samples: list) -> None:
    """Compute the gradients of a batch and drop them."""
    losses = model.loss(images, samples)
    sum(value for name, value in losses.items() if name.startswith('loss')).backward()
    model.zero_grad(set_to_none=True)
