"""A training step that recomputes the backbone's activations (``with_cp``); the peer keeps them.

ResNet-50, one image of a side that a crop of a 4K photo has, with true alphas.
"""

import torch

from benchmarks.peers import build_ours, config_of
from benchmarks.timing import CPU, Row, memory_row, paired
from benchmarks.train import steps_of

SIDES = (1024,)


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Step with the same weights on the same image; the gradients are equal (a test says so)."""
    without = build_ours().to(device).train()
    recomputing = dict(config_of().model.backbone, with_cp=True)
    with_it = build_ours(backbone=recomputing).to(device).train()
    rows = []
    for side in SIDES:
        ours, peer = steps_of(with_it, without, (side, side), ('soft',))
        case = f'{side} x {side}, batch 1'
        # Memory first: what a process has freed it uses again, and would not be seen.
        memory = memory_row(case, ours, peer, device)
        rows += [paired(case, ours, peer, repeats, device=device), memory]
    return rows
