"""One picture of how a photo was matted: photo | overlay | mattes | checker board.

Letters: N instances, H W pixels, h w pixels of a panel. Photos are (H, W, 3) uint8 RGB; alphas are
(N, H, W), float in [0, 1], or uint8 or uint16 with the type's maximum opaque.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from sosmatting.visualization.overlay import draw_overlay, unit_alpha

GAP = 6
LIGHT, DARK = 235, 180


def matte_sheet(
    image: np.ndarray,
    alphas: np.ndarray,
    labels_text: Sequence[str] | None = None,
    max_side: int = 1024,
) -> np.ndarray:
    """Lay photo, overlay, all mattes and the cut-outs side by side.

    Args:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W).
        labels_text: N labels for the overlay.
        max_side: Longest side of a panel in pixels; a larger photo is shrunk by area first.

    Returns:
        (h, 4 w + 3 gaps, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    factor = min(1.0, max_side / max(height, width))
    size_hw = (max(1, round(height * factor)), max(1, round(width * factor)))
    photo = _fit(image, size_hw)
    small = np.stack([_fit(unit_alpha(alpha), size_hw) for alpha in alphas] or [photo[..., 0]])
    small = small[: len(alphas)].astype(np.float32)
    panels = [
        photo,
        draw_overlay(photo, small, labels_text),
        matte_grid(small, size_hw),
        on_checker_board(photo, small),
    ]
    gap = np.full((size_hw[0], GAP, 3), 255, np.uint8)
    return np.concatenate([part for panel in panels for part in (panel, gap)][:-1], axis=1)


def matte_grid(alphas: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Tile all mattes, grey, into one panel of ``size_hw``; thin lines part them.

    Args:
        alphas: (N, H, W).
        size_hw: Size of the panel in pixels.

    Returns:
        (h, w, 3) uint8 RGB; empty tiles are dark blue-grey, so that they do not look like empty
        mattes.
    """
    panel = np.full((*size_hw, 3), (44, 48, 60), np.uint8)
    if not len(alphas):
        return panel
    columns = math.ceil(math.sqrt(len(alphas)))
    rows = math.ceil(len(alphas) / columns)
    tops = np.linspace(0, size_hw[0], rows + 1).round().astype(int)
    lefts = np.linspace(0, size_hw[1], columns + 1).round().astype(int)
    for i, alpha in enumerate(alphas):
        row, column = divmod(i, columns)
        top, left = tops[row] + (row > 0), lefts[column] + (column > 0)
        tile_hw = (int(tops[row + 1] - top), int(lefts[column + 1] - left))
        if min(tile_hw) < 1:
            continue
        grey = (_fit(unit_alpha(alpha), tile_hw) * 255).round().astype(np.uint8)
        panel[top : top + tile_hw[0], left : left + tile_hw[1]] = grey[..., None]
    return panel


def on_checker_board(image: np.ndarray, alphas: np.ndarray, side: int = 0) -> np.ndarray:
    """Lay everything that is matted over a checker board.

    Mattes are added up (a pixel that two objects share is theirs together), at most to opaque.

    Args:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W).
        side: Side of a square in pixels; 0 chooses one that suits the picture.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    total = np.zeros((height, width), np.float32)
    for alpha in alphas:
        total += unit_alpha(alpha)
    total = np.minimum(total, 1)[..., None]
    board = checker_board(height, width, side).astype(np.float32)[..., None]
    return (board + total * (image.astype(np.float32) - board)).round().astype(np.uint8)


def checker_board(height: int, width: int, side: int = 0) -> np.ndarray:
    """Draw the grey checker board that stands for transparency.

    Args:
        height: Rows.
        width: Columns.
        side: Side of a square in pixels; 0 chooses one that suits the picture.

    Returns:
        (height, width) uint8.
    """
    side = side or max(4, round(min(height, width) / 32))
    odd = (np.arange(height)[:, None] // side + np.arange(width) // side) % 2
    return np.where(odd, DARK, LIGHT).astype(np.uint8)


def _fit(pixels: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Resize to ``size_hw``: by area when shrinking, bilinear when growing."""
    if pixels.shape[:2] == size_hw:
        return pixels
    shrinks = size_hw[0] < pixels.shape[0] or size_hw[1] < pixels.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(pixels, size_hw[::-1], interpolation=way)
