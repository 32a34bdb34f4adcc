"""Paint sprites back to front, with exact visible alphas.

Letters: N instances, H W pixels of the scene. ``alpha_k = a_k * prod over the instances j in front
of (1 - a_j)``; with the background's share they sum to 1 in every pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sosmatting.datasets.composed.placement import overlap_of
from sosmatting.datasets.composed.sprites import Sprite
from sosmatting.functional.light import to_display, to_light

MARGIN = 0.35  # of a sprite's height that a shadow reaches beyond it


@dataclass
class Layers:
    """A painted scene before it goes through the camera.

    Attributes:
        canvas: (H, W, 3) float32 BGR in [0, 1], display values.
        alphas: (N, H, W) float32 visible alphas.
        share: (H, W) float32, the background's share.
    """

    canvas: np.ndarray
    alphas: np.ndarray
    share: np.ndarray


def visible_layers(
    sprites: Sequence[Sprite], size_hw: tuple[int, int], max_hidden: float, min_area: float
) -> tuple[list[Sprite], np.ndarray, np.ndarray]:
    """Compute visible alphas, dropping what is hidden too much, the most hidden first.

    Args:
        sprites: Back to front.
        size_hw: Height and width of the scene in pixels.
        max_hidden: Largest hidden share of what of an instance lies in the frame.
        min_area: Smallest visible area in pixels.

    Returns:
        The sprites that stay, their (N, H, W) visible alphas, and the (H, W) background's share.
    """
    kept = list(sprites)
    while True:
        alphas, share, own = _visible(kept, size_hw)
        seen = alphas.sum((1, 2), dtype=np.float64) if kept else np.zeros(0)
        shares = seen / np.maximum(own, 1e-6)
        poor = (shares < 1 - max_hidden) | (seen < min_area)
        if not poor.any():
            return kept, alphas, share
        kept.pop(int(np.argmin(np.where(poor, shares, np.inf))))


def _visible(
    sprites: Sequence[Sprite], size_hw: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute visible alphas, the background's share, and the (N,) areas inside the frame."""
    alphas = np.zeros((len(sprites), *size_hw), np.float32)
    share = np.ones(size_hw, np.float32)
    own = np.zeros(len(sprites))
    for k in reversed(range(len(sprites))):  # front to back: share is what passed so far
        sprite = sprites[k]
        part, inside = overlap_of((sprite.x, sprite.y), sprite.opacity.shape, size_hw)
        opacity = sprite.opacity[inside]
        own[k] = float(opacity.sum(dtype=np.float64))
        alphas[k][part] = opacity * share[part]
        share[part] *= 1 - opacity
    return alphas, share, own


def paint(
    behind: np.ndarray, sprites: Sequence[Sprite], shadow: float, lean: float, linear: bool
) -> np.ndarray:
    """Paint sprites over a background.

    Args:
        behind: (H, W, 3) uint8 BGR.
        sprites: Back to front.
        shadow: Strength of contact shadows in [0, 1]; they fall on all that lies behind.
        lean: Shear of the shadows: the light comes from the left below 0.
        linear: Mix light instead of display values.

    Returns:
        (H, W, 3) float32 BGR in [0, 1], display values.
    """
    canvas = to_light(behind) if linear else behind.astype(np.float32) / 255
    for sprite in sprites:
        if sprite.standing and shadow > 0:
            _darken(canvas, sprite, shadow, lean)
        part, inside = overlap_of((sprite.x, sprite.y), sprite.opacity.shape, canvas.shape[:2])
        own = sprite.colours[inside]
        colours = to_light(own) if linear else own.astype(np.float32) / 255
        below = canvas[part]
        below += sprite.opacity[inside][..., None] * (colours - below)
    return to_display(canvas) if linear else canvas


def _darken(canvas: np.ndarray, sprite: Sprite, strength: float, lean: float) -> None:
    """Lay a contact shadow under a sprite, in place: dark at the feet, wide and faint around."""
    margin = max(4, round(MARGIN * max(sprite.height, sprite.width)))
    shade = contact_shadow(sprite.opacity, sprite.foot, margin, lean) * strength
    corner = (sprite.x - margin, sprite.y + sprite.foot - margin)
    part, inside = overlap_of(corner, shade.shape, canvas.shape[:2])
    canvas[part] *= 1 - shade[inside][..., None]


def contact_shadow(opacity: np.ndarray, foot: int, margin: int, lean: float) -> np.ndarray:
    """Draw the shadow that an object throws on the ground it stands on.

    Args:
        opacity: (h, w) float32.
        foot: Row below its lowest solid pixel; it lies ``margin`` rows below the shadow's top.
        margin: Pixels that the shadow may reach beyond the object.
        lean: Shear of the flattened object.

    Returns:
        (2 margin, w + 2 margin) float32 in [0, 1]: how much light is lost.
    """
    width = opacity.shape[1]
    scale = max(1, margin // 24)  # soft as it is, it is drawn coarsely
    rows, columns = -(-2 * margin // scale), -(-(width + 2 * margin) // scale)
    base = max(1, round(0.06 * foot))
    touching = opacity[max(0, foot - base) : foot].max(0)
    profile = cv2.resize(touching[None], (max(1, width // scale), 1), interpolation=cv2.INTER_AREA)
    contact = np.zeros((rows, columns), np.float32)
    middle, left = margin // scale, margin // scale
    contact[max(0, middle - 1) : middle + 1, left : left + profile.shape[1]] = profile
    tight = max(0.6, 0.06 * margin / scale)
    dark = cv2.GaussianBlur(contact, (0, 0), 2.2 * tight, sigmaY=tight)
    flat_wh = (max(1, width // scale), max(2, round(0.55 * margin / scale)))
    flat = cv2.resize(opacity[:foot], flat_wh, interpolation=cv2.INTER_AREA)
    cast = np.zeros((rows, columns), np.float32)
    shear = np.array([[1, -lean, left + lean * flat_wh[1]], [0, 1, middle - flat_wh[1]]])
    cast = cv2.warpAffine(flat, shear, (columns, rows), dst=cast, flags=cv2.INTER_LINEAR)
    cast = cv2.GaussianBlur(cast, (0, 0), max(1.0, 0.16 * margin / scale))
    shade = 1 - (1 - np.clip(dark * 2.0, 0, 0.85)) * (1 - 0.4 * cast)
    return cv2.resize(shade, (width + 2 * margin, 2 * margin), interpolation=cv2.INTER_LINEAR)


def softened(layers: Layers, sigma: float) -> Layers:
    """Blur picture, alphas and the background's share alike, as one lens does."""
    if sigma < 0.25:
        return layers
    alphas = [_blur(alpha, sigma) for alpha in layers.alphas]
    stacked = np.stack(alphas) if alphas else layers.alphas
    return Layers(_blur(layers.canvas, sigma), stacked, _blur(layers.share, sigma))


def _blur(pixels: np.ndarray, sigma: float) -> np.ndarray:
    side = 2 * max(1, round(2.5 * sigma)) + 1
    return cv2.GaussianBlur(pixels, (side, side), sigma, borderType=cv2.BORDER_REFLECT)
