"""Sample scenes: several drawn objects over a drawn background, with exact visible alphas.

Before sensor noise and rounding, the picture *is*
``sum_k alpha_k * colour_k + (1 - sum_k alpha_k) * background``.
Letters: N instances, H W pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from sosmatting.datasets.scenes.canvas import Canvas
from sosmatting.datasets.scenes.furry import draw_cat, draw_person
from sosmatting.datasets.scenes.lens import defocus, motion_blur, sensor
from sosmatting.datasets.scenes.placing import free_place, keep_visible, paste
from sosmatting.datasets.scenes.solids import draw_ball, draw_donut, draw_glass, draw_leaf
from sosmatting.datasets.scenes.textures import Rng, background
from sosmatting.functional.compose import background_share, composite, visible_alphas

DRAWERS: dict[str, Callable[[int, Rng, np.ndarray], Canvas]] = {
    'person': draw_person,
    'cat': draw_cat,
    'ball': draw_ball,
    'glass': draw_glass,
    'donut': draw_donut,
    'leaf': draw_leaf,
}
CATEGORIES = tuple(DRAWERS)
ASPECTS = (0.75, 0.75, 0.667, 0.85)
REACH = 0.72  # an object's half long side on its board


@dataclass(frozen=True)
class Scene:
    """A photo and the truth about it.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        alphas: (N, H, W) float32 visible alphas in [0, 1], back to front.
        labels: N category indices.
        colours: (N, H, W, 3) float32 foreground colours in [0, 1].
        background: (H, W, 3) float32 in [0, 1].
    """

    image: np.ndarray
    alphas: np.ndarray
    labels: tuple[int, ...]
    colours: np.ndarray
    background: np.ndarray


@dataclass(frozen=True)
class Light:
    """The light of a scene: (3,) unit direction towards it, (H, W, 3) factors on all colours."""

    direction: np.ndarray
    gain: np.ndarray


def make_scene(index: int, seed: int = 0, size: int = 384) -> Scene:
    """Draw scene number ``index`` of the set ``seed``: the same numbers give the same bytes.

    Args:
        index: Number of the scene, from 0.
        seed: Number of the set.
        size: Long side in pixels.
    """
    rng = np.random.default_rng([seed, index])
    short = round(size * ASPECTS[int(rng.integers(len(ASPECTS)))])
    height, width = (short, size) if rng.random() < 0.65 else (size, short)
    light = _light(rng, height, width)
    behind = background(rng, height, width)
    count = int(rng.choice(5, p=[0.2, 0.28, 0.25, 0.17, 0.1])) + 1
    alphas, colours, labels = _place_objects(rng, light, height, width, count)
    if rng.random() < 0.6:
        behind = _shadow(rng, behind, alphas, light)
    keep = keep_visible(alphas)
    alphas, colours = alphas[keep], colours[keep]
    labels = [labels[k] for k in keep]
    visible = visible_alphas(alphas)
    colours = np.clip(colours * light.gain, 0, 1)
    behind = np.clip(behind * light.gain, 0, 1)
    clean = composite(colours, visible, behind)
    return Scene(sensor(rng, clean), visible, tuple(labels), colours, behind)


def _light(rng: Rng, height: int, width: int) -> Light:
    """Choose direction, colour temperature, exposure and vignette."""
    around, up = rng.uniform(np.pi * 1.05, np.pi * 1.95), rng.uniform(0.35, 1.1)
    direction = np.array(
        [np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)], np.float32
    )
    warmth = rng.normal(0, 0.07)
    tone = np.array([1 + warmth, 1, 1 - warmth]) * rng.uniform(0.75, 1.15)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    far = np.hypot(xs / width - 0.5, ys / height - 0.5)
    gain = (1 - rng.choice([0, 0.5]) * far**2)[..., None] * tone
    return Light(direction, gain.astype(np.float32))


def _place_objects(
    rng: Rng, light: Light, height: int, width: int, count: int
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Draw objects at places that leave the others visible, back to front."""
    long = max(height, width)
    largest = {1: 0.7, 2: 0.62, 3: 0.5}.get(count, 0.4)
    sides = np.exp(rng.uniform(np.log(0.13), np.log(largest), count))
    sides[0] = max(sides[0], largest * rng.uniform(0.55, 1.0))
    sides = np.sort(sides)[rng.permutation(count) if rng.random() < 0.5 else np.arange(count)]
    alphas = np.zeros((count, height, width), np.float32)
    colours = np.zeros((count, height, width, 3), np.float32)
    labels: list[int] = []
    taken: list[tuple[float, float, float]] = []
    for k, share in enumerate(sides):
        label = int(rng.integers(len(CATEGORIES)))
        side = share * long
        rgba = _draw_object(rng, CATEGORIES[label], side, light.direction)
        centre = free_place(rng, taken, side, height, width)
        if CATEGORIES[label] == 'person' and rng.random() < 0.85:
            centre = (centre[0], height - side * rng.uniform(0.3, 0.55))
        taken.append((*centre, side))
        paste(rgba, centre, alphas[k], colours[k])
        labels.append(label)
    return alphas, colours, labels


def _draw_object(rng: Rng, name: str, side: float, light: np.ndarray) -> np.ndarray:
    """Draw one object, turned and seen through the lens: (m, m, 4) premultiplied RGBA in [0, 1]."""
    small = int(np.ceil(side / REACH))
    factor = 4 if small < 120 else 3 if small < 220 else 2
    limit = {'person': 12, 'cat': 15, 'glass': 10}.get(name, 180)
    angle = float(rng.uniform(-limit, limit))
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    local = np.array([cos * light[0] - sin * light[1], sin * light[0] + cos * light[1], light[2]])
    canvas = DRAWERS[name](small * factor, rng, local.astype(np.float32))
    rgba = np.dstack([canvas.rgb, canvas.alpha])
    middle = (canvas.side - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), angle, 1.0)
    rgba = cv2.warpAffine(rgba, turn, (canvas.side, canvas.side), flags=cv2.INTER_LINEAR)
    rgba = cv2.resize(rgba, (small, small), interpolation=cv2.INTER_AREA)
    if rng.random() < (0.75 if name == 'ball' else 0.06):
        rgba = motion_blur(rgba, side * rng.uniform(0.1, 0.35), rng.uniform(0, np.pi))
    elif rng.random() < 0.2:
        rgba = defocus(rgba, float(rng.uniform(1.0, max(1.5, side * 0.03))))
    return np.clip(rgba, 0, 1)


def _shadow(rng: Rng, behind: np.ndarray, alphas: np.ndarray, light: Light) -> np.ndarray:
    """Darken the background away from the light, as soft shadows of all objects."""
    covered = 1 - background_share(alphas)
    far = rng.uniform(0.02, 0.07) * max(covered.shape)
    shift = np.array([[1, 0, -light.direction[0] * far], [0, 1, -light.direction[1] * far]])
    moved = cv2.warpAffine(covered, shift, covered.shape[::-1])
    soft = cv2.GaussianBlur(moved, (0, 0), rng.uniform(4, 12))
    return behind * (1 - rng.uniform(0.2, 0.55) * soft[..., None])
