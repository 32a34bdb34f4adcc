"""What the low-level module costs: a whole prediction without it (the peer) and with it (ours)."""

from functools import partial

import torch
from mmcv.cnn.utils import fuse_conv_bn

from benchmarks.peers import build_ours, scripted
from benchmarks.predict import predict
from benchmarks.timing import Row, paired

SIZES = ((640, 640), (800, 1344))
INSTANCES = 10


def run(repeats: int) -> list[Row]:
    """Predict ten instances at the network's own size."""
    models = build_ours().eval(), build_ours(low_level=None).eval()
    for model in models:
        fuse_conv_bn(model)  # as Matter does when it loads one
    rows = []
    for size in SIZES:
        grids = models[0].mask_head.num_grids
        scene = scripted(grids, 80, 256, (size[0] // 4, size[1] // 4), INSTANCES, INSTANCES)
        image = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
        with_it, without = (
            partial(predict, model, image, size, size, scene, grids) for model in models
        )
        rows.append(paired(f'{size[0]} x {size[1]}', with_it, without, repeats))
    return rows
