"""From the logits of the instances kept to their mattes at the photo's own size.

Two ways to the same mattes. On a GPU whole frames are drawn, a few instances at a time. On the host
the frame is cut into tiles, and each is drawn for the instances that can be seen in it, all at once
(:mod:`~sosmatting.models.visible_tiles`): alphas below the floor are written as 0, so that a bound
of the logits tells where nothing has to be computed. What that costs grows with what instances
cover, not with their number times the photo; tiles bound the memory.

Letters: N instances, E kernel channels, C low-level channels, h w = a quarter of the padded image,
H W = the original image.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.functional.alpha import boxes_xyxy, quantise, resize
from sosmatting.functional.decode import decode_fine, upsample
from sosmatting.functional.resampling import AxisWeights
from sosmatting.models.visible_tiles import Logits, VisibleTiles, boxes_of

UPSAMPLE = ('logits', 'alpha')
CHUNK = 8  # mattes that are float at full resolution at one time
Drawn = tuple[Tensor, Tensor, Tensor]


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
            raise InputError(
                f'test_cfg: upsample={upsample!r} must be one of {UPSAMPLE}, '
                f'alpha_bits={alpha_bits} 8 or 16, alpha_floor={alpha_floor} in [0, 1)'
            )
        self.mask_stride = mask_stride
        self.upsample = upsample
        self.alpha_floor = alpha_floor
        self.alpha_ceiling = alpha_ceiling
        self.dtype, self.full = (torch.uint8, 255.0) if alpha_bits == 8 else (torch.int32, 65535.0)

    @torch.no_grad()
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
        """Draw tile by tile, in each the instances whose alpha can reach the floor there."""
        count = len(logits.coarse)
        # calloc's pages cost nothing until they are written to.
        plain = np.zeros((count, *ori_hw), np.uint8 if self.dtype == torch.uint8 else np.int32)
        areas = torch.zeros(count)
        axes = AxisWeights(img_hw[0], ori_hw[0]), AxisWeights(img_hw[1], ori_hw[1])
        tiles = VisibleTiles(logits.visible(self.alpha_floor), axes, self.mask_stride)
        for tile in tiles:
            alphas = logits.alphas_of_part(tile.instances, *tile.inputs(axes))
            alphas = self._clipped(tile.resized(alphas, axes))
            areas[tile.instances] += alphas.flatten(1).sum(1)
            drawn = alphas.mul_(self.full).round_().to(self.dtype)
            # One by one: NumPy's assignment at a list of places takes three times as long.
            for index, matte in zip(tile.instances.tolist(), drawn.numpy(), strict=True):
                plain[index][tile.window] = matte
        boxes = boxes_of(plain, tiles.windows(), round(self.full / 2))
        return torch.from_numpy(plain), boxes, areas

    def _clipped(self, alphas: Tensor) -> Tensor:
        """Write what is nearly transparent as 0, what is nearly opaque as 1."""
        if self.alpha_floor > 0:
            alphas = F.threshold(alphas, math.nextafter(self.alpha_floor, 0), 0.0)
        if self.alpha_ceiling < 1:
            alphas = torch.where(alphas > self.alpha_ceiling, 1.0, alphas)
        return alphas
