"""From the logits of the instances kept to their mattes at the photo's own size.

Two ways to the same mattes. On a GPU whole frames are drawn, a few instances at a time. On the host
each instance is drawn tile by tile, and only where it can be seen: alphas below the floor are
written as 0, so that a bound of the logits tells where nothing has to be computed. What that costs
grows with what instances cover, not with their number times the photo; tiles bound the memory.

Letters: N instances, E kernel channels, C low-level channels, h w = a quarter of the padded image,
H W = the original image.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.functional.alpha import boxes_xyxy, quantise, resize
from sosmatting.functional.decode import decode_fine, upsample
from sosmatting.functional.resampling import AxisWeights
from sosmatting.functional.windows import window_of

UPSAMPLE = ('logits', 'alpha')
CHUNK = 8  # mattes that are float at full resolution at one time
TILE = 512  # pixels a side
SLACK = 1e-3  # of logits: what rounding may do to a bound
Drawn = tuple[Tensor, Tensor, Tensor]


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
        around = F.max_pool2d(torch.cat(extremes)[None], 3, stride=1, padding=1)[0].flatten(1)
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

    def of_part(self, index: int, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
        """Compute the logits of one instance at full resolution, in a part of the frame.

        Args:
            index: The instance.
            rows: First and one past the last row, in pixels of the padded image.
            columns: The same of columns.

        Returns:
            (rows, columns) logits, as :func:`decode_fine` has them of the whole.
        """
        whole = self.mask_stride
        # One cell more on each side: what the part's border pixels are mixed with.
        top, bottom = max(rows[0] // whole - 1, 0), -(-rows[1] // whole) + 1
        left, right = max(columns[0] // whole - 1, 0), -(-columns[1] // whole) + 1
        coarse = self.coarse[index, top:bottom, left:right]
        height, width = coarse.shape
        factor = whole // self.stride
        fine = upsample(coarse[None], (height * factor, width * factor))[0]
        if self.narrow.shape[1]:
            low = self.low_level[
                :,
                top * factor : (top + height) * factor,
                left * factor : (left + width) * factor,
            ]
            fine += (self.narrow[index] @ low.reshape(len(low), -1)).view_as(fine)
        fine = upsample(fine[None], (height * whole, width * whole))[0]
        return fine[
            rows[0] - top * whole : rows[1] - top * whole,
            columns[0] - left * whole : columns[1] - left * whole,
        ]


class MatteDrawer:
    """Draw instances at full resolution.

    Args:
        mask_stride: Stride of the mask feature in pixels.
        upsample: Grow ``'logits'``, or ``'alpha'`` as SOLOv2 does (only without low-level module).
        alpha_floor: Smaller alphas are written as 0: a sigmoid never gets there by itself.
        alpha_ceiling: Larger alphas are written as 1, for the same reason.
        alpha_bits: 8 gives uint8 mattes, 16 int32 ones of 0..65535.
    """

    def __init__(
        self,
        mask_stride: int,
        upsample: str,
        alpha_floor: float,
        alpha_ceiling: float,
        alpha_bits: int,
    ) -> None:
        if upsample not in UPSAMPLE or alpha_bits not in (8, 16) or not 0 <= alpha_floor < 1:
            raise ValueError(
                f'test_cfg: upsample={upsample!r} must be one of {UPSAMPLE}, '
                f'alpha_bits={alpha_bits} 8 or 16, alpha_floor={alpha_floor} in [0, 1)'
            )
        self.mask_stride = mask_stride
        self.upsample = upsample
        self.alpha_floor = alpha_floor
        self.alpha_ceiling = alpha_ceiling
        self.dtype, self.full = (torch.uint8, 255.0) if alpha_bits == 8 else (torch.int32, 65535.0)

    def __call__(
        self,
        coarse: Tensor,
        kernels: Tensor,
        low_level: Tensor | None,
        expand: Tensor | None,
        img_hw: tuple[int, int],
        ori_hw: tuple[int, int],
    ) -> Drawn:
        """Draw the instances of one image.

        Args:
            coarse: (N, h, w) logits.
            kernels: (N, E) the kernels they came from.
            low_level: (C, H', W') D, or ``None``.
            expand: (E, C) V, or ``None``.
            img_hw: The image without padding, in the network's frame.
            ori_hw: H, W of the original image.

        Returns:
            Quantised alphas (N, H, W), boxes (N, 4) of alpha >= 0.5 and areas (N,) in pixels.
        """
        skips = coarse.device.type == 'cpu' and self.upsample == 'logits' and self.alpha_floor > 0
        if not skips:
            return self.draw_whole(coarse, kernels, low_level, expand, img_hw, ori_hw)
        if low_level is None or expand is None:
            low_level, expand = coarse.new_zeros(0, 1, 1), kernels.new_zeros(kernels.shape[1], 0)
            stride = self.mask_stride
        else:
            stride = coarse.shape[-1] * self.mask_stride // low_level.shape[-1]
        logits = Logits(coarse, kernels @ expand, low_level, self.mask_stride, stride)
        return self.draw_visible(logits, img_hw, ori_hw)

    def draw_whole(
        self,
        coarse: Tensor,
        kernels: Tensor,
        low_level: Tensor | None,
        expand: Tensor | None,
        img_hw: tuple[int, int],
        ori_hw: tuple[int, int],
    ) -> Drawn:
        """Draw whole frames, a few instances at a time, without asking the device anything."""
        count = len(coarse)
        stored = torch.empty((count, *ori_hw), dtype=self.dtype, device=coarse.device)
        boxes, areas = coarse.new_zeros(count, 4), coarse.new_zeros(count)
        pad_hw = (coarse.shape[-2] * self.mask_stride, coarse.shape[-1] * self.mask_stride)
        for first in range(0, count, CHUNK):
            part = slice(first, first + CHUNK)
            if self.upsample == 'alpha':
                alphas = upsample(coarse[part].sigmoid(), pad_hw)
            elif low_level is None or expand is None:
                alphas = upsample(coarse[part], pad_hw).sigmoid()
            else:
                fine = decode_fine(coarse[part], kernels[part], low_level, expand)
                alphas = upsample(fine, pad_hw).sigmoid()
            alphas = resize(alphas[:, : img_hw[0], : img_hw[1]], ori_hw)
            alphas = self._clipped(alphas)
            boxes[part], areas[part] = boxes_xyxy(alphas), alphas.flatten(1).sum(1)
            if self.dtype == torch.uint8:
                stored[part] = quantise(alphas)
            else:
                stored[part] = (alphas * self.full).round().to(torch.int32)
        return stored, boxes, areas

    def draw_visible(
        self, logits: Logits, img_hw: tuple[int, int], ori_hw: tuple[int, int]
    ) -> Drawn:
        """Draw each instance tile by tile, where its alpha can reach the floor."""
        count = len(logits.coarse)
        # calloc's pages cost nothing until they are written to.
        plain = np.zeros((count, *ori_hw), np.uint8 if self.dtype == torch.uint8 else np.int32)
        stored = torch.from_numpy(plain)
        boxes, areas = torch.zeros(count, 4), torch.zeros(count)
        axes = AxisWeights(img_hw[0], ori_hw[0]), AxisWeights(img_hw[1], ori_hw[1])
        visible = logits.visible(self.alpha_floor)
        for index in range(count):
            cells = window_of(visible[index], 1)
            if cells is None:
                continue
            window = tuple(
                axis.outputs_of(
                    side.start * self.mask_stride, min(side.stop * self.mask_stride, axis.inputs)
                )
                for side, axis in zip(cells, axes, strict=True)
            )
            for rows, columns in tiles_of(*window):
                alpha = self._tile(logits, index, rows, columns, axes)
                areas[index] += alpha.sum()
                part = stored[index, rows[0] : rows[1], columns[0] : columns[1]]
                part.copy_(alpha.mul_(self.full).round_())
            boxes[index] = self._box(stored[index], *window)
        return stored, boxes, areas

    def _tile(
        self,
        logits: Logits,
        index: int,
        rows: tuple[int, int],
        columns: tuple[int, int],
        axes: tuple[AxisWeights, AxisWeights],
    ) -> Tensor:
        """Compute the (rows, columns) alphas of a tile of the original frame."""
        down, across = axes
        alpha = logits.of_part(index, down.inputs_of(*rows), across.inputs_of(*columns)).sigmoid()
        if across.inputs != across.outputs:
            alpha = alpha @ across.matrix(*columns).T
        if down.inputs != down.outputs:
            alpha = down.matrix(*rows) @ alpha
        return self._clipped(alpha)

    def _clipped(self, alphas: Tensor) -> Tensor:
        """Write what is nearly transparent as 0, what is nearly opaque as 1."""
        if self.alpha_floor > 0:
            alphas = F.threshold(alphas, math.nextafter(self.alpha_floor, 0), 0.0)
        if self.alpha_ceiling < 1:
            alphas = torch.where(alphas > self.alpha_ceiling, 1.0, alphas)
        return alphas

    def _box(self, stored: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
        """Box a stored matte inside a window that holds all of it."""
        part = stored[rows[0] : rows[1], columns[0] : columns[1]]
        window = window_of(part >= round(self.full / 2))
        if window is None:
            return torch.zeros(4)
        down, across = window
        return torch.tensor(
            [across.start + columns[0], down.start + rows[0],
             across.stop + columns[0], down.stop + rows[0]],
            dtype=torch.float32,
        )  # fmt: skip


def tiles_of(
    rows: tuple[int, int], columns: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Cut a window into tiles of about equal size, none longer than :data:`TILE`."""

    def cuts(start: int, stop: int) -> list[int]:
        count = max(1, -(-(stop - start) // TILE))
        return [start + (stop - start) * k // count for k in range(count + 1)]

    downs, acrosses = cuts(*rows), cuts(*columns)
    for top, bottom in itertools.pairwise(downs):
        for left, right in itertools.pairwise(acrosses):
            if bottom > top and right > left:
                yield (top, bottom), (left, right)
