"""Soft mattes that mmdet's transforms can carry.

mmdet's ``BitmapMasks`` are binary: it resizes them by nearest neighbour and heads cast them to
bool. Letters: N instances, H W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.structures.mask import BaseInstanceMasks
from torch import Tensor


class SoftMattes(BaseInstanceMasks):
    """The mattes of one image, travelling under mmdet's ``gt_masks`` key.

    Every operation returns a new object; the mattes of one object are of one size.

    Args:
        alphas: (N, H, W) uint8, 0 transparent, 255 opaque.
        height: H in pixels, which an empty array may not tell.
        width: W in pixels.
    """

    def __init__(self, alphas: np.ndarray, height: int, width: int) -> None:
        alphas = np.asarray(alphas, dtype=np.uint8)
        if alphas.size == 0:
            alphas = np.zeros((len(alphas), height, width), np.uint8)
        if alphas.ndim != 3 or alphas.shape[1:] != (height, width):
            raise ValueError(f'alphas of shape {alphas.shape} are not (N, {height}, {width})')
        self.alphas = alphas
        self.height = height
        self.width = width

    def __getitem__(self, index: Any) -> SoftMattes:
        chosen = self.alphas[index].reshape(-1, self.height, self.width)
        return SoftMattes(chosen, self.height, self.width)

    def __len__(self) -> int:
        return len(self.alphas)

    def __repr__(self) -> str:
        return f'SoftMattes(n={len(self)}, height={self.height}, width={self.width})'

    def _map(self, out_hw: tuple[int, int], change: Any) -> SoftMattes:
        """Apply ``change`` (H, W) -> ``out_hw`` to each matte."""
        if not len(self):
            return SoftMattes(np.zeros((0, *out_hw), np.uint8), *out_hw)
        return SoftMattes(np.stack([change(alpha) for alpha in self.alphas]), *out_hw)

    def rescale(self, scale: Any, interpolation: str | None = None) -> SoftMattes:
        """Resize into ``scale`` (w, h) with the aspect ratio kept, as mmcv does with the image."""
        if isinstance(scale, (tuple, list)):
            longest, shortest = max(scale), min(scale)
            factor = min(
                longest / max(self.height, self.width), shortest / min(self.height, self.width)
            )
        else:
            factor = float(scale)
        return self.resize((int(self.height * factor + 0.5), int(self.width * factor + 0.5)))

    def resize(self, out_shape: Sequence[int], interpolation: str | None = None) -> SoftMattes:
        """Resize to ``out_shape`` (H, W): by area when shrinking, bilinear when growing.

        ``interpolation`` is mmdet's parameter; a soft matte does not leave the choice open.
        """
        height, width = int(out_shape[0]), int(out_shape[1])
        if (height, width) == (self.height, self.width):
            return self
        shrinks = height * width < self.height * self.width
        mode = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return self._map(
            (height, width), lambda alpha: cv2.resize(alpha, (width, height), interpolation=mode)
        )

    def flip(self, flip_direction: str = 'horizontal') -> SoftMattes:
        """Mirror: ``'horizontal'``, ``'vertical'`` or ``'diagonal'`` (both)."""
        axes = {'horizontal': (2,), 'vertical': (1,), 'diagonal': (1, 2)}
        flipped = np.ascontiguousarray(np.flip(self.alphas, axes[flip_direction]))
        return SoftMattes(flipped, self.height, self.width)

    def pad(self, out_shape: Sequence[int], pad_val: int = 0) -> SoftMattes:
        """Extend to ``out_shape`` (H, W) on the right and below."""
        height, width = int(out_shape[0]), int(out_shape[1])
        extra = ((0, 0), (0, height - self.height), (0, width - self.width))
        return SoftMattes(np.pad(self.alphas, extra, constant_values=pad_val), height, width)

    def crop(self, bbox: np.ndarray) -> SoftMattes:
        """Cut out ``bbox`` (x1, y1, x2, y2 in pixels), clipped to the frame."""
        x1, y1, x2, y2 = (int(side) for side in bbox)
        x1, x2 = max(x1, 0), min(x2, self.width)
        y1, y2 = max(y1, 0), min(y2, self.height)
        if x2 <= x1 or y2 <= y1:
            raise ValueError(f'the crop {list(bbox)} lies outside {self.width} x {self.height}')
        cut = np.ascontiguousarray(self.alphas[:, y1:y2, x1:x2])
        return SoftMattes(cut, y2 - y1, x2 - x1)

    def crop_and_resize(
        self,
        bboxes: np.ndarray,
        out_shape: Sequence[int],
        inds: np.ndarray,
        device: str = 'cpu',
        interpolation: str = 'bilinear',
        binarize: bool = False,
    ) -> SoftMattes:
        """Cut matte ``inds[k]`` to ``bboxes[k]`` and resize it to ``out_shape``, for every k."""
        height, width = int(out_shape[0]), int(out_shape[1])
        cuts = [
            self[[int(index)]].crop(bbox).resize((height, width)).alphas
            for index, bbox in zip(inds, bboxes, strict=True)
        ]
        stacked = np.concatenate(cuts) if cuts else np.zeros((0, height, width), np.uint8)
        return SoftMattes(stacked, height, width)

    def expand(self, expanded_h: int, expanded_w: int, top: int, left: int) -> SoftMattes:
        """Place the frame at (``top``, ``left``) of a larger, transparent one."""
        canvas = np.zeros((len(self), expanded_h, expanded_w), np.uint8)
        canvas[:, top : top + self.height, left : left + self.width] = self.alphas
        return SoftMattes(canvas, expanded_h, expanded_w)

    def _warp(self, matrix: np.ndarray, out_hw: tuple[int, int], border: int) -> SoftMattes:
        """Warp each matte by a 2 x 3 matrix that maps old to new pixels, bilinear."""
        size_wh = (int(out_hw[1]), int(out_hw[0]))
        matrix = np.asarray(matrix, np.float32)
        return self._map(
            (size_wh[1], size_wh[0]),
            lambda alpha: cv2.warpAffine(
                alpha, matrix, size_wh, flags=cv2.INTER_LINEAR, borderValue=border
            ),
        )

    def translate(
        self,
        out_shape: tuple[int, int],
        offset: float,
        direction: str = 'horizontal',
        border_value: int = 0,
        interpolation: str = 'bilinear',
    ) -> SoftMattes:
        """Shift by ``offset`` pixels to the right (``'horizontal'``) or down (``'vertical'``)."""
        dx, dy = (offset, 0) if direction == 'horizontal' else (0, offset)
        return self._warp(np.array([[1, 0, dx], [0, 1, dy]]), out_shape, border_value)

    def shear(
        self,
        out_shape: tuple[int, int],
        magnitude: float,
        direction: str = 'horizontal',
        border_value: int = 0,
        interpolation: str = 'bilinear',
    ) -> SoftMattes:
        """Shear by ``magnitude`` along ``direction``."""
        x, y = (magnitude, 0) if direction == 'horizontal' else (0, magnitude)
        return self._warp(np.array([[1, x, 0], [y, 1, 0]]), out_shape, border_value)

    def rotate(
        self,
        out_shape: tuple[int, int],
        angle: float,
        center: tuple[float, float] | None = None,
        scale: float = 1.0,
        border_value: int = 0,
        interpolation: str = 'bilinear',
    ) -> SoftMattes:
        """Rotate clockwise by ``angle`` degrees about ``center`` (x, y; the middle by default)."""
        centre = center or ((self.width - 1) * 0.5, (self.height - 1) * 0.5)
        return self._warp(cv2.getRotationMatrix2D(centre, -angle, scale), out_shape, border_value)

    @property
    def areas(self) -> np.ndarray:
        """(N,) sums of opacity in pixels, float64."""
        return self.alphas.sum((1, 2), dtype=np.float64) / 255.0

    def to_ndarray(self) -> np.ndarray:
        """Return the (N, H, W) uint8 array itself."""
        return self.alphas

    def to_tensor(self, dtype: torch.dtype, device: str | torch.device) -> Tensor:
        """Return the mattes as an (N, H, W) tensor.

        Args:
            dtype: ``torch.uint8`` keeps 0..255; a float type gives alphas in [0, 1]; ``torch.bool``
                and other integers give alpha >= 0.5, which is what hard-mask heads expect.
            device: Where the tensor goes; mattes travel as uint8.
        """
        stored = torch.from_numpy(self.alphas).to(device)
        if dtype == torch.uint8:
            return stored
        if dtype.is_floating_point:
            return stored.to(dtype) / 255.0
        return (stored >= 128).to(dtype)

    def get_bboxes(self, dst_type: Any = 'hbb') -> Any:
        """Box every matte where its alpha exceeds 0.1, in mmdet's box type ``dst_type``."""
        from mmdet.structures.bbox import get_box_type

        boxes = np.zeros((len(self), 4), np.float32)
        for box, alpha in zip(boxes, self.alphas, strict=True):
            columns = np.flatnonzero((alpha > 25).any(0))
            rows = np.flatnonzero((alpha > 25).any(1))
            if len(columns):
                box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        _, box_type = get_box_type(dst_type) if isinstance(dst_type, str) else (None, dst_type)
        return box_type(torch.from_numpy(boxes))

    @classmethod
    def cat(cls, masks: Sequence[SoftMattes]) -> SoftMattes:
        """Join the mattes of several objects of one size."""
        if not masks:
            raise ValueError('cat needs at least one SoftMattes')
        alphas = np.concatenate([mattes.alphas for mattes in masks])
        return cls(alphas, masks[0].height, masks[0].width)
