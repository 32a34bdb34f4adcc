"""How near a whole prediction is to what this machine can do.

Ours is the whole prediction, image to ten mattes. The peer is first the convolutions of backbone,
pyramid and head alone, then the same number of operations at the best rate that a convolution or a
matrix product reached on this machine a moment ago.
"""

from functools import partial

import torch
import torch.nn.functional as F
from mmcv.cnn.utils import fuse_conv_bn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.peers import build_ours, draw_image, scripted
from benchmarks.predict import predict
from benchmarks.timing import CPU, Row, paired, seconds_of

SIZES = ((640, 640), (800, 1344))
INSTANCES = 10
CHANNELS = 512


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Time the whole, its convolutions, and the machine's peak."""
    # Folded as Matter does when it loads a model.
    model = fuse_conv_bn(build_ours().to(device).eval())
    grids = model.mask_head.num_grids
    rate = max(peak_rates(repeats, device))
    rows = []
    for size in SIZES:
        scene = scripted(grids, 80, 256, (size[0] // 4, size[1] // 4), INSTANCES, INSTANCES)
        scene = scene.to(device)
        image = draw_image(size).to(device)

        @torch.inference_mode()
        def convolutions(image=image) -> None:  # type: ignore[no-untyped-def]
            inputs = image.contiguous(memory_format=model.memory_format)
            model.mask_head(model.extract_feat(inputs))

        with FlopCounterMode(display=False) as counter:
            convolutions()
        case = f'{size[0]} x {size[1]}'
        whole = partial(predict, model, image, size, size, scene, grids)
        row = paired(f'{case}: backbone + FPN + head', whole, convolutions, repeats, device=device)
        floor = counter.get_total_flops() / rate
        rows += [row, Row(f'{case}: at peak rate', row.ours, floor, floor / row.ours)]
    return rows


@torch.inference_mode()
def peak_rates(repeats: int, device: torch.device = CPU) -> list[float]:
    """Measure the best rates of a convolution and of a matrix product, in FLOP/s."""
    square = torch.randn(2048, 2048, device=device)
    last = dict(memory_format=torch.channels_last)
    maps = torch.randn(1, CHANNELS, 40, 40, device=device).contiguous(**last)
    weight = torch.randn(CHANNELS, CHANNELS, 3, 3, device=device).contiguous(**last)
    work = (
        (2 * 2048**3, lambda: square @ square),
        (2 * 9 * CHANNELS**2 * 1600, lambda: F.conv2d(maps, weight, padding=1)),
    )
    rates = []
    for operations, call in work:
        call()
        seconds = [seconds_of(call, device) for _ in range(repeats + 2)]
        rates.append(operations / min(seconds))
    return rates
