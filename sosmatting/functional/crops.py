"""Square windows around instances: cut out of frames, and what was made of them put back.

Letters: B frames, K windows, C channels, s the side of a crop, H W a frame. A window is x1, y1, x2,
y2 in pixels of a frame, edges (not centres of pixels), and may reach beyond it.
"""

import torch
from torch import Tensor
from torchvision.ops import roi_align

from sosmatting.functional.alpha import boxes_xyxy


def square_windows(boxes: Tensor, margin: float, least: float) -> Tensor:
    """Put a square around the middle of every box.

    Args:
        boxes: (K, 4).
        margin: Share of the box's longer side that is added on each side.
        least: Smallest side of a window in pixels.

    Returns:
        (K, 4) float32.
    """
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    longer = (boxes[:, 2:] - boxes[:, :2]).amax(1)
    half = (longer * (1 + 2 * margin)).clamp(min=least)[:, None] / 2
    return torch.cat([centres - half, centres + half], dim=1).float()


def windows_around(alphas: Tensor, margin: float, least: float, threshold: float = 0.5) -> Tensor:
    """Put a square window around what every matte shows.

    Args:
        alphas: (K, H, W) in [0, 1].
        margin: See :func:`square_windows`.
        least: See :func:`square_windows`.
        threshold: A pixel is seen where its alpha is greater.

    Returns:
        (K, 4) float32; at the frame's corner for a matte that shows nothing.
    """
    return square_windows(boxes_xyxy(alphas, threshold), margin, least)


def cut(frames: Tensor, windows: Tensor, owners: Tensor, side: int) -> Tensor:
    """Cut windows out of frames and bring them to one size, averaging where they shrink.

    Args:
        frames: (B, C, H, W) floats; 0 beyond their edges.
        windows: (K, 4).
        owners: (K,) the frame of every window.
        side: s in pixels.

    Returns:
        (K, C, s, s).
    """
    rois = torch.cat([owners[:, None].to(windows), windows], dim=1)
    return roi_align(frames, rois, (side, side), sampling_ratio=-1, aligned=True)


def put_back(crop: Tensor, window: Tensor, size_hw: tuple[int, int]) -> tuple[Tensor, slice, slice]:
    """Bring a crop back to its place, bilinear where it grows, averaged where it shrinks.

    Args:
        crop: (s, s).
        window: (4,) on the host, in the frame of ``size_hw``.
        size_hw: H, W of the frame.

    Returns:
        The part of the window that lies within the frame, its rows and its columns.
    """
    x1, y1, x2, y2 = window.tolist()
    rows, along_y = _mixing(y1, y2, size_hw[0], crop.shape[0])
    columns, along_x = _mixing(x1, x2, size_hw[1], crop.shape[1])
    return along_y.to(crop) @ crop @ along_x.to(crop).T, rows, columns


def _mixing(start: float, end: float, length: int, side: int) -> tuple[slice, Tensor]:
    """Find the P pixels of an axis that a window covers, and how each is mixed from the crop's.

    Returns:
        The pixels, and (P, side) weights: the mean of bilinear samples, of which there are as many
        as the crop has pixels for one of the frame.
    """
    first = min(max(round(start), 0), length)
    last = max(min(round(end), length), first)
    extent = max(end - start, 1e-6)
    finer = max(1, round(side / extent)) if last > first else 1
    offsets = (torch.arange(finer, dtype=torch.float64) + 0.5) / finer
    places = torch.arange(first, last, dtype=torch.float64)[:, None] + offsets
    # A crop's pixel i has its centre at i + 0.5; beyond the outermost there is nothing to mix.
    places = ((places - start) / extent * side - 0.5).clamp(0, side - 1)
    lower = places.floor().long().clamp(max=max(side - 2, 0))
    upper = (places - lower) / finer
    weights = torch.zeros((last - first, side), dtype=torch.float64)
    weights.scatter_add_(1, lower, 1 / finer - upper)
    weights.scatter_add_(1, (lower + 1).clamp(max=side - 1), upper)
    return slice(first, last), weights.float()
