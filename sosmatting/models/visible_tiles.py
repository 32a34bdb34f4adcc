"""Where instances can be seen, and their logits there: what drawing on the host is made of.

The frame of the original photo is cut into tiles; a bound of the logits tells which instances can
be seen in which tile.

Letters: N instances, C low-level channels, h w = a quarter of the padded image, H W = the original
image, R S = rows and columns of tiles.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from sosmatting.functional.decode import upsample
from sosmatting.functional.resampling import AxisWeights

CHUNK = 8  # masks whose bound is float at one time
SLACK = 1e-3  # of logits: what rounding may do to a bound
BASE = 64  # pixels a side of the smallest tile, in the original frame
GROUPS = (1, 2, 4, 8)  # smallest tiles a side of those that may be drawn
# What a tile costs, and a pixel of one instance in the network's frame, in the original one, and
# there once more where the two differ in size.
# Seconds on one machine; only their ratios matter.
TILE_COST, INPUT_COST, OUTPUT_COST, RESIZE_COST = 220e-6, 1.5e-9, 1.2e-9, 3e-9
AT_ONCE = 1 << 20  # pixels of all instances of a tile that are float at one time
Range = tuple[int, int]
Axes = tuple[AxisWeights, AxisWeights]


@dataclass(frozen=True)
class Logits:
    """What the mattes of one image are drawn from.

    Attributes:
        coarse: (N, h, w) logits k . F at 1/4 scale.
        narrow: (N, C) V^T k; without channels where there is no low-level module.
        low_level: (C, H', W') D at the detail stride.
        mask_stride: Pixels of a cell of ``coarse``.
        stride: Pixels of a cell of ``low_level``.
    """

    coarse: Tensor
    narrow: Tensor
    low_level: Tensor
    mask_stride: int
    stride: int

    def visible(self, floor: float) -> Tensor:
        """Mark where alphas can reach ``floor``: (N, h, w) bool, right up to one cell around.

        A pixel's grown logit is at most that of the 3x3 cells around it, and its low-level term
        at most the sum over channels of their extremes in the cell times the positive or negative
        part of the weight.
        """
        level = math.log(floor / (1 - floor)) - SLACK
        if not self.narrow.shape[1]:
            return self.coarse >= level
        cell = self.mask_stride // self.stride
        extremes, weights = [self._most(cell)], [self.narrow.clamp(min=0)]
        if self.low_level.amin() < 0:
            extremes.append(self._most(cell, -1))
            weights.append((-self.narrow).clamp(min=0))
        # The extremes of a cell and its neighbours, for a logit may come from any of them.
        around = spread(torch.cat(extremes)).flatten(1)
        weight = torch.cat(weights, dim=1)
        masks = torch.empty_like(self.coarse, dtype=torch.bool)
        for part in range(0, len(masks), CHUNK):
            chunk = slice(part, part + CHUNK)
            bound = (weight[chunk] @ around).view_as(self.coarse[chunk])
            torch.ge(bound.add_(self.coarse[chunk]), level, out=masks[chunk])
        return masks

    def _most(self, cell: int, sign: int = 1) -> Tensor:
        """Find the largest value, or largest negated one, of each cell: (C, h, w)."""
        blocks = self.low_level.unflatten(1, (-1, cell)).unflatten(3, (-1, cell))
        if sign > 0:
            return blocks.amax(2).amax(3)
        return -blocks.amin(2).amin(3)

    def alphas_of_part(
        self, instances: Tensor, rows: tuple[int, int], columns: tuple[int, int]
    ) -> Tensor:
        """Compute the alphas of some instances at full resolution, in a part of the frame.

        Args:
            instances: (n,) their indices.
            rows: First and one past the last row, in pixels of the padded image.
            columns: The same of columns.

        Returns:
            (n, rows, columns): the sigmoid of what :func:`decode_fine` has of the whole.
        """
        whole = self.mask_stride
        # One cell more on each side: what the part's border pixels are mixed with.
        top, bottom = max(rows[0] // whole - 1, 0), -(-rows[1] // whole) + 1
        left, right = max(columns[0] // whole - 1, 0), -(-columns[1] // whole) + 1
        coarse = self.coarse[:, top:bottom, left:right].index_select(0, instances)
        height, width = coarse.shape[-2:]
        factor = whole // self.stride
        fine = upsample(coarse, (height * factor, width * factor))
        if self.narrow.shape[1]:
            low = self.low_level[
                :,
                top * factor : (top + height) * factor,
                left * factor : (left + width) * factor,
            ].reshape(len(self.low_level), -1)
            fine.view(len(fine), -1).addmm_(self.narrow.index_select(0, instances), low)
        alphas = upsample(fine, (height * whole, width * whole)).sigmoid_()
        return alphas[
            :,
            rows[0] - top * whole : rows[1] - top * whole,
            columns[0] - left * whole : columns[1] - left * whole,
        ]


@dataclass(frozen=True)
class Tile:
    """A part of the original frame, and who can be seen in it.

    Attributes:
        instances: (n,) int64.
        rows: First and one past the last row.
        columns: The same of columns.
    """

    instances: Tensor
    rows: Range
    columns: Range

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns as slices."""
        return slice(*self.rows), slice(*self.columns)

    def inputs(self, axes: Axes) -> tuple[Range, Range]:
        """Rows and columns of the network's frame that the tile is mixed from."""
        return axes[0].inputs_of(*self.rows), axes[1].inputs_of(*self.columns)

    def resized(self, alphas: Tensor, axes: Axes) -> Tensor:
        """Bring (n, rows, columns) of the network's frame to the tile's own pixels."""
        down, across = axes
        if across.inputs != across.outputs:
            alphas = alphas @ across.matrix(*self.columns).T
        if down.inputs != down.outputs:
            alphas = down.matrix(*self.rows) @ alphas
        return alphas


