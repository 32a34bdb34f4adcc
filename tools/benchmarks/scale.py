"""Whether the cost stays in proportion when the work grows.

Each row of seconds compares ours at a size with ours at the smallest, times how much larger the
work is (the peer): a ratio of 1 is linear growth, more is better. Memory is compared with 6 GB for
large photos, and with that of one photo for a stream of many.
"""

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from mmcv.cnn.utils import fuse_conv_bn

from benchmarks.peers import build_ours, scripted
from benchmarks.predict import predict
from benchmarks.timing import Row, paired, peak_memory
from sosmatting.apis import Matter
from sosmatting.export import save

INPUT = (640, 640)
INSTANCES = (1, 10, 100)
SIDES = (512, 1024, 2048, 4096, 8192)
IMAGES = (10, 100, 1000)
FRAME = 160  # long side at which the network sees the photos of a stream
LIMIT_MB = 6000.0
# Random weights, made to find ten things in any photo.
FINDING = [
    f'model.mask_head.test_cfg.{option}'
    for option in ('score_thr=0.005', 'filter_thr=0.0', 'max_per_img=10')
]


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
        rows.append(bounded(f'side {side}, memory', large))
    return [*rows, whole_photo(max(SIDES)), *streams()]


def scaled(case: str, large: partial, small: partial, factor: float, repeats: int) -> Row:
    """Compare a larger piece of work with ``factor`` times a smaller one."""
    row = paired(case, large, small, repeats)
    return Row(case, row.ours, row.peer * factor, row.ratio * factor)


def bounded(case: str, work: partial) -> Row:
    """Compare a peak of memory with the limit."""
    peak = peak_memory(work)
    return Row(case, peak, LIMIT_MB, LIMIT_MB / max(peak, 0.1), 'MB')


def whole_photo(side: int) -> Row:
    """Measure the memory of a photo from its file to ten mattes in files."""
    matter = Matter('soso_mini', 'random', 'cpu', options=FINDING)
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    photo = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None], ramp[::-1][:, None]), -1)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / 'photo.png'
        cv2.imwrite(str(file), photo)
        del photo

        def work() -> None:
            save(matter(file), Path(place) / 'mattes', ['alpha8', 'rgba'])

        return bounded(f'photo file of {side} x {side} to mattes in files, memory', partial(work))


def streams() -> list[Row]:
    """Run ever more photos through one model, as a stream of which nothing is kept."""
    size = f'test_dataloader.dataset.pipeline.1.scale=({FRAME},{FRAME})'
    matter = Matter('soso_mini', 'random', 'cpu', options=[*FINDING, size])
    photo = np.random.default_rng(0).integers(0, 256, (FRAME * 2, FRAME * 3, 3)).astype(np.uint8)

    def several(count: int) -> None:
        for _ in matter(repeated(photo, count)):
            pass

    several(3)
    single = [timed(partial(several, 1)) for _ in range(9)]
    first = peak_memory(partial(several, 1))
    rows = []
    for count in IMAGES:
        took: list[float] = []

        def work(count: int = count, took: list[float] = took) -> None:
            took.append(timed(partial(several, count)))

        peak = peak_memory(work)
        expected = median(single) * count
        rows.append(Row(f'{count} photos', took[0], expected, expected / took[0]))
        rows.append(Row(f'{count} photos, memory', peak, first, first / max(peak, 0.1), 'MB'))
    return rows


def repeated(photo: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Give out a photo ``count`` times."""
    for _ in range(count):
        yield photo


def timed(work: partial) -> float:
    """Measure the seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
