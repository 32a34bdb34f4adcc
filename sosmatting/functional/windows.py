"""Most of a matte is empty: find the window that is not, and work there alone.

Windows have to be known to the host, so they serve mattes in its memory; on a GPU, where asking
costs more than computing, the same functions go through whole frames. Results are equal.

Letters: N instances, H W pixels.
"""

import cv2
import numpy as np
import torch
from torch import Tensor

from sosmatting.functional.alpha import centres_of_mass, dequantise, shrink

Window = tuple[slice, slice]
CHUNK = 16  # mattes that are float at full resolution at one time, on a GPU


def window_of(mask: Tensor, margin: int = 0) -> Window | None:
    """Find the rows and columns that hold all of a (H, W) mask.

    Args:
        mask: (H, W) bool, or uint8, which is inside where it is not 0.
        margin: Pixels added on each side, as far as the image goes.

    Returns:
        Slices of rows and columns, or None for an empty mask.
    """
    height, width = mask.shape
    if mask.device.type == 'cpu' and mask.numel():
        left, top, wide, high = cv2.boundingRect(mask.contiguous().numpy().view(np.uint8))
        if not wide:
            return None
        return (
            slice(max(top - margin, 0), min(top + high + margin, height)),
            slice(max(left - margin, 0), min(left + wide + margin, width)),
        )
    rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    return (
        slice(max(top - margin, 0), min(bottom + margin, height)),
        slice(max(left - margin, 0), min(right + margin, width)),
    )


class StoredMattes:
    """The mattes of one image as stored, for what training asks of them: centres and shrinking.

    Args:
        mattes: (N, H, W) uint8 0..255, on any device.

    Attributes:
        windows: N windows (``None`` for an empty matte) where the mattes are in the host's memory,
            otherwise ``None``.
    """

    def __init__(self, mattes: Tensor) -> None:
        self.mattes = mattes
        on_host = mattes.device.type == 'cpu'
        self.windows = [window_of(matte) for matte in mattes] if on_host else None

    def centres(self) -> tuple[Tensor, Tensor]:
        """Return (N, 2) float32 centres of mass x, y in pixels, and (N,) bool: is there any?"""
        if self.windows is None:
            return centres_of_mass(self.mattes), self.mattes.flatten(1).amax(1) > 0
        centres = np.zeros((len(self.mattes), 2), np.float32)
        for centre, matte, window in zip(centres, self.mattes.numpy(), self.windows, strict=True):
            if window is not None:
                moments = cv2.moments(matte[window])
                centre[0] = window[1].start + moments['m10'] / moments['m00']
                centre[1] = window[0].start + moments['m01'] / moments['m00']
        filled = torch.tensor([window is not None for window in self.windows], dtype=torch.bool)
        return torch.from_numpy(centres), filled

    def shrunk(self, factor: int, chosen: Tensor | None = None) -> Tensor:
        """Average mattes over blocks of ``factor`` x ``factor`` pixels (:func:`shrink`).

        Args:
            factor: Pixels a side that become one.
            chosen: (M,) the mattes to shrink, on the host; all where not given.

        Returns:
            (M, ceil(H / factor), ceil(W / factor)) float32 in [0, 1].
        """
        height, width = self.mattes.shape[-2:]
        size_hw = (-(-height // factor), -(-width // factor))
        places = list(range(len(self.mattes))) if chosen is None else chosen.tolist()
        if self.windows is None:
            parts = [
                shrink(dequantise(self.mattes[places[k : k + CHUNK]]), factor)
                for k in range(0, len(places), CHUNK)
            ]
            empty = self.mattes.new_zeros((0, *size_hw), dtype=torch.float32)
            return torch.cat(parts) if parts else empty
        shrunk = torch.zeros((len(places), *size_hw))
        for small, place in zip(shrunk, places, strict=True):
            window = self.windows[place]
            if window is None:
                continue
            rows, columns = (
                slice(side.start // factor, -(-side.stop // factor)) for side in window
            )
            whole = (
                slice(rows.start * factor, rows.stop * factor),
                slice(columns.start * factor, columns.stop * factor),
            )
            part = dequantise(self.mattes[place][whole])
            small[rows, columns] = shrink(part[None], factor)[0]
        return shrunk
