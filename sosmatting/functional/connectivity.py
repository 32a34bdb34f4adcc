"""Conn's error map: where two mattes differ in what hangs on to the object.

Letters: N instances, H W pixels. Alphas are floats in [0, 1].

Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009, with the
constants of the Composition-1k evaluation.
"""

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from sosmatting.exceptions import InputError

Empty = Literal['matlab', 'previous']

CONN_STEPS = 10
CONN_TOLERANCE = 0.15
STRIP = 64
TILE = 256


def connectivity_map(pred: Tensor, target: Tensor, empty: Empty = 'matlab') -> Tensor:
    """Compare how firmly every pixel hangs on to the part that both mattes share.

    ``Omega_i`` is the largest 4-connected component of ``{p >= t_i and g >= t_i}``, with t_i = 0,
    0.1 .. 1 (the first in reading order among equals, never the background). ``l`` is the last t_i
    of the unbroken run of levels for which the pixel lies inside. With ``d = a - l``,
    ``phi(a) = 1 - d [d >= 0.15]``.

    Args:
        pred: (N, H, W) alphas in [0, 1].
        target: (N, H, W) alphas in [0, 1], of the type and on the device of ``pred``.
        empty: At the first level where ``Omega_i`` is empty, the pixels still inside get l = 1
            (``'matlab'``, the reference code: an all-zero prediction costs nothing) or l = t_{i-1}
            (``'previous'``, its Python ports).

    Returns:
        (N, H, W) float64, abs(phi(p) - phi(g)). The components are found on the CPU.

    Raises:
        InputError: ``empty`` is unknown.
    """
    maps = torch.zeros(pred.shape, dtype=torch.float64, device=pred.device)
    for error, p, g in zip(maps, pred, target, strict=True):
        for window, values in connectivity_tiles(p, g, empty):
            error[window] = torch.from_numpy(values).to(error.device)
    return maps


def connectivity_sums(
    pred: Tensor, target: Tensor, region: Tensor | None = None, empty: Empty = 'matlab'
) -> Tensor:
    """Sum :func:`connectivity_map` over a region without keeping the map.

    Args:
        pred: (N, H, W) alphas in [0, 1].
        target: (N, H, W) alphas in [0, 1], of the type and on the device of ``pred``.
        region: (N, H, W) bool; the whole image without it.
        empty: As for :func:`connectivity_map`.

    Returns:
        (N,) float64, on the device of ``pred``.
    """
    inside = [None] * len(pred) if region is None else [r.cpu().numpy() for r in region]
    sums = []
    for p, g, part in zip(pred, target, inside, strict=True):
        tiles = connectivity_tiles(p, g, empty)
        sums.append(
            sum(
                float((values if part is None else values * part[window]).sum(1).sum())
                for window, values in tiles
            )
        )
    return torch.tensor(sums, dtype=torch.float64, device=pred.device)


def connectivity_tiles(
    pred: Tensor, target: Tensor, empty: Empty
) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Take the errors of one pair where they may be other than 0, a cache's worth at a time.

    Args:
        pred: (H, W) alphas.
        target: (H, W) alphas.
        empty: As for :func:`connectivity_map`.

    Yields:
        Rows and columns of a tile, and its (h, w) float64 errors, to be used before the next tile.

    Raises:
        InputError: ``empty`` is unknown.
    """
    if empty not in ('matlab', 'previous'):
        raise InputError(f"empty: '{empty}' is unknown; use 'matlab' or 'previous'")
    p, g = pred.cpu().numpy(), target.cpu().numpy()
    if not p.size:
        return
    reached, differs = _levels_reached(p, g)
    last = int(reached.max())
    held = _levels_held(reached, last)
    levels = np.arange(256) / CONN_STEPS
    if empty == 'matlab':
        levels[last] = 1.0
    for top in range(0, p.shape[0], STRIP):
        for left in TILE * np.flatnonzero(differs[top // STRIP]):
            window = slice(top, top + STRIP), slice(left, left + TILE)
            level = cv2.LUT(held[window], levels)
            yield window, np.abs(_distance(p[window], level) - _distance(g[window], level))


def _distance(alpha: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return ``d [d >= 0.15]`` of alphas above their level."""
    distance = alpha - level
    distance *= distance >= CONN_TOLERANCE
    return distance


