"""What one needs to know of an alpha: its weight, centre, box, and how to shrink or grow it.

Letters: N instances, H W pixels. Alphas are float in [0, 1] here; uint8 exists on disk and in
loader workers only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def dequantise(alphas: Tensor) -> Tensor:
    """Turn stored mattes into float32 alphas in [0, 1].

    uint8 holds 0..255, int32 0..65535; floats become float32.
    """
    full = {torch.uint8: 255.0, torch.int32: 65535.0}.get(alphas.dtype)
    return alphas.float() if full is None else alphas.float().div_(full)


def quantise(alphas: Tensor) -> Tensor:
    """Turn alphas in [0, 1] into uint8 0..255, rounded to nearest."""
    return alphas.clamp(0, 1).mul(255.0).round_().to(torch.uint8)


def areas(alphas: Tensor) -> Tensor:
    """Sum every matte's opacity: (N, H, W) in [0, 1] -> (N,) areas in pixels."""
    return alphas.flatten(1).sum(1)


def centres_of_mass(alphas: Tensor, eps: float = 1e-6) -> Tensor:
    """Find the alpha-weighted mean pixel position of every matte.

    Args:
        alphas: (N, H, W) in [0, 1], or uint8 0..255 (no float copy is made).
        eps: Keeps the centre of an empty matte at (0, 0) instead of NaN.

    Returns:
        (N, 2) float32 as x, y in pixel indices (the first pixel is 0).
    """
    columns = alphas.sum(1, dtype=torch.float32)
    rows = alphas.sum(2, dtype=torch.float32)
    mass = columns.sum(1).clamp(min=eps)
    ys = torch.arange(alphas.shape[1], device=alphas.device, dtype=torch.float32)
    xs = torch.arange(alphas.shape[2], device=alphas.device, dtype=torch.float32)
    return torch.stack([(columns * xs).sum(1) / mass, (rows * ys).sum(1) / mass], dim=1)


def boxes_xyxy(alphas: Tensor, threshold: float = 0.5) -> Tensor:
    """Box every matte where it exceeds ``threshold``.

    Args:
        alphas: (N, H, W) in [0, 1] (or uint8 with a threshold in 0..255).
        threshold: A pixel belongs to the box where its alpha is greater.

    Returns:
        (N, 4) float32 x1, y1, x2, y2, the far edges exclusive; zeros where nothing exceeds the
        threshold.
    """
    inside = alphas > threshold
    columns, rows = inside.any(1), inside.any(2)
    x1, x2 = _span(columns)
    y1, y2 = _span(rows)
    return torch.stack([x1, y1, x2, y2], dim=1).float()


def _span(hits: Tensor) -> tuple[Tensor, Tensor]:
    """Find the first and one past the last hit of each row of an (N, K) bool tensor, else 0, 0."""
    places = torch.arange(hits.shape[1], device=hits.device)
    end = torch.where(hits, places + 1, 0).amax(1) if hits.shape[1] else hits.sum(1)
    start = torch.where(hits, places, hits.shape[1]).amin(1) if hits.shape[1] else hits.sum(1)
    return torch.minimum(start, end), end


def shrink(alphas: Tensor, factor: int) -> Tensor:
    """Shrink mattes by a whole factor, averaging over area, so that a hair keeps its mass.

    Args:
        alphas: (N, H, W) in [0, 1].
        factor: Pixels a side that become one. Sides that it does not divide are padded with 0.

    Returns:
        (N, ceil(H / factor), ceil(W / factor)).
    """
    if factor == 1:
        return alphas
    height, width = alphas.shape[-2:]
    padded = F.pad(alphas, (0, -width % factor, 0, -height % factor))
    return F.avg_pool2d(padded[:, None], factor)[:, 0]


def resize(alphas: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """Bring (N, H, W) alphas to another size: bilinear when growing, antialiased when shrinking.

    Corners are not aligned; the result is clamped to [0, 1].
    """
    if tuple(alphas.shape[-2:]) == tuple(size_hw) or not len(alphas):
        return alphas if len(alphas) else alphas.new_zeros((0, *size_hw))
    shrinks = size_hw[0] < alphas.shape[-2] or size_hw[1] < alphas.shape[-1]
    grown = F.interpolate(
        alphas[:, None], size_hw, mode='bilinear', align_corners=False, antialias=shrinks
    )
    return grown[:, 0].clamp_(0, 1)


def contour_band(masks: Tensor, radius: int, change: float = 1e-3) -> Tensor:
    """Mark the pixels within ``radius`` of a mask's contour (Chebyshev distance).

    Args:
        masks: (N, H, W) binary or soft masks in [0, 1]; the contour is where values change.
        radius: Half width of the band in pixels; 0 gives an empty band.
        change: Values that differ by no more than that make no contour.

    Returns:
        (N, H, W) bool.
    """
    if radius <= 0 or not len(masks):
        return torch.zeros_like(masks, dtype=torch.bool)
    widest, narrowest = _greatest(masks, radius), -_greatest(-masks, radius)
    return widest - narrowest > change


def _greatest(values: Tensor, radius: int) -> Tensor:
    """Take the maximum of the square around every pixel of (N, H, W), an axis at a time."""
    side = 2 * radius + 1
    down = F.max_pool2d(values[:, None], (side, 1), stride=1, padding=(radius, 0))
    return F.max_pool2d(down, (1, side), stride=1, padding=(0, radius))[:, 0]


def band_radius(sizes: Tensor, share: float = 0.02, least: int = 1, most: int = 4) -> Tensor:
    """Choose how far from its contour a hard mask of each size is not to be believed.

    Polygons are drawn by hand at about the same care for all objects of a photo, but a large
    object's contour is simplified more coarsely, and a small one would vanish in a wide band.

    Args:
        sizes: (N,) areas in pixels (of the frame that the radius is for).
        share: Half width of the band as a share of ``sqrt(area)``.
        least: Smallest half width in pixels.
        most: Largest half width in pixels.

    Returns:
        (N,) int64 half widths in pixels.
    """
    return (share * sizes.float().clamp(min=0).sqrt()).round().long().clamp(least, most)


def contour_bands(masks: Tensor, radii: Tensor, most: int) -> Tensor:
    """Mark a band of its own half width around every mask's contour (:func:`contour_band`).

    Args:
        masks: (N, H, W) binary or soft masks in [0, 1].
        radii: (N,) half widths in pixels, on the device of ``masks``.
        most: The largest of them that can occur; the host does not ask the device for it.

    Returns:
        (N, H, W) bool.
    """
    bands = torch.zeros_like(masks, dtype=torch.bool)
    for radius in range(1, most + 1):
        bands |= contour_band(masks, radius) & (radii >= radius)[:, None, None]
    return bands


def ignored_bands(masks: Tensor, most: int) -> Tensor:
    """Mark where hard masks are not to be believed: a band by each one's size.

    Args:
        masks: (N, H, W) binary or soft masks in [0, 1].
        most: Half width of the widest band in pixels of this frame; 0 gives empty bands.

    Returns:
        (N, H, W) bool.
    """
    radii = band_radius(areas(masks), least=min(1, most), most=most)
    return contour_bands(masks, radii, most)
