"""Photos that a network cannot take at once: overlapping tiles, blended where they meet.

Letters: H W pixels of the photo. A tile is a core and a halo around it; weights fall from 1 to 0
over the inner half of the halo and the outermost half of it is never used. A network that sees no
further than half a halo therefore gives what it gives on the whole photo.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.functional.trimap import UNKNOWN

STEP = 32  # tiles start at multiples of it, so that a network's cells lie where they always do
HALO = 128
CORE = 1024
WHOLE = 1 << 21  # pixels that are taken at once by default; more are tiled


@dataclass(frozen=True)
class Span:
    """A tile along one axis.

    Attributes:
        start: First pixel that the network sees.
        stop: One past the last.
        weights: (stop - start,) float32 in [0, 1].
    """

    start: int
    stop: int
    weights: np.ndarray


def spans(length: int, core: int, halo: int) -> list[Span]:
    """Cut an axis into cores of at most ``core`` pixels, each with a halo on both sides.

    Args:
        length: Of the axis.
        core: Largest core, a multiple of 32, twice the halo or more.
        halo: A multiple of 32.

    Returns:
        Tiles whose weights sum to 1 at every pixel.
    """
    count = -(-length // core)
    edges = [round(k * length / count / STEP) * STEP for k in range(count)] + [length]
    ramp = halo // 2
    found = []
    for k in range(count):
        low, high = edges[k], edges[k + 1]
        start, stop = max(low - halo, 0), min(high + halo, length)
        places = np.arange(start, stop) + 0.5
        weights = np.ones(stop - start)
        if k:
            weights *= np.clip((places - low) / (2 * ramp) + 0.5, 0, 1)
        if k + 1 < count:
            weights *= np.clip((high - places) / (2 * ramp) + 0.5, 0, 1)
        found.append(Span(start, stop, weights.astype(np.float32)))
    return found


def tiles(size_hw: tuple[int, int], core: int, halo: int) -> Iterator[tuple[Span, Span]]:
    """Give rows and columns of every tile of a photo."""
    columns = spans(size_hw[1], core, halo)
    for rows in spans(size_hw[0], core, halo):
        for across in columns:
            yield rows, across


def solve_in_tiles(
    solve: Callable[[np.ndarray, np.ndarray], np.ndarray],
    image: np.ndarray,
    trimap: np.ndarray,
    core: int = CORE,
    halo: int = HALO,
) -> np.ndarray:
    """Solve a trimap tile by tile; tiles without unknown pixels are passed over.

    Args:
        solve: Image and trimap of a tile to its (h, w) float32 alpha.
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8 of 0, 128 and 255.
        core: Largest side of a core.
        halo: What a tile sees around its core.

    Returns:
        (H, W) float32 in [0, 1], exactly 0 and 1 where the trimap says so.
    """
    unknown = trimap == UNKNOWN
    alpha = np.zeros(trimap.shape, np.float32)
    for rows, columns in tiles(trimap.shape, core, halo):  # type: ignore[arg-type]
        window = (slice(rows.start, rows.stop), slice(columns.start, columns.stop))
        weights = rows.weights[:, None] * columns.weights
        if (unknown[window] & (weights > 0)).any():
            found = solve(np.ascontiguousarray(image[window]), trimap[window])
            alpha[window] += weights * found
    return np.where(unknown, alpha.clip(0, 1), trimap / np.float32(255))


def check_tile(tile: int | None) -> None:
    """Refuse sides of cores that tiles cannot have.

    Raises:
        InputError: It is neither 0 (never tile) nor a multiple of 32 of two halos or more.
    """
    if tile is not None and tile and (tile < 2 * HALO or tile % STEP):
        raise InputError(f'tile {tile}: give 0 (never), or a multiple of {STEP} from {2 * HALO} on')