def _levels_reached(p: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the thresholds above 0 that both mattes reach, and find the tiles where they differ.

    Thresholds are compared in the alphas' own type: 0.6 stored as float32 reaches the level 0.6.

    Args:
        p: (H, W) alphas.
        g: (H, W) alphas.

    Returns:
        (H, W) uint8, 0..10; and a bool for every tile of ``STRIP`` rows and ``TILE`` columns.
    """
    number = p.dtype.type
    levels = [number(step / CONN_STEPS) for step in range(CONN_STEPS + 1)]
    # Ten times alpha, rounded down, is the count; but rounding the product may lift what lies one
    # bit below a threshold onto it.
    lifted = [
        step
        for step in range(1, CONN_STEPS + 1)
        if np.nextafter(levels[step], number(0)) * number(CONN_STEPS) >= step
    ]
    reached = np.empty(p.shape, np.uint8)
    tiles = range(0, p.shape[1], TILE)
    differs = []
    for top in range(0, len(p), STRIP):
        rows = slice(top, top + STRIP)
        joint = np.minimum(p[rows], g[rows])
        reached[rows] = joint * number(CONN_STEPS)
        for step in lifted:
            reached[rows] -= (reached[rows] == step) & (joint < levels[step])
        differs.append(np.logical_or.reduceat((p[rows] != g[rows]).any(0), tiles))
    return reached, np.stack(differs)


def _levels_held(reached: np.ndarray, last: int) -> np.ndarray:
    """Count the levels from 1 on, without a break, for which a pixel lies in ``Omega``.

    Args:
        reached: (H, W) uint8, the number of levels that both mattes reach.
        last: The highest of them.

    Returns:
        (H, W) uint8, 0 to ``last``.
    """
    held = np.zeros(reached.shape, np.uint8)
    if last == 0:
        return held
    x, y, width, height = cv2.boundingRect(reached)
    frame = slice(y, y + height), slice(x, x + width)
    reached = np.ascontiguousarray(reached[frame])
    level_set, count = np.empty(reached.shape, np.uint8), np.zeros(reached.shape, np.uint8)
    walls = np.zeros((height + 2, width + 2), np.uint8)
    seed = _guess(reached >= last)
    for step in range(last, 0, -1):  # downwards: a pixel of this Omega is in the next level too
        np.greater_equal(reached, step, out=level_set.view(bool))
        # Most mattes have one body, and a component that holds more than half is the largest.
        total = cv2.countNonZero(level_set)
        walls[:] = 0
        area = cv2.floodFill(level_set, walls, seed, 2, flags=4)[0]
        omega = np.right_shift(level_set, 1, out=level_set)
        if 2 * area <= total:
            omega, seed = _largest(reached >= step)
        count += 1
        count *= omega
    held[frame] = count
    return held


def _largest(mask: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Find the largest 4-connected component, the first in reading order among equals.

    Args:
        mask: (H, W) bool, not empty.

    Returns:
        (H, W) uint8, 1 inside; and x, y of one of its pixels.
    """
    _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=4)
    sizes = np.bincount(labels.ravel())
    component = labels == 1 + int(sizes[1:].argmax())
    y, x = divmod(int(component.argmax()), mask.shape[1])
    return component.view(np.uint8), (x, y)


def _guess(mask: np.ndarray) -> tuple[int, int]:
    """Guess x, y of a pixel of the largest component: amid the fullest row's pixels.

    Args:
        mask: (H, W) bool, not empty.
    """
    y = int(np.count_nonzero(mask[::8], axis=1).argmax()) * 8
    if not mask[y].any():
        y = int(mask.any(axis=1).argmax())
    columns = np.flatnonzero(mask[y])
    return int(columns[len(columns) // 2]), y
