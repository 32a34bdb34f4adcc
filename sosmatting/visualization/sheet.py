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
    photo, small = shrunk(image, alphas, max_side / max(image.shape[:2]))
    size_hw = (photo.shape[0], photo.shape[1])
    panels = [
        photo,
        draw_overlay(photo, small, labels_text),
        matte_grid(small, size_hw),
        on_checker_board(photo, small),
    ]
    gap = np.full((size_hw[0], GAP, 3), 255, np.uint8)
    return np.concatenate([part for panel in panels for part in (panel, gap)][:-1], axis=1)


def shrunk(image: np.ndarray, alphas: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Shrink photo and mattes by area; a factor above 1 leaves their size.

    Args:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W).
        factor: New over old length.

    Returns:
        (h, w, 3) uint8 RGB and (N, h, w) float32 in [0, 1].
    """
    size_hw = [max(1, round(side * min(factor, 1.0))) for side in image.shape[:2]]
    photo = fit(image, (size_hw[0], size_hw[1]))
    small = np.zeros((len(alphas), *size_hw), np.float32)
    for into, alpha in zip(small, alphas, strict=True):
        into[:] = fit(unit_alpha(alpha), (size_hw[0], size_hw[1]))
    return photo, small


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
    for alpha, (rows, columns) in zip(alphas, tiles(len(alphas), size_hw), strict=True):
        tile_hw = (rows.stop - rows.start, columns.stop - columns.start)
        if min(tile_hw) < 1:
            continue
        grey = (fit(unit_alpha(alpha), tile_hw) * 255).round().astype(np.uint8)
        panel[rows, columns] = grey[..., None]
    return panel


def tiles(count: int, size_hw: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Part a panel into ``count`` tiles of its own shape, row by row, a pixel between them.

    Returns:
        Rows and columns of every tile; they may be empty where the panel is very small.
    """
    if not count:
        return []
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    tops = np.linspace(0, size_hw[0], down + 1).round().astype(int).tolist()
    lefts = np.linspace(0, size_hw[1], across + 1).round().astype(int).tolist()
    places = []
    for i in range(count):
        row, column = divmod(i, across)
        top, left = tops[row] + (row > 0), lefts[column] + (column > 0)
        places.append((slice(top, tops[row + 1]), slice(left, lefts[column + 1])))
    return places


def on_checker_board(
    image: np.ndarray, alphas: np.ndarray, side: int = 0, white: bool = False
) -> np.ndarray:
    """Lay everything that is matted over a checker board, or over white.

    Mattes are added up (a pixel that two objects share is theirs together), at most to opaque.

    Args:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W).
        side: Side of a square in pixels; 0 chooses one that suits the picture.
        white: White instead of the board.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    total = np.zeros((height, width), np.float32)
    for alpha in alphas:
        total += unit_alpha(alpha)
    total = np.minimum(total, 1)[..., None]
    board = np.full((height, width), 255, np.uint8) if white else checker_board(height, width, side)
    board = board.astype(np.float32)[..., None]
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


def fit(pixels: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Resize to ``size_hw``: by area when shrinking, bilinear when growing."""
    if pixels.shape[:2] == size_hw:
        return pixels
    shrinks = size_hw[0] < pixels.shape[0] or size_hw[1] < pixels.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(pixels, size_hw[::-1], interpolation=way)
