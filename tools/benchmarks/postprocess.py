"""From the head's outputs to masks of 640 x 640 pixels, however many candidates fire.

Ours draws soft mattes with a low-level term at full resolution; mmdet's SOLOv2 draws hard masks.
"""

from functools import partial

import torch

from benchmarks.peers import Outputs, build_pair, meta_of, scripted
from benchmarks.timing import CPU, Row, memory_row, paired

SIDE = 640
CANDIDATES = (100, 500, 3_000, 30_000)
PEER_UP_TO = 3_000
"""More candidates need tens of GB in the peer: it is timed up to here, and stands in from there."""


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Decode, suppress and draw."""
    ours, peer = (model.to(device).eval() for model in build_pair())
    head = ours.mask_head
    low_level = torch.rand(1, ours.low_level.first.out_channels, SIDE, SIDE).to(device)
    expand = ours.low_level.expand_weight.detach()
    meta = meta_of((SIDE, SIDE), (SIDE, SIDE))
    rows = []
    for count in CANDIDATES:
        outputs, reference = (
            scripted(head.num_grids, 80, 256, (SIDE // 4, SIDE // 4), 60, number).to(device)
            for number in (count, min(count, PEER_UP_TO))
        )
        mine = partial(draw, head, outputs, low_level, expand, meta)
        theirs = partial(draw_peer, peer.mask_head, reference, head.num_grids, meta)
        stand_in = '' if count <= PEER_UP_TO else f' (peer: {PEER_UP_TO:,})'
        case = f'{count:,} candidates{stand_in}'
        rows.append(paired(case, mine, theirs, repeats, device=device))
        rows.append(memory_row(case, mine, theirs, device))
    return rows


@torch.inference_mode()
def draw(head, outputs: Outputs, low_level, expand, meta):  # type: ignore[no-untyped-def]
    """Post-process by our head."""
    parts = outputs.cate_logits, outputs.kernels, outputs.mask_feature
    return head.predict_by_feat(*parts, low_level, expand, [meta])


@torch.inference_mode()
def draw_peer(head, outputs: Outputs, grids, meta):  # type: ignore[no-untyped-def]
    """Post-process by mmdet's head."""
    return head.predict_by_feat(*outputs.for_solov2(grids), [meta])
