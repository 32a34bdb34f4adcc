"""Paint mattes over their photo: a colour per instance, a thin contour, a readable label.

Letters: N instances, H W pixels. Photos are (H, W, 3) uint8 RGB. Alphas are (N, H, W): float in
[0, 1], or uint8 or uint16 with the type's maximum opaque.
"""

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

PLATE = (18, 18, 20)
INK = (255, 255, 255)
OPACITY = 0.5


def instance_colours(count: int) -> np.ndarray:
    """Pick ``count`` vivid colours, neighbours far apart in hue.

    Returns:
        (count, 3) uint8 RGB; the first colours do not depend on ``count``.
    """
    golden = 0.618034
    rings = ((0.95, 1.0), (0.70, 1.0), (0.95, 0.75))
    colours = [
        colorsys.hsv_to_rgb((0.02 + golden * i) % 1.0, *rings[(i // 6) % len(rings)])
        for i in range(count)
    ]
    return (np.array(colours).reshape(-1, 3) * 255).round().astype(np.uint8)


def label_texts(names: Sequence[str], scores: np.ndarray) -> list[str]:
    """Label N instances with class and score: ``person 0.93``."""
    return [f'{name} {score:.2f}' for name, score in zip(names, scores, strict=True)]


def unit_alpha(alpha: np.ndarray) -> np.ndarray:
    """Bring stored or float alphas to float32 in [0, 1]."""
    if np.issubdtype(alpha.dtype, np.integer):
        return alpha.astype(np.float32) / np.iinfo(alpha.dtype).max
    return np.clip(alpha, 0, 1).astype(np.float32)


def draw_overlay(
    image: np.ndarray, alphas: np.ndarray, labels_text: Sequence[str] | None = None
) -> np.ndarray:
    """Paint every matte over the photo, softly, with its contour at alpha 0.5 and its label.

    Args:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W), see the head of this file. The first one ends on top.
        labels_text: N labels; none are drawn without it. An empty label gets no plate.

    Returns:
        (H, W, 3) uint8 RGB, a new array.

    Raises:
        ValueError: The alphas are not of the photo's size, or the labels are not N.
    """
    count = len(alphas)
    if count and alphas.shape[1:] != image.shape[:2]:
        raise ValueError(f'alphas of {alphas.shape[1:]} on a photo of {image.shape[:2]}')
    if labels_text is not None and len(labels_text) != count:
        raise ValueError(f'{len(labels_text)} labels for {count} alphas')
    canvas = image.copy()
    colours = instance_colours(count)
    boxes = [_visible_box(alpha) for alpha in alphas]
    for i in reversed(range(count)):
        _paint(canvas, alphas[i], boxes[i], colours[i])
    if labels_text is None:
        return canvas
    return _draw_labels(canvas, boxes, colours, labels_text)


def place_plates(
    boxes: Sequence[tuple[int, int, int, int]],
    sizes_wh: Sequence[tuple[int, int]],
    frame_wh: tuple[int, int],
) -> list[tuple[int, int]]:
    """Choose where every label's plate goes, so that plates cover each other as little as possible.

    Each plate takes the first of its candidate places (above its box, inside it, below it, then
    down its left edge) that covers none placed before; where there is none, the one that covers
    least.

    Args:
        boxes: N boxes x1, y1, x2, y2 in pixels.
        sizes_wh: N plate sizes in pixels.
        frame_wh: Size of the picture; plates are kept inside it where they fit.

    Returns:
        N top left corners x, y.
    """
    placed = np.zeros((0, 4))
    corners = []
    for box, (width, height) in zip(boxes, sizes_wh, strict=True):
        places = _candidates(box, width, height, frame_wh)
        edges = np.concatenate([places, places + np.array([width, height])], axis=1)[:, None]
        covered = np.minimum(edges[..., 2:], placed[:, 2:]) - np.maximum(
            edges[..., :2], placed[:, :2]
        )
        cost = np.clip(covered, 0, None).prod(-1).sum(1)
        best = int(cost.argmin())
        placed = np.concatenate([placed, edges[best]])
        corners.append((int(places[best, 0]), int(places[best, 1])))
    return corners


def _candidates(
    box: tuple[int, int, int, int], width: int, height: int, frame_wh: tuple[int, int]
) -> np.ndarray:
    """List the (C, 2) top left corners a plate may take, best first, inside the frame."""
    x1, y1, x2, y2 = box
    middle = (x1 + x2 - width) // 2
    places = [(x1, y1 - height), (middle, y1 - height), (x2 - width, y1 - height)]
    places += [(x1, y1), (x2 - width, y1), (middle, (y1 + y2 - height) // 2)]
    places += [(x1, y2 - height), (x2 - width, y2 - height), (x1, y2), (x2 - width, y2)]
    places += [(x1, y) for y in range(0, max(frame_wh[1] - height, 1), height + 1)]
    corners = np.array(places)
    limit = np.array([max(frame_wh[0] - width, 0), max(frame_wh[1] - height, 0)])
    return np.clip(corners, 0, limit)


def _visible_box(alpha: np.ndarray) -> tuple[int, int, int, int]:
    """Box what is at least half opaque, else whatever is there; zeros for an empty matte."""
    half = np.iinfo(alpha.dtype).max / 2 if np.issubdtype(alpha.dtype, np.integer) else 0.5
    inside = alpha >= half
    if not inside.any():
        inside = alpha > 0
    columns, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
    if not len(columns):
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _paint(
    canvas: np.ndarray, alpha: np.ndarray, box: tuple[int, int, int, int], colour: np.ndarray
) -> None:
    """Blend one matte's colour and contour into ``canvas``, in place."""
    rows = np.flatnonzero(alpha.any(1))
    if not len(rows):
        return
    columns = np.flatnonzero(alpha.any(0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    soft = unit_alpha(alpha[part])[..., None]
    below = canvas[part].astype(np.float32)
    painted = below + OPACITY * soft * (colour.astype(np.float32) - below)
    canvas[part] = painted.round().astype(np.uint8)
    width = max(1, round(min(canvas.shape[:2]) / 500))
    inside = np.pad((soft[..., 0] >= 0.5).astype(np.uint8), 1)
    core = cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), iterations=width)
    canvas[part][(inside & ~core)[1:-1, 1:-1].astype(bool)] = colour


def _draw_labels(
    canvas: np.ndarray,
    boxes: Sequence[tuple[int, int, int, int]],
    colours: np.ndarray,
    labels_text: Sequence[str],
) -> np.ndarray:
    """Write the labels on dark plates with a chip of the instance's colour."""
    height, width = canvas.shape[:2]
    font, size = _fitting_font(labels_text, width, height)
    pad, chip = max(2, size // 4), max(3, size // 3)
    shown = [i for i, text in enumerate(labels_text) if text]
    sizes = [
        (round(font.getlength(labels_text[i])) + chip + 3 * pad, size + 2 * pad) for i in shown
    ]
    corners = place_plates([boxes[i] for i in shown], sizes, (width, height))
    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    for i, (x, y), (plate_w, plate_h) in zip(shown, corners, sizes, strict=True):
        draw.rectangle((x, y, x + plate_w - 1, y + plate_h - 1), fill=PLATE)
        top, bottom = y + pad, y + plate_h - 1 - pad
        draw.rectangle((x + pad, top, x + pad + chip - 1, bottom), fill=tuple(map(int, colours[i])))
        at = (x + 2 * pad + chip, y + plate_h / 2)
        draw.text(at, labels_text[i], fill=INK, font=font, anchor='lm')
    return np.asarray(picture).copy()


def _fitting_font(
    texts: Sequence[str], width: int, height: int
) -> tuple[ImageFont.FreeTypeFont, int]:
    """Choose a size (8 at least) that suits the picture and lets the longest label fit."""
    size = int(np.clip(round(min(width, height) / 30), 11, 56))
    while True:
        font = ImageFont.load_default(size=size)
        assert isinstance(font, ImageFont.FreeTypeFont)
        if size <= 8 or max((font.getlength(text) for text in texts), default=0) + 2 * size < width:
            return font, size
        size -= 1
