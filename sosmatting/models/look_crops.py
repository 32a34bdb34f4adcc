"""Where the second look looks: a square window of its own for every matte, cut out at one size.

Letters: B frames, N mattes of one frame, K crops, s the side of a crop, H W a frame, h w the frame
of the first look, which is smaller.
"""

import math
from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.exceptions import SMALL, InputError, check_numbers
from sosmatting.functional.alpha import dequantise
from sosmatting.functional.crops import cut, windows_around
from sosmatting.functional.matching import soft_iou

FINER = 1.15  # pixels of the frame to one of a crop, from which on they are worth cutting out
OTHER_IOU = 0.5  # mattes that overlap more are taken for the same object


class LookCrops:
    """Choose windows and the sizes of their crops, and cut them out.

    Args:
        sides: Sides s of crops in pixels, ascending, multiples of 32. A window gets the first that
            is not smaller than ``shrinks`` times its own side, else the last.
        shrinks: See ``sides``.
        margin: Share of a matte's longer side that a window adds on each side.
        least: Smallest side of a window in pixels of the frame.

    Raises:
        InputError: An option is out of its range.
    """

    def __init__(self, sides: Sequence[int], shrinks: float, margin: float, least: float) -> None:
        whole = isinstance(sides, Sequence) and all(isinstance(side, int) for side in sides)
        if not whole or any(s < 32 or s % 32 for s in sides) or list(sides) != sorted(sides):
            raise InputError(f'SecondLook: sides={sides} must be multiples of 32, ascending')
        check_numbers(
            'SecondLook: ',
            shrinks=(shrinks, SMALL, math.inf),
            margin=(margin, 0.0, math.inf),
            least=(least, 1.0, math.inf),
        )
        self.sides = tuple(sides)
        self.shrinks = shrinks
        self.margin = margin
        self.least = least

    def windows(self, alphas: Tensor, factor: float) -> Tensor:
        """Put windows around (N, h, w) mattes: (N, 4) in frames ``factor`` times as large."""
        return factor * windows_around(dequantise(alphas), self.margin, self.least / factor)

    def sides_of(self, windows: Tensor) -> Tensor:
        """Choose the side of every window's crop: (K, 4) -> (K,) places in ``sides``."""
        wide = (windows[:, 2] - windows[:, 0]) * self.shrinks
        steps = torch.tensor(self.sides[:-1], device=windows.device, dtype=windows.dtype)
        return torch.bucketize(wide, steps)

    @staticmethod
    def guides(first: InstanceData) -> Tensor:
        """Give every matte of a frame beside its others: (N, 2, h, w) in [0, 1]."""
        own = dequantise(first.alphas)
        apart = (soft_iou(first.alphas, first.alphas) < OTHER_IOU).to(own)
        others = (apart @ own.flatten(1)).view_as(own).clamp(max=1)
        return torch.stack([own, others], dim=1)

    @staticmethod
    def cut(
        frames: Tensor, guides: Tensor, windows: Tensor, owners: Tensor, places: Tensor, side: int
    ) -> Tensor:
        """Cut out what the network sees, in float32.

        Args:
            frames: (B, 3, H, W) normalised.
            guides: (N, 2, h, w) of the mattes of all frames.
            windows: (K, 4) in the frames.
            owners: (K,) the frame of each.
            places: (K,) the matte of each among ``guides``.
            side: s.

        Returns:
            (K, 5, s, s): photo, matte, other mattes.
        """
        factor = frames.shape[-1] / guides.shape[-1]
        with torch.autocast(frames.device.type, enabled=False):
            photo = cut(frames.float(), windows, owners, side)
            return torch.cat([photo, cut(guides, windows / factor, places, side)], dim=1)

    def larger(self, frame: Tensor, windows: Tensor, side: int) -> list[Tensor | None]:
        """Cut out what crops of ``side`` have too few pixels for, as large as it is.

        Args:
            frame: (3, H, W).
            windows: (K, 4).
            side: Of their crops.

        Returns:
            K times (3, S, S), or ``None`` where the crop has about as many pixels.
        """
        crops: list[Tensor | None] = []
        for window in windows:
            wide = int(window[2] - window[0])
            owner = torch.zeros(1, dtype=torch.long, device=windows.device)
            enough = wide < FINER * side
            crops.append(None if enough else cut(frame[None], window[None], owner, wide)[0])
        return crops
