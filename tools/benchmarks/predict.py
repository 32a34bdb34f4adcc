"""From a normalised image to mattes (ours) or hard masks (mmdet's SOLOv2) at the photo's size.

Both networks are ResNet-50 with the same weights and are run whole. What their untrained heads say
is replaced by outputs that hold a known number of discs (:func:`benchmarks.peers.scripted`).
"""

from functools import partial
from typing import Any

import torch
from mmcv.cnn.utils import fuse_conv_bn
from torch import Tensor

from benchmarks.peers import Outputs, blank_sample, build_pair, draw_image, scripted
from benchmarks.timing import CPU, Row, memory_row, paired

FRAMES = {
    '640 x 640': ((640, 640), (640, 640)),
    '800 x 1344': ((800, 1344), (800, 1344)),
    '1080p': ((768, 1344), (1080, 1890)),
    '4K': ((768, 1344), (2160, 3780)),
}
"""Size of the network's input and of the photo."""
INSTANCES = (1, 10, 100)


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Predict; memory is measured at the largest number of instances."""
    ours, peer = (model.to(device).eval() for model in build_pair())
    fuse_conv_bn(ours)  # as Matter does when it loads a model
    rows = []
    for frame, (img_hw, ori_hw) in FRAMES.items():
        for count in INSTANCES:
            mine, theirs = pair_of(ours, peer, img_hw, ori_hw, count)
            case = f'{frame}, {count} instances'
            rows.append(paired(case, mine, theirs, repeats, device=device))
            if count == max(INSTANCES):
                rows.append(memory_row(case, mine, theirs, device))
    return rows


def pair_of(
    ours: Any,
    peer: Any,
    img_hw: tuple[int, int],
    ori_hw: tuple[int, int],
    count: int,
) -> tuple[Any, Any]:
    """Make the two calls that predict ``count`` instances of one image, where ``ours`` is."""
    device = next(ours.parameters()).device
    image = draw_image(img_hw).to(device)
    grids = ours.mask_head.num_grids
    outputs = scripted(grids, 80, 256, (img_hw[0] // 4, img_hw[1] // 4), count, count).to(device)
    mine = partial(predict, ours, image, img_hw, ori_hw, outputs, grids)
    return mine, partial(predict, peer, image, img_hw, ori_hw, outputs, None)


@torch.inference_mode()
def predict(
    model: Any,
    image: Tensor,
    img_hw: tuple[int, int],
    ori_hw: tuple[int, int],
    outputs: Outputs,
    grids: tuple[int, ...] | None,
) -> Any:
    """Run a whole model on one or more images with ``outputs`` in place of its head's."""
    head = model.mask_head
    forward = head.forward

    def scripted_forward(*args: Any) -> Any:
        forward(*args)
        if grids is not None:
            return outputs.cate_logits, outputs.kernels, outputs.mask_feature
        return outputs.for_solov2(tuple(head.num_grids))

    head.forward = scripted_forward
    try:
        return model.predict(image, [blank_sample(img_hw, ori_hw) for _ in image])
    finally:
        del head.forward
