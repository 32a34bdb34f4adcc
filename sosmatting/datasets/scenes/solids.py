"""Objects with clear outlines: ball, donut, leaf and glass.

Every function draws one object on a fresh board (see :mod:`.canvas`), within about 0.75 of its
centre.
"""

import cv2
import numpy as np

from sosmatting.datasets.scenes.canvas import Canvas, gloss, lambert, relief
from sosmatting.datasets.scenes.textures import Rng, blend, hsv, noise

WHITE = np.ones(3, np.float32)


def draw_ball(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw a sphere: a beach ball with segments, a ring-striped ball, or a ball with lines."""
    canvas = Canvas(side)
    radius = 0.72
    x, y = canvas.x / radius, canvas.y / radius
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    normals = np.stack([x, y, z], 2)
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-6)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0].astype(np.float32)
    u, v, w = np.moveaxis(normals @ turn, 2, 0)
    around = np.arctan2(v, u)

    hue = rng.random()
    first, second = hsv(hue, rng.uniform(0.6, 0.95), rng.uniform(0.6, 1)), WHITE * 0.95
    step = 40.0 / side
    kind = rng.integers(3)
    if kind == 0:
        segments = int(rng.integers(3, 6))
        share = np.clip(np.sin(around * segments) * np.hypot(u, v) / step / segments + 0.5, 0, 1)
        colours = blend(first, second, share)
        third = hsv(hue + rng.uniform(0.25, 0.7), 0.8, 0.9)
        colours += np.clip((np.abs(w) - 0.9) / step, 0, 1)[..., None] * (third - colours)
    elif kind == 1:
        bands = np.clip(np.sin(w * rng.uniform(4, 9)) / step / 3 + 0.5, 0, 1)
        colours = blend(first, hsv(hue + rng.uniform(0.1, 0.5), 0.7, 0.95), bands)
    else:
        curve = np.minimum(np.minimum(np.abs(u), np.abs(v)), np.abs(np.abs(w) - 0.62))
        colours = blend(WHITE * 0.12, first, np.clip((curve - 0.035) / step, 0, 1))
    colours = colours * (0.92 + 0.08 * noise(rng, side, side, 30, 3))[..., None]
    colours = colours * lambert(normals, light, 0.3)
    colours += (0.7 * gloss(normals, light))[..., None]
    canvas.paint(canvas.ellipse((0, 0), (radius, radius)), np.clip(colours, 0, 1))
    return canvas


def draw_donut(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw a ring of dough with icing and sprinkles; its hole is see-through."""
    canvas = Canvas(side)
    tilt, inner = rng.uniform(0.7, 1.0), rng.uniform(0.22, 0.34)
    outer = 0.72
    ring = canvas.ellipse((0, 0), (outer, outer * tilt))
    hole = canvas.ellipse((0, 0), (inner, inner * tilt * 0.95))
    ring = ring * (1 - hole)
    middle, half = (outer + inner) / 2, (outer - inner) / 2
    far = np.hypot(canvas.x, canvas.y / tilt)
    across = np.clip((far - middle) / half, -1, 1)
    slope = across / np.maximum(far, 1e-3)
    normals = np.stack([canvas.x * slope, canvas.y / tilt * slope, np.sqrt(1 - across**2)], 2)
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-6)
    normals = normals.astype(np.float32)
    crumb = noise(rng, side, side, 14, 5)
    dough = blend(hsv(0.07, 0.75, 0.5), hsv(0.1, 0.55, 0.85), crumb)
    canvas.paint(ring, np.clip(dough * lambert(normals, light, 0.35), 0, 1))

    around = np.arctan2(canvas.y / tilt, canvas.x)
    wave = sum(
        rng.uniform(0.03, 0.12) * np.sin(around * k + rng.uniform(0, 6)) for k in (3, 5, 8, 13)
    )
    icing = np.clip((0.72 + wave - np.abs(across)) * side / 6, 0, 1).astype(np.float32)
    hue, value = rng.choice([0.92, 0.05, 0.5, 0.13, rng.random()]), rng.uniform(0.35, 1.0)
    colour = hsv(hue, rng.uniform(0.25, 0.7), value) * np.ones_like(canvas.rgb)
    for _ in range(int(rng.integers(0, 60))):
        angle, place = rng.uniform(0, 2 * np.pi), middle + half * rng.uniform(-0.6, 0.6)
        spot = np.array([np.cos(angle), np.sin(angle) * tilt]) * place
        turn = rng.uniform(0, np.pi)
        reach = 0.035 * np.array([np.cos(turn), np.sin(turn)])
        ends = canvas.pixels(np.stack([spot - reach, spot + reach]))
        tone = hsv(rng.random(), rng.uniform(0.3, 0.9), 1.0).tolist()
        cv2.polylines(colour, [ends], False, tone, max(1, side // 45), cv2.LINE_AA, 4)
    shaded = colour * lambert(normals, light, 0.45) + 0.5 * gloss(normals, light, 60)[..., None]
    canvas.tint(icing, np.clip(shaded, 0, 1))
    return canvas


def draw_leaf(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw a leaf with veins and a stem: hard-edged, pointed or lobed."""
    canvas = Canvas(side)
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    toothed = 0.02 * np.abs(np.sin(angles * rng.integers(14, 30)))
    if rng.random() < 0.5:
        width = rng.uniform(0.25, 0.42)
        along = np.cos(angles)
        outline = np.stack([np.sin(angles) * width * (1.15 + 0.45 * along), -along * 0.66], 1)
        outline *= (1 + toothed * 1.5)[:, None]
        tips = np.linspace(-0.5, 0.45, 8)
        veins = [np.array([[0, t], [s * width * 1.3, t - 0.3]]) for t in tips for s in (-1, 1)]
    else:
        lobes = int(rng.choice([5, 7]))
        reach = 0.36 + 0.32 * np.abs(np.cos(angles * lobes / 2)) ** 1.6 + toothed * 2
        reach *= 1 - 0.25 * np.exp(-(((angles - np.pi) / 0.5) ** 2))
        outline = np.stack([np.sin(angles), -np.cos(angles)], 1) * reach[:, None]
        rays = 2 * np.pi * np.arange(lobes) / lobes
        veins = [np.array([[0, 0], [np.sin(a) * 0.6, -np.cos(a) * 0.6]]) for a in rays]
    blade = canvas.polygon(outline)
    bend = rng.uniform(-0.15, 0.15)
    stem = np.array([[0, 0.3], [bend / 2, 0.6], [bend, 0.82]])
    hue = rng.choice([rng.uniform(0.22, 0.36), rng.uniform(0.0, 0.13)])
    dark, bright = (
        hsv(hue, 0.8, rng.uniform(0.3, 0.5)),
        hsv(hue - 0.03, 0.75, rng.uniform(0.6, 0.9)),
    )
    canvas.paint(canvas.line(smooth_stem(stem), 0.035), dark * 0.8)
    colours = blend(dark, bright, noise(rng, side, side, 4, 5))
    lines = np.maximum.reduce([canvas.line(v, 0.012) for v in veins])
    midrib = canvas.line(np.array([[0, 0.6], [0, -0.6]]), 0.022)
    lines = np.maximum(lines, midrib)
    ridges = relief(np.maximum(blade - cv2.GaussianBlur(lines, (0, 0), side / 60), 0), 0.16)
    colours = colours * (1.1 * lambert(ridges, light, 0.35))
    colours += (0.55 * lines)[..., None] * (hsv(hue - 0.02, 0.4, 0.95) - colours)
    colours += 0.25 * gloss(ridges, light, 25)[..., None]
    canvas.paint(blade, np.clip(colours, 0, 1))
    return canvas


def smooth_stem(points: np.ndarray) -> np.ndarray:
    """Bend an open line through three places: (3, 2) -> (16, 2), a quadratic Bezier curve."""
    t = np.linspace(0, 1, 16)[:, None]
    return (1 - t) ** 2 * points[0] + 2 * t * (1 - t) * points[1] + t**2 * points[2]


def _profile(rng: Rng) -> tuple[np.ndarray, np.ndarray, float]:
    """Choose a glass of revolution: (P,) heights from the opening, (P,) half widths, floor's y."""
    kind = rng.integers(3)
    if kind == 0:  # tumbler
        top, foot = rng.uniform(0.34, 0.48), rng.uniform(0.26, 0.36)
        return (
            np.array([-0.6, 0.0, 0.55, 0.62]),
            np.array([top, top * 0.95, foot, foot * 0.9]),
            0.56,
        )
    if kind == 1:  # goblet
        bowl = rng.uniform(0.32, 0.44)
        heights = np.array([-0.7, -0.45, -0.15, 0.08, 0.16, 0.5, 0.6, 0.66])
        return heights, bowl * np.array([0.85, 1.0, 0.9, 0.3, 0.12, 0.11, 0.5, 0.8]), 0.1
    belly = rng.uniform(0.3, 0.4)  # bottle
    heights = np.array([-0.74, -0.66, -0.35, -0.15, 0.1, 0.6, 0.68])
    return heights, belly * np.array([0.42, 0.36, 0.38, 0.75, 1.0, 1.0, 0.9]), 0.62


def draw_glass(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw a see-through tumbler, goblet or bottle with denser rims, at times filled."""
    canvas = Canvas(side)
    heights, halves, floor = _profile(rng)
    opening = float(heights[0])
    ys = np.linspace(heights[0], heights[-1], 60)
    widths = np.interp(ys, heights, halves)
    kernel = np.hanning(9) / np.hanning(9).sum()
    widths = np.convolve(np.pad(widths, 4, mode='edge'), kernel, mode='valid')
    outline = np.concatenate([np.stack([widths, ys], 1), np.stack([-widths, ys], 1)[::-1]])
    flat = 0.13
    lip = canvas.ellipse((0, opening), (float(widths[0]), float(widths[0]) * flat))
    body = np.maximum(canvas.polygon(outline), lip)
    base_half = float(widths[-1])
    body = np.maximum(body, canvas.ellipse((0, float(ys[-1])), (base_half, base_half * flat)))

    half = np.interp(canvas.y, ys, widths)
    across = np.clip(canvas.x / np.maximum(half, 1e-3), -1, 1)
    hue = rng.choice([0.5, 0.58, 0.35, 0.1, rng.random()])
    tint = hsv(hue, rng.uniform(0.05, 0.4), rng.uniform(0.75, 0.95))
    wall = np.clip(rng.uniform(0.52, 0.66) + 0.4 * np.abs(across) ** 6, 0, 1)
    streaks = 0.12 * (noise(rng, side, side, 5, 3, 0.2) - 0.5)
    shade = 0.75 + 0.3 * across * np.sign(light[0] + 1e-6) + streaks
    canvas.paint(body * wall, np.clip(tint * shade[..., None], 0, 1))
    if rng.random() < 0.45:
        level = rng.uniform(opening + 0.2, floor - 0.3)
        drink = hsv(rng.random(), rng.uniform(0.5, 0.9), rng.uniform(0.4, 0.9))
        inside = body * (np.abs(across) < 0.88) * np.clip((canvas.y - level) * side / 4, 0, 1)
        inside = inside * np.clip((floor - canvas.y) * side / 4, 0, 1)
        inside = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), side / 200)
        canvas.paint(inside * rng.uniform(0.55, 0.85), drink * (0.85 + 0.3 * streaks)[..., None])
    rim = np.abs(np.hypot(canvas.x / widths[0], (canvas.y - opening) / (widths[0] * flat)) - 1)
    edge = np.clip(1 - rim * widths[0] * flat * side / 2 / max(1.5, side / 130), 0, 1)
    canvas.paint((edge * 0.8).astype(np.float32), np.clip(tint * 1.15, 0, 1))
    contour = body - cv2.erode(body, np.ones((3, 3)), iterations=max(1, side // 130))
    canvas.paint(contour * 0.55, np.clip(tint * 1.1, 0, 1))
    place = 0.55 * (1 if light[0] > 0 else -1)
    for at, width, strength in ((place, 0.07, 0.85), (-place * 1.2, 0.035, 0.5)):
        glint = np.exp(-(((across - at) / width) ** 2)) * body * (np.abs(canvas.y + 0.1) < 0.42)
        glint = cv2.GaussianBlur(glint.astype(np.float32), (0, 0), side / 120)
        canvas.paint(np.clip(glint * strength, 0, 1), WHITE)
    return canvas