class VisibleTiles:
    """The tiles of a photo in which something can be seen.

    Small tiles compute few pixels for nothing, large ones need fewer calls; the size is the one
    that a simple model of both costs finds cheapest.

    Args:
        visible: (N, h, w) bool, :meth:`Logits.visible`.
        axes: From the network's frame to the original one, down and across.
        mask_stride: Pixels of a cell of ``visible``.
    """

    def __init__(self, visible: Tensor, axes: Axes, mask_stride: int) -> None:
        self.cuts = cuts_of(axes[0].outputs), cuts_of(axes[1].outputs)
        seen = visible.numpy().view(np.uint8)
        for axis, (weights, cuts) in enumerate(zip(axes, self.cuts, strict=True), start=1):
            cells = [weights.inputs_of(*cut) for cut in pairs_of(cuts)]
            # A cell more on each side: a pixel near a cell's border is mixed from both.
            parts = [
                seen.take(range(max(lo // mask_stride - 1, 0), stop), axis).max(axis, initial=0)
                for lo, stop in (
                    (lo, min(-(-hi // mask_stride) + 1, seen.shape[axis])) for lo, hi in cells
                )
            ]
            seen = np.stack(parts, axis)
        self.seen = seen.astype(bool)
        self.scale = axes[0].inputs / axes[0].outputs, axes[1].inputs / axes[1].outputs
        self.margin = 3 * mask_stride
        self.group = min(GROUPS, key=self._cost)

    def _merged(self, group: int) -> np.ndarray:
        """Merge ``group`` x ``group`` tiles: (N, R', S') bool."""
        starts = [range(0, size, group) for size in self.seen.shape[1:]]
        rows = np.logical_or.reduceat(self.seen, starts[0], axis=1)
        return np.logical_or.reduceat(rows, starts[1], axis=2)

    def _cost(self, group: int) -> float:
        """Estimate the seconds that drawing takes with tiles of that size."""
        merged = self._merged(group)
        side = group * BASE
        inputs = (side * self.scale[0] + self.margin) * (side * self.scale[1] + self.margin)
        output = OUTPUT_COST if self.scale == (1, 1) else OUTPUT_COST + RESIZE_COST
        pixel = inputs * INPUT_COST + side * side * output
        return float(merged.any(0).sum() * TILE_COST + merged.sum() * pixel)

    def __iter__(self) -> Iterator[Tile]:
        """Go through the tiles in which something can be seen, some instances at a time."""
        merged = self._merged(self.group)
        downs, acrosses = (pairs_of(cuts[:: self.group] + cuts[-1:]) for cuts in self.cuts)
        for row, column in np.argwhere(merged.any(0)).tolist():
            rows, columns = downs[row], acrosses[column]
            instances = torch.from_numpy(merged[:, row, column].nonzero()[0])
            most = max(1, AT_ONCE // ((rows[1] - rows[0]) * (columns[1] - columns[0])))
            for some in instances.split(most):
                yield Tile(some, rows, columns)

    def windows(self) -> list[tuple[slice, slice] | None]:
        """Find the part of the frame where each instance can be seen; ``None`` where nowhere."""
        found: list[tuple[slice, slice] | None] = []
        for seen in self.seen:
            rows, columns = seen.any(1).nonzero()[0], seen.any(0).nonzero()[0]
            if not len(rows):
                found.append(None)
                continue
            down, across = self.cuts
            found.append(
                (
                    slice(down[rows[0]], down[rows[-1] + 1]),
                    slice(across[columns[0]], across[columns[-1] + 1]),
                )
            )
        return found


def spread(maps: Tensor) -> Tensor:
    """Give every pixel of (C, h, w) the largest value of the 3 x 3 pixels around it."""
    across = maps.clone()
    torch.maximum(across[..., 1:], maps[..., :-1], out=across[..., 1:])
    torch.maximum(across[..., :-1], maps[..., 1:], out=across[..., :-1])
    down = across.clone()
    torch.maximum(down[:, 1:], across[:, :-1], out=down[:, 1:])
    torch.maximum(down[:, :-1], across[:, 1:], out=down[:, :-1])
    return down


def cuts_of(length: int) -> list[int]:
    """Cut an axis into parts of about equal length, none longer than :data:`BASE`."""
    count = -(-length // BASE)
    return [length * k // count for k in range(count + 1)]


def pairs_of(cuts: Sequence[int]) -> list[Range]:
    """Make the parts between the cuts; a cut that stands twice makes one."""
    return [(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def boxes_of(
    stored: np.ndarray, windows: Sequence[tuple[slice, slice] | None], least: int
) -> Tensor:
    """Box what is at least ``least`` in (N, H, W) mattes: (N, 4) x0 y0 x1 y1, or 0."""
    boxes = np.zeros((len(stored), 4), np.float32)
    for box, matte, window in zip(boxes, stored, windows, strict=True):
        if window is None:
            continue
        left, top, wide, high = cv2.boundingRect((matte[window] >= least).view(np.uint8))
        if wide:
            left, top = left + window[1].start, top + window[0].start
            box[:] = left, top, left + wide, top + high
    return torch.from_numpy(boxes)
