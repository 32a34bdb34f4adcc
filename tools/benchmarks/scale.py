"""Whether the cost stays in proportion when the work grows.

Each row compares ours at a size with ours at the smallest, times how much larger the work is (the
peer): a ratio of 1 is linear growth, more is better. Memory is compared with 6 GB for large photos,
and with that of one photo for many.
"""

from functools import partial

import torch
from mmcv.cnn.utils import fuse_conv_bn

from benchmarks.peers import build_ours, scripted
from benchmarks.predict import predict
from benchmarks.timing import Row, paired, peak_memory

INPUT = (640, 640)
INSTANCES = (1, 10, 100)
SIDES = (512, 1024, 2048, 4096, 8192)
IMAGES = (1, 10, 100)
LIMIT_MB = 6000.0


def run(repeats: int) -> list[Row]:
    """Grow the number of instances, the photo's side and the number of photos."""
    model = fuse_conv_bn(build_ours().eval())  # as Matter does when it loads one
    grids = model.mask_head.num_grids
    image = torch.randn(1, 3, *INPUT, generator=torch.Generator().manual_seed(0))
    quarter = (INPUT[0] // 4, INPUT[1] // 4)

    def call(instances: int, side: int) -> partial:
        scene = scripted(grids, 80, 256, quarter, instances, instances)
        return partial(predict, model, image, INPUT, (side, side), scene, grids)

    least = call(INSTANCES[0], INPUT[0])
    rows = [scaled(f'{n} instances', call(n, INPUT[0]), least, n, repeats) for n in INSTANCES[1:]]
    small = call(10, SIDES[0])
    for side in SIDES[1:]:
        large = call(10, side)
        rows.append(scaled(f'side {side}', large, small, (side / SIDES[0]) ** 2, repeats))
        peak = peak_memory(large)
        rows.append(Row(f'side {side}, memory', peak, LIMIT_MB, LIMIT_MB / max(peak, 0.1), 'MB'))
    first = peak_memory(small)
    for count in IMAGES[1:]:
        many = partial(several, small, count)
        rows.append(scaled(f'{count} images', many, small, count, 1))
        peak = peak_memory(many)
        rows.append(Row(f'{count} images, memory', peak, first, first / max(peak, 0.1), 'MB'))
    return rows


def several(work: partial, count: int) -> None:
    """Do a piece of work ``count`` times, as a stream of photos does; nothing is kept."""
    for _ in range(count):
        work()


def scaled(case: str, large: partial, small: partial, factor: float, repeats: int) -> Row:
    """Compare a larger piece of work with ``factor`` times a smaller one."""
    row = paired(case, large, small, repeats)
    return Row(case, row.ours, row.peer * factor, row.ratio * factor)
