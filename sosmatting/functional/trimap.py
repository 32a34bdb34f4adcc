"""Trimaps: what is surely background (0), surely foreground (255), or unknown (128).

Letters: H W pixels.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from sosmatting.exceptions import InputError

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
SHAPES = {'ellipse': cv2.MORPH_ELLIPSE, 'square': cv2.MORPH_RECT}
Rng = np.random.Generator


def kernel_of(side: int, shape: str) -> np.ndarray:
    """Make a (side, side) structuring element.

    Raises:
        ValueError: ``shape`` is not one of :data:`SHAPES`, or ``side`` is below 1.
    """
    if shape not in SHAPES or side < 1:
        raise ValueError(f'kernel {shape!r} of {side} pixels: use {tuple(SHAPES)} of 1 or more')
    return cv2.getStructuringElement(SHAPES[shape], (side, side))


def check_trimap(
    trimap: np.ndarray, size_hw: tuple[int, int], name: str = 'trimap', both: bool = True
) -> None:
    """Refuse what no method can work with.

    Args:
        trimap: (H, W), to be uint8 of 0, 128 and 255.
        size_hw: Height and width of the photo.
        name: What errors call it: its file.
        both: Sure background and sure foreground must both be marked; else one of them will do.

    Raises:
        InputError: The size is another, a value is none of the three, nothing or everything is
            unknown, or a side is not marked.
    """
    if trimap.shape != tuple(size_hw):
        shown = ' x '.join(str(side) for side in reversed(trimap.shape))
        raise InputError(
            f'{name}: is {shown} pixels, its photo {size_hw[1]} x {size_hw[0]}; save it at that '
            'size'
        )
    counts = {value: int((trimap == value).sum()) for value in (BACKGROUND, UNKNOWN, FOREGROUND)}
    others = trimap.size - sum(counts.values())
    if others:
        odd = trimap[~np.isin(trimap, list(counts))]
        raise InputError(
            f'{name}: {others} pixels are none of 0, 128 and 255 (one is {odd[0]}); a trimap holds '
            'these three alone, saved without loss'
        )
    if not counts[UNKNOWN]:
        raise InputError(f'{name}: no pixel is unknown (128), nothing is left to solve; mark some')
    if counts[UNKNOWN] == trimap.size:
        raise InputError(
            f'{name}: every pixel is unknown (128); mark sure background (0) and foreground (255)'
        )
    for side, value in (('background', BACKGROUND), ('foreground', FOREGROUND)):
        if both and not counts[value]:
            raise InputError(f'{name}: no pixel is sure {side} ({value}); mark some')


def _drawn(rng: Rng, limits: int | Sequence[int]) -> int:
    """Draw a whole number from a range, both ends included; a number stands for itself."""
    if isinstance(limits, int):
        return limits
    return int(rng.integers(limits[0], limits[1] + 1))


def trimap_from_alpha(
    rng: Rng,
    alpha: np.ndarray,
    kernel: int | Sequence[int] = 3,
    iterations: int | Sequence[int] = (1, 20),
    shape: str = 'ellipse',
) -> np.ndarray:
    """Mark what is strictly between transparent and opaque, dilated, as unknown.

    As the Deep Image Matting family trains (Xu et al., CVPR 2017): kernel and number of dilations
    are drawn, so that a network does not learn one width.

    Args:
        rng: The source of chance; the same state gives the same trimap.
        alpha: (H, W) uint8, uint16, or float in [0, 1].
        kernel: Side of the kernel in pixels, or its range.
        iterations: Number of dilations, or its range; 0 leaves the unknown region as it is.
        shape: ``'ellipse'`` or ``'square'``.

    Returns:
        (H, W) uint8 of 0, 128 and 255.
    """
    opaque = np.iinfo(alpha.dtype).max if np.issubdtype(alpha.dtype, np.integer) else 1
    unknown = ((alpha > 0) & (alpha < opaque)).astype(np.uint8)
    side, rounds = _drawn(rng, kernel), _drawn(rng, iterations)
    if rounds:
        unknown = cv2.dilate(unknown, kernel_of(side, shape), iterations=rounds)
    trimap = np.where(alpha >= opaque, FOREGROUND, BACKGROUND).astype(np.uint8)
    trimap[unknown > 0] = UNKNOWN
    return trimap


def trimap_from_mask(
    rng: Rng,
    mask: np.ndarray,
    kernel: int | Sequence[int] = (3, 9),
    iterations: int | Sequence[int] = (1, 5),
    shape: str = 'ellipse',
) -> np.ndarray:
    """Erode and dilate a mask by amounts drawn apart; what lies between is unknown.

    As portrait pipelines do where only a segmentation is known.

    Args:
        rng: The source of chance; the same state gives the same trimap.
        mask: (H, W) bool.
        kernel: Side of the kernels in pixels, or its range.
        iterations: Number of erosions and of dilations, or its range.
        shape: ``'ellipse'`` or ``'square'``.

    Returns:
        (H, W) uint8 of 0, 128 and 255.
    """
    binary = mask.astype(np.uint8)
    changed = []
    for change in (cv2.erode, cv2.dilate):
        side, rounds = _drawn(rng, kernel), _drawn(rng, iterations)
        changed.append(
            change(binary, kernel_of(side, shape), iterations=rounds) if rounds else binary
        )
    return _between(*changed)


def trimap_around(mask: np.ndarray, radius: int) -> np.ndarray:
    """Mark the pixels within ``radius`` of a mask's contour as unknown: (H, W) bool -> uint8."""
    kernel = kernel_of(2 * radius + 1, 'ellipse')
    binary = mask.astype(np.uint8)
    return _between(cv2.erode(binary, kernel), cv2.dilate(binary, kernel))


