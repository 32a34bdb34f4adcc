"""Noise, colours and the backgrounds of the sample scenes. Colours are float32 RGB in [0, 1]."""

from collections.abc import Callable

import cv2
import numpy as np

Rng = np.random.Generator


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """Turn hue, saturation and value in [0, 1] (hue wraps around) into a (3,) RGB colour."""
    wheel = np.abs((np.array([0, 4, 2]) + hue * 6) % 6 - 3) - 1
    return (value * (1 - saturation * (1 - np.clip(wheel, 0, 1)))).astype(np.float32)


def noise(
    rng: Rng, height: int, width: int, cells: float = 3.0, octaves: int = 5, stretch: float = 1.0
) -> np.ndarray:
    """Draw clouds: smooth random values of ever finer octaves.

    Args:
        rng: The source of chance.
        height: Rows.
        width: Columns.
        cells: Lumps along the longer side in the coarsest octave.
        octaves: How many octaves, each twice as fine and 0.55 times as strong.
        stretch: Lumps are this many times as wide as high.

    Returns:
        (height, width) float32, from 0 to 1.
    """
    total = np.zeros((height, width), np.float32)
    longest = max(height, width)
    for octave in range(octaves):
        rows = max(2, round(cells * 2**octave * height / longest * stretch))
        columns = max(2, round(cells * 2**octave * width / longest))
        lumps = rng.random((min(rows, height), min(columns, width)), dtype=np.float32)
        total += 0.55**octave * cv2.resize(lumps, (width, height), interpolation=cv2.INTER_CUBIC)
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def blend(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mix two (3,) colours by (H, W) shares in [0, 1]: (H, W, 3)."""
    return low + (high - low) * share[..., None]


def _palette(rng: Rng, saturation: float = 0.45) -> tuple[np.ndarray, np.ndarray]:
    """Draw a darker and a lighter colour of neighbouring hues."""
    hue = rng.random()
    dark = hsv(hue, rng.uniform(0.1, saturation), rng.uniform(0.15, 0.5))
    light = hsv(
        hue + rng.uniform(-0.12, 0.12), rng.uniform(0.05, saturation), rng.uniform(0.55, 0.95)
    )
    return dark, light


def clouds(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw drifting clouds, as of sky, plaster or felt."""
    dark, light = _palette(rng)
    share = noise(rng, height, width, rng.uniform(1.5, 5), 6, rng.uniform(0.7, 2.5))
    return blend(dark, light, np.clip(share * 1.4 - 0.2, 0, 1))


def gradient(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw a studio backdrop: a wide gradient with a little grain."""
    dark, light = _palette(rng, 0.6)
    ys, xs = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
    centre_x, centre_y = rng.uniform(0, 1, 2)
    share = 1 - np.hypot(xs - centre_x, ys - centre_y)
    return blend(dark, light, np.clip(share + 0.05 * noise(rng, height, width, 40, 2), 0, 1))


def stripes(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw wavy cloth or wallpaper with stripes."""
    dark, light = _palette(rng)
    angle, period = rng.uniform(0, np.pi), rng.uniform(14, 50)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    along = xs * np.cos(angle) + ys * np.sin(angle)
    wave = rng.uniform(0, 14) * noise(rng, height, width, 3, 2)
    share = 0.5 + 0.5 * np.clip(np.sin((along + wave) * 2 * np.pi / period) * 3, -1, 1)
    weave = 0.85 + 0.15 * noise(rng, height, width, 90, 2)
    return blend(dark, light * 0.8, share) * weave[..., None]


def bricks(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw a wall of bricks or tiles, each of its own tone, with mortar between."""
    high = rng.uniform(16, 40)
    long = high * rng.uniform(1.0, 2.6)
    ys, xs = np.mgrid[:height, :width].astype(np.float32) + rng.uniform(0, 50)
    row = np.floor(ys / high)
    shifted = xs / long + 0.5 * (row % 2)
    column = np.floor(shifted)
    tones = rng.random((64, 64), dtype=np.float32)
    tone = tones[row.astype(int) % 64, column.astype(int) % 64]
    hue, saturation = rng.choice([rng.uniform(0.0, 0.09), rng.random()]), rng.uniform(0.15, 0.55)
    wall = blend(hsv(hue, saturation, 0.35), hsv(hue + 0.03, saturation * 0.8, 0.7), tone)
    wall *= (0.8 + 0.35 * noise(rng, height, width, 30, 4))[..., None]
    edge = np.minimum(
        np.minimum(ys % high, high - ys % high),
        np.minimum(shifted - column, 1 - (shifted - column)) * long,
    )
    joint = np.clip(1.8 - edge, 0, 1)
    mortar = np.full(3, rng.uniform(0.25, 0.8), np.float32)
    return wall + joint[..., None] * (mortar - wall)


def bokeh(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw out-of-focus lights at night: bright discs over a dark gradient."""
    dark, light = _palette(rng, 0.7)
    picture = blend(dark * 0.5, light * 0.45, noise(rng, height, width, 2, 2))
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    hue = rng.random()
    for _ in range(int(rng.integers(15, 45))):
        radius = rng.uniform(5, 26)
        far = np.hypot(xs - rng.uniform(0, width), ys - rng.uniform(0, height))
        disc = np.clip(radius - far, 0, 1) * (0.65 + 0.35 * np.clip(far / radius, 0, 1) ** 4)
        colour = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.1, 0.7), 1.0)
        picture += (disc * rng.uniform(0.08, 0.5))[..., None] * (colour - picture * 0.6)
    return picture


def meadow(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw ground under an open sky: grass, sand or boards below a horizon."""
    horizon = rng.uniform(0.25, 0.65) * height
    sky = clouds(rng, height, width) * 0.4 + 0.6 * hsv(rng.uniform(0.5, 0.65), 0.3, 0.9)
    hue = rng.choice([rng.uniform(0.2, 0.35), rng.uniform(0.05, 0.12)])
    blades = noise(rng, height, width, 12, 5, rng.choice([0.3, 4.0]))
    ground = blend(hsv(hue, 0.6, 0.2), hsv(hue + 0.03, 0.5, 0.65), blades)
    ys = np.arange(height, dtype=np.float32)[:, None]
    hills = horizon + 12 * noise(rng, height, width, 3, 3)
    return sky + np.clip((ys - hills) / 3, 0, 1)[..., None] * (ground - sky)


BACKGROUNDS: tuple[Callable[[Rng, int, int], np.ndarray], ...] = (
    clouds,
    gradient,
    stripes,
    bricks,
    bokeh,
    meadow,
)


def background(rng: Rng, height: int, width: int) -> np.ndarray:
    """Draw one background of a random kind, in or out of focus: (height, width, 3) in [0, 1]."""
    draw = BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))]
    picture = draw(rng, height, width).astype(np.float32)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 5))
    return np.clip(picture, 0, 1)
