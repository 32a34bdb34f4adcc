"""Targets of one 800 x 1344 image: who owns which cell, and every instance at 1/4 scale."""

import torch

from benchmarks.peers import build_pair, draw_mattes, samples_of
from benchmarks.timing import CPU, Row, memory_row, paired

SIZE = (800, 1344)
COUNTS = (5, 20, 50, 200)


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Assign discs of all sizes; the peer is mmdet's ``SOLOV2Head._get_targets_single``."""
    ours, peer = (model.to(device) for model in build_pair())
    rows = []
    for count in COUNTS:
        labels = torch.arange(count) % 80
        pair = samples_of(draw_mattes(count, SIZE), labels, 'hard')
        soft, hard = (sample.to(device) for sample in pair)

        def assign(soft=soft) -> None:  # type: ignore[no-untyped-def]
            ours.mask_head.targets([soft], device, 80, None)

        def assign_peer(hard=hard) -> None:  # type: ignore[no-untyped-def]
            sizes = (SIZE[0] // 4, SIZE[1] // 4)
            peer.mask_head._get_targets_single(hard.gt_instances, featmap_sizes=sizes)

        case = f'{count} instances'
        rows.append(paired(case, assign, assign_peer, repeats, device=device))
        rows.append(memory_row(case, assign, assign_peer, device))
    return rows