def trimap_of_matte(
    alpha: np.ndarray, share: float = 0.01, least: int = 2, most: int = 20
) -> np.ndarray:
    """Mark where a matte cannot be believed to the last: what is soft, and a band around it.

    The band's half width grows with the matte's own softness, half the mean width of what is
    neither clear nor solid along the contour, and with its size, ``share * sqrt(area)``.

    Args:
        alpha: (H, W) floats in [0, 1].
        share: Of the square root of the area.
        least: Smallest half width in pixels.
        most: Largest half width in pixels.

    Returns:
        (H, W) uint8 of 0, 128 and 255; without unknown pixels where the matte is empty.
    """
    solid = alpha >= 0.5
    soft = (alpha > 0.02) & (alpha < 0.98)
    cross = kernel_of(3, 'square')
    inner = cv2.erode(solid.astype(np.uint8), cross, borderValue=1)
    contour = (cv2.dilate(solid.astype(np.uint8), cross) - inner) > 0
    softness = soft.sum() / max(contour.sum() / 2, 1)
    radius = round(softness / 2 + share * float(alpha.sum()) ** 0.5)
    kernel = kernel_of(2 * min(max(radius, least), most) + 1, 'ellipse')
    unknown = cv2.dilate((soft | contour).astype(np.uint8), kernel) > 0
    trimap = np.where(solid, FOREGROUND, BACKGROUND).astype(np.uint8)
    trimap[unknown] = UNKNOWN
    return trimap


def trimap_between(mask: np.ndarray, erode: int, dilate: int) -> np.ndarray:
    """Erode and dilate a (H, W) bool mask by so many pixels; what lies between is unknown.

    What touches the picture's edge is not eroded there.
    """
    binary = mask.astype(np.uint8)
    inner = cv2.erode(binary, kernel_of(2 * erode + 1, 'ellipse'), borderValue=1)
    return _between(inner, cv2.dilate(binary, kernel_of(2 * dilate + 1, 'ellipse')))


def _between(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Make a trimap of a surely covered and a possibly covered region."""
    trimap = np.where(outer > 0, UNKNOWN, BACKGROUND).astype(np.uint8)
    trimap[inner > 0] = FOREGROUND
    return trimap
