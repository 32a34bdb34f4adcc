"""Augmentation of cut-outs for trimap networks, as GCA-Matting's pipeline does it.

Li and Lu, "Natural Image Matting via Guided Contextual Attention", AAAI 2020. Letters: h w pixels
of a cut-out, S side of the picture that is made. Colours are (h, w, 3) uint8 BGR, not multiplied by
opacity; opacity is (h, w) float32 in [0, 1].
"""

import cv2
import numpy as np

from sosmatting.datasets.composed.foregrounds import unmultiplied

Rng = np.random.Generator
Layer = tuple[np.ndarray, np.ndarray]  # colours and opacity
MARGIN = 0.004  # opacity below which a pixel counts as clear, above 1 - it as solid


def fused(front: Layer, back: Layer) -> Layer:
    """Join two cut-outs into one: opacity ``1 - (1 - a1)(1 - a2)``.

    Args:
        front: Colours and opacity.
        back: The same; brought to the size of ``front``.
    """
    opacity = front[1]
    size_wh = opacity.shape[::-1]
    shrinks = size_wh[0] < back[1].shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    behind = cv2.resize(_premultiplied(back), size_wh, interpolation=how)
    passed = 1 - opacity
    joined = 1 - passed * (1 - cv2.resize(back[1], size_wh, interpolation=how))
    light = _premultiplied(front) + behind * passed[..., None]
    return unmultiplied(light, joined), joined


def _premultiplied(layer: Layer) -> np.ndarray:
    return layer[0].astype(np.float32) * layer[1][..., None]


def warped(
    rng: Rng,
    layer: Layer,
    size: int,
    degrees: float = 30,
    shear: float = 10,
    flip: float = 0.5,
) -> Layer:
    """Turn, shear and mirror a cut-out into an S x S picture around one of its unknown pixels.

    Args:
        rng: The source of chance.
        layer: Colours and opacity, at the scale of the result.
        size: S.
        degrees: Rotation at most, either way.
        shear: The same, in degrees.
        flip: Probability to mirror left and right.

    Returns:
        Colours (S, S, 3) and opacity (S, S); what was cut off is clear.
    """
    turn, lean = np.radians([rng.uniform(-degrees, degrees), rng.uniform(-shear, shear)])
    mirror = -1.0 if rng.random() < flip else 1.0
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.array([[mirror, mirror * np.tan(lean)], [0, 1]])
    centre = np.array(unknown_pixel(rng, layer[1]))
    shift = (size - 1) / 2 - linear @ centre
    matrix = np.column_stack([linear, shift])
    light = cv2.warpAffine(_premultiplied(layer), matrix, (size, size), flags=cv2.INTER_LINEAR)
    opacity = cv2.warpAffine(layer[1], matrix, (size, size), flags=cv2.INTER_LINEAR)
    return unmultiplied(light, opacity), opacity


def unknown_pixel(rng: Rng, opacity: np.ndarray) -> tuple[int, int]:
    """Draw x, y of a pixel that is neither clear nor solid; the middle where there is none."""
    places = np.flatnonzero((opacity > MARGIN) & (opacity < 1 - MARGIN))
    if not len(places):
        return opacity.shape[1] // 2, opacity.shape[0] // 2
    y, x = divmod(int(rng.choice(places)), opacity.shape[1])
    return x, y


def jittered(rng: Rng, layer: Layer, hue: float = 40, reach: float = 0.1) -> np.ndarray:
    """Shift hue, saturation and value.

    Args:
        rng: The source of chance.
        layer: Colours and opacity.
        hue: Largest shift of hue in degrees, either way.
        reach: Saturation and value move by up to ``reach * (1.1 - mean)``, the mean being that of
            what is visible; values beyond 0 and 1 are mirrored there.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    colours, opacity = layer
    hsv = cv2.cvtColor(colours.astype(np.float32) / 255, cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-hue, hue)) % 360
    seen = opacity > 0
    for channel in (1, 2):
        mean = float(hsv[..., channel][seen].mean()) if seen.any() else 0.5
        moved = np.abs(hsv[..., channel] + rng.uniform(-reach, reach) * (1.1 - mean))
        hsv[..., channel] = np.where(moved > 1, 2 - moved, moved)
    return np.round(np.clip(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), 0, 1) * 255).astype(np.uint8)
