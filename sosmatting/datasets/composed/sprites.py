"""One cut-out on its way into a scene: sized, mirrored, turned, or fused with another.

Letters: h w pixels of the sprite. Colours are (h, w, 3) uint8 BGR, opacity (h, w) float32 in
[0, 1].
"""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from sosmatting.datasets.composed.foregrounds import unmultiplied

Rng = np.random.Generator
SOLID = 0.5


@dataclass
class Sprite:
    """A cut-out at its size, and where it goes.

    Attributes:
        colours: See the head of this file; not multiplied by opacity.
        opacity: See the head of this file.
        category: What it shows.
        label: Index of its class.
        cut: Whether its photo cut it off: left, top, right, bottom.
        size: The size it was drawn at, ``sqrt(area / area of the scene)``.
        x: Left edge in the scene, in pixels.
        y: Top edge.
        standing: It stands on the ground and throws a contact shadow.
        depth: Sprites are painted by ascending depth: the largest is nearest.
        cutout: Name of the cut-out; of two that are fused, the one in front.
    """

    colours: np.ndarray
    opacity: np.ndarray
    category: str
    label: int
    cut: tuple[bool, bool, bool, bool]
    size: float
    x: int = 0
    y: int = 0
    standing: bool = False
    depth: float = field(default=0.0)
    cutout: str = ''

    @property
    def height(self) -> int:
        """Rows."""
        return self.opacity.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.opacity.shape[1]

    @property
    def foot(self) -> int:
        """Row of the sprite below its lowest solid pixel."""
        solid = np.flatnonzero((self.opacity > SOLID).any(1))
        return int(solid[-1]) + 1 if len(solid) else self.height


def mirrored(sprite: Sprite) -> Sprite:
    """Flip left and right."""
    left, top, right, bottom = sprite.cut
    return replace(
        sprite,
        colours=np.ascontiguousarray(sprite.colours[:, ::-1]),
        opacity=np.ascontiguousarray(sprite.opacity[:, ::-1]),
        cut=(right, top, left, bottom),
    )


def turned(sprite: Sprite, degrees: float) -> Sprite:
    """Rotate about the middle; what its photo cut off stays straight, for the cut would show."""
    if any(sprite.cut) or abs(degrees) < 0.2:
        return sprite
    height, width = sprite.opacity.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    out_wh = (round(width * cos + height * sin) + 2, round(width * sin + height * cos) + 2)
    turn[:, 2] += (out_wh[0] - width) / 2, (out_wh[1] - height) / 2
    premultiplied = _premultiplied(sprite)
    colours = cv2.warpAffine(premultiplied, turn, out_wh, flags=cv2.INTER_LINEAR)
    opacity = cv2.warpAffine(sprite.opacity, turn, out_wh, flags=cv2.INTER_LINEAR)
    return replace(sprite, colours=unmultiplied(colours, opacity), opacity=opacity)


def _premultiplied(sprite: Sprite) -> np.ndarray:
    """Multiply colours by opacity: (h, w, 3) float32 in 0..255."""
    share = cv2.merge([sprite.opacity] * 3)
    return cv2.multiply(sprite.colours, share, dtype=cv2.CV_32F)


def fused(rng: Rng, front: Sprite, back: Sprite) -> Sprite:
    """Join two sprites into one instance, the feet on one line: ``1 - (1 - a1)(1 - a2)``.

    The second one stands behind, beside the first, so that the two touch.
    """
    offset = round(float(rng.uniform(0.3, 0.7)) * (front.width + back.width) / 2)
    offset *= 1 if rng.random() < 0.5 else -1
    offset += (front.width - back.width) // 2
    foot = max(front.foot, back.foot)
    tops = (foot - front.foot, foot - back.foot)
    lefts = (max(0, -offset), max(0, offset))
    width = max(lefts[0] + front.width, lefts[1] + back.width)
    height = max(tops[0] + front.height, tops[1] + back.height)
    opacity = np.zeros((height, width), np.float32)
    colours = np.zeros((height, width, 3), np.float32)
    for sprite, top, left in zip((back, front), tops[::-1], lefts[::-1], strict=True):
        part = np.s_[top : top + sprite.height, left : left + sprite.width]
        passed = 1 - sprite.opacity
        colours[part] = colours[part] * passed[..., None] + _premultiplied(sprite)
        opacity[part] = 1 - (1 - opacity[part]) * passed
    return replace(front, colours=unmultiplied(colours, opacity), opacity=opacity)
