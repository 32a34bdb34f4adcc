"""Show what a network is fed: the photo, its mattes, and where a loss knows less.

Letters: N instances, H W pixels. Photos are (H, W, 3) uint8 RGB, mattes (N, H, W) uint8.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sosmatting.visualization.overlay import draw_overlay
from sosmatting.visualization.sheet import matte_grid

UNKNOWN = np.array([255, 190, 0], np.float32)
IGNORED = np.array([230, 0, 230], np.float32)
BAR = 22
GAP = 4


def draw_bands(image: np.ndarray, unknown: np.ndarray, ignored: np.ndarray) -> np.ndarray:
    """Colour the soft pixels orange and the ignored ones magenta, over a dimmed photo.

    Args:
        image: (H, W, 3) uint8 RGB.
        unknown: (H, W) bool: some matte is strictly between transparent and opaque.
        ignored: (H, W) bool: a loss says nothing there.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    canvas = image.astype(np.float32) * 0.45 + 30
    for where, colour in ((unknown, UNKNOWN), (ignored, IGNORED)):
        canvas[where] = 0.35 * canvas[where] + 0.65 * colour
    return canvas.round().astype(np.uint8)


def feed_row(
    image: np.ndarray,
    mattes: np.ndarray,
    names: Sequence[str],
    unknown: np.ndarray,
    ignored: np.ndarray,
    title: str,
    height: int = 280,
) -> np.ndarray:
    """Lay photo, coloured mattes, single mattes and bands of one sample side by side.

    Args:
        image: (H, W, 3) uint8 RGB.
        mattes: (N, H, W) uint8.
        names: N category names.
        unknown: See :func:`draw_bands`.
        ignored: See :func:`draw_bands`.
        title: What stands above: source, size, number.
        height: Height of the panels in pixels.

    Returns:
        (height + bar, 4 w + 3 gaps, 3) uint8 RGB.
    """
    panels = [
        image,
        draw_overlay(image, mattes, list(names)),
        matte_grid(mattes, (image.shape[0], image.shape[1])),
        draw_bands(image, unknown, ignored),
    ]
    return panel_row(panels, title, height)


def panel_row(panels: Sequence[np.ndarray], title: str, height: int = 280) -> np.ndarray:
    """Lay pictures of one size side by side under a title.

    Args:
        panels: (H, W, 3) uint8 RGB each.
        title: What stands above.
        height: Height of the panels in pixels.

    Returns:
        (height + bar, n w + gaps, 3) uint8 RGB.
    """
    width = max(1, round(panels[0].shape[1] * height / panels[0].shape[0]))
    gap = np.full((height, GAP, 3), 255, np.uint8)
    parts = []
    for panel in panels:
        how = cv2.INTER_AREA if height < panel.shape[0] else cv2.INTER_LINEAR
        parts += [cv2.resize(panel, (width, height), interpolation=how), gap]
    row = np.concatenate(parts[:-1], axis=1)
    return np.concatenate([title_bar(title, row.shape[1]), row])


def title_bar(title: str, width: int) -> np.ndarray:
    """Write a title, black on white: (BAR, width, 3) uint8."""
    bar = Image.new('RGB', (width, BAR), 'white')
    font = ImageFont.load_default(size=13)
    ImageDraw.Draw(bar).text((4, BAR / 2), title, fill='black', font=font, anchor='lm')
    return np.asarray(bar)


def stack_rows(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Put rows of any widths below each other on white: -> (H, W, 3) uint8 RGB."""
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    return np.concatenate(padded)
