"""What the low-level module costs: a whole prediction without it (the peer) and with it (ours)."""

from functools import partial

import torch
from mmcv.cnn.utils import fuse_conv_bn

from benchmarks.peers import build_ours, draw_image, scripted
from benchmarks.predict import predict
from benchmarks.timing import CPU, Row, paired

SIZES = ((640, 640), (800, 1344))
INSTANCES = 10


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Predict ten instances at the network's own size."""
    parts: tuple[dict, ...] = ({}, {'low_level': None})
    # Folded as Matter does when it loads a model.
    models = [fuse_conv_bn(build_ours(**part).to(device).eval()) for part in parts]
    rows = []
    for size in SIZES:
        grids = models[0].mask_head.num_grids
        scene = scripted(grids, 80, 256, (size[0] // 4, size[1] // 4), INSTANCES, INSTANCES)
        scene = scene.to(device)
        image = draw_image(size).to(device)
        with_it, without = (
            partial(predict, model, image, size, size, scene, grids) for model in models
        )
        rows.append(paired(f'{size[0]} x {size[1]}', with_it, without, repeats, device=device))
    return rows
