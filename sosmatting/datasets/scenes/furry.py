"""Objects with strands: a person with hair and a cat with fur.

Every function draws one object on a fresh board (see :mod:`.canvas`), within about 0.85 of its
centre. Letters: K strands of P places each, see :mod:`sosmatting.datasets.strands`.
"""

import cv2
import numpy as np

from sosmatting.datasets.scenes.canvas import Canvas, gloss, lambert, relief, wide_blur
from sosmatting.datasets.scenes.textures import Rng, blend, hsv, noise
from sosmatting.datasets.strands import grow

HAIR = (
    (0.06, 0.55, 0.16),
    (0.07, 0.6, 0.34),
    (0.1, 0.55, 0.72),
    (0.04, 0.75, 0.5),
    (0.08, 0.1, 0.62),
)
COATS = (
    (0.08, 0.6, 0.72),
    (0.07, 0.15, 0.38),
    (0.09, 0.2, 0.88),
    (0.06, 0.5, 0.35),
    (0.6, 0.1, 0.55),
)
HEAD, HEAD_RADII = (0.0, -0.2), (0.23, 0.3)


def _hair(rng: Rng) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Choose a haircut: (K, 2) roots, (K,) angles and lengths, gravity and curl."""
    style = rng.integers(4)
    count = int(rng.integers(700, 1100))
    around = rng.uniform(-np.pi * 1.08, np.pi * 0.08, count)
    depth = rng.uniform(0.65, 1.0, count)
    roots = np.stack([np.cos(around), np.sin(around)], 1) * np.array(HEAD_RADII) * depth[:, None]
    roots += np.array(HEAD)
    spread = around + rng.normal(0, 0.25, count)
    long = rng.uniform(0.6, 1.0, count)
    if style == 0:  # long, falling
        return roots, spread, long * rng.uniform(0.55, 0.85), 0.3, rng.uniform(0.02, 0.12)
    if style == 1:  # a round head of curls
        return roots, spread + rng.normal(0, 0.3, count), long * rng.uniform(0.25, 0.42), 0.0, 0.5
    if style == 2:  # in the wind
        wind = 0.25 if rng.random() < 0.5 else np.pi - 0.25
        side = np.angle(np.exp(1j * spread) * 0.5 + np.exp(-1j * wind) * 0.7)
        side = side + rng.normal(0, 0.2, count)
        return roots, side, long * rng.uniform(0.4, 0.65), 0.02, 0.08
    return roots, spread, long * rng.uniform(0.12, 0.22), 0.02, 0.1  # short


def draw_person(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw head and shoulders: clothes, a face, and hair of one of four cuts."""
    canvas = Canvas(side)
    hue, saturation, value = HAIR[int(rng.integers(len(HAIR)))]
    hair = hsv(hue + rng.normal(0, 0.01), saturation, value)
    skin = hsv(rng.uniform(0.055, 0.08), rng.uniform(0.3, 0.6), rng.uniform(0.45, 0.95))

    roots, angles, lengths, gravity, curl = _hair(rng)
    paths = grow(roots, angles, lengths, rng, gravity, curl)
    tones = hair * rng.uniform(0.55, 1.35, (len(roots), 1))
    toward = ((roots - np.array(HEAD)) / np.array(HEAD_RADII)) @ light[:2]
    tones = np.clip(tones * (0.9 + 0.45 * toward)[:, None], 0, 1)
    widths = np.full(len(roots), max(1.0, side / 300)) * rng.uniform(0.6, 1.3, len(roots))

    cap = canvas.ellipse((HEAD[0], HEAD[1] - 0.03), (HEAD_RADII[0] * 1.06, HEAD_RADII[1] * 1.0))
    canvas.paint(cap, hair * 0.6)
    canvas.paint(*canvas.strands(paths, tones, widths))

    wide, shoulder = rng.uniform(0.46, 0.62), rng.uniform(0.36, 0.42)
    half = np.array(
        [
            [0.1, 0.2],
            [0.16, 0.28],
            [wide - 0.12, shoulder],
            [wide, shoulder + 0.16],
            [wide + 0.05, 0.85],
        ]
    )
    outline = np.concatenate([half, (half * [-1, 1])[::-1]])
    neck = canvas.polygon(np.array([[-0.1, -0.1], [0.1, -0.1], [0.11, 0.33], [-0.11, 0.33]]))
    canvas.paint(neck, skin * 0.72)
    torso = canvas.polygon(outline)
    torso *= 1 - canvas.ellipse((0, 0.22), (0.13, rng.uniform(0.08, 0.2)))
    canvas.paint(torso, _cloth(canvas, rng, torso, light))

    face = canvas.ellipse((HEAD[0], HEAD[1] + 0.02), (HEAD_RADII[0] * 0.9, HEAD_RADII[1] * 0.95))
    ears = np.maximum.reduce([canvas.ellipse((s * 0.21, -0.17), (0.035, 0.07)) for s in (-1, 1)])
    canvas.paint(ears, skin * 0.8)
    normals = relief(face, 0.3)
    shaded = (
        skin * (1.08 * lambert(normals, light, 0.5)) + 0.1 * gloss(normals, light, 12)[..., None]
    )
    canvas.paint(face, np.clip(shaded, 0, 1))
    _features(canvas, rng, skin, hair)

    fringe = int(rng.integers(120, 260))
    around = rng.uniform(-np.pi * 0.97, -np.pi * 0.03, fringe)
    tops = np.stack([np.cos(around) * 0.2, np.sin(around) * 0.24], 1) + np.array([0, -0.25])
    sway = np.where(np.cos(around) > rng.uniform(-0.6, 0.6), 0.25, np.pi - 0.25)
    short = rng.uniform(0.08, 0.2, fringe)
    locks = grow(tops, sway + rng.normal(0, 0.2, fringe), short, rng, 0.12, 0.04, 8)
    canvas.paint(*canvas.strands(locks, tones[:fringe], widths[:fringe] * 1.4))
    return canvas


def _cloth(canvas: Canvas, rng: Rng, torso: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Dye and shade the clothes: plain, striped or checked, (n, n, 3)."""
    hue = rng.random()
    first = hsv(hue, rng.uniform(0.2, 0.85), rng.uniform(0.25, 0.9))
    second = hsv(hue + rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.6), rng.uniform(0.5, 1))
    kind, pace = rng.integers(3), rng.uniform(25, 60)
    bars = np.clip(np.sin(canvas.y * pace) * 4 + 0.5, 0, 1)
    if kind == 0:
        bars = np.zeros_like(bars)
    elif kind == 2:
        bars = (bars + np.clip(np.sin(canvas.x * pace) * 4 + 0.5, 0, 1)) / 2
    folds = 0.8 + 0.3 * noise(rng, canvas.side, canvas.side, 6, 4)
    colours = blend(first, second, bars) * folds[..., None]
    return np.clip(colours * lambert(relief(torso, 0.3), light, 0.4), 0, 1)


def _features(canvas: Canvas, rng: Rng, skin: np.ndarray, hair: np.ndarray) -> None:
    """Paint eyes, brows, nose and mouth onto the face."""
    white, iris = np.full(3, 0.95, np.float32), hsv(rng.choice([0.07, 0.58, 0.3]), 0.6, 0.4)
    y = HEAD[1] + 0.01
    for sign in (-1, 1):
        x = sign * 0.088
        canvas.tint(canvas.ellipse((x, y), (0.046, 0.026)), white)
        canvas.tint(canvas.ellipse((x, y), (0.022, 0.024)), iris)
        canvas.tint(canvas.ellipse((x, y), (0.01, 0.011)), iris * 0.1)
        brow = np.array([[x - sign * 0.05, y - 0.05], [x, y - 0.07], [x + sign * 0.055, y - 0.045]])
        canvas.tint(canvas.line(brow, 0.018) * 0.85, hair * 0.7)
        canvas.tint(0.25 * canvas.ellipse((sign * 0.12, y + 0.1), (0.05, 0.035)), hsv(0, 0.6, 0.9))
    nose = np.array([[0.0, y + 0.02], [0.03, y + 0.1], [-0.01, y + 0.115]])
    canvas.tint(canvas.line(nose, 0.014) * 0.6, skin * 0.6)
    smile = rng.uniform(0.0, 0.03)
    mouth = np.array([[-0.07, y + 0.17], [0, y + 0.17 + smile * 1.4], [0.07, y + 0.17]])
    canvas.tint(canvas.line(mouth, 0.026), skin * np.array([0.75, 0.4, 0.42], np.float32))


def _coat(canvas: Canvas, rng: Rng) -> np.ndarray:
    """Draw the colours of a coat, plain, striped or patched: (n, n, 3)."""
    hue, saturation, value = COATS[int(rng.integers(len(COATS)))]
    base, side = hsv(hue, saturation, value), canvas.side
    lumps = noise(rng, side, side, 4, 4)
    kind = rng.integers(3)
    if kind == 0:
        share = 0.3 * lumps
    elif kind == 1:
        share = np.clip(np.sin(canvas.y * 22 + lumps * 7 + np.abs(canvas.x) * 5) * 1.5, 0, 1) * 0.8
    else:
        share = np.clip((lumps - 0.55) * 12, 0, 1)
    coat = blend(base, base * 0.35, share)
    belly = np.exp(-((canvas.x / 0.17) ** 2) - ((canvas.y - 0.32) / 0.28) ** 2)
    muzzle = np.exp(-((canvas.x / 0.14) ** 2) - ((canvas.y + 0.2) / 0.1) ** 2)
    white = np.clip(belly + muzzle, 0, 1) * rng.choice([0.0, 0.85])
    return coat + white[..., None] * (0.93 - coat)


def draw_cat(side: int, rng: Rng, light: np.ndarray) -> Canvas:
    """Draw a sitting cat: a coat of short dense strands, ears, tail, eyes and whiskers."""
    canvas = Canvas(side)
    flip = rng.choice([-1, 1])
    plump = rng.uniform(0.3, 0.38)
    body = np.maximum(
        canvas.ellipse((0, 0.35), (plump, 0.36)), canvas.ellipse((0, 0.05), (plump * 0.75, 0.3))
    )
    head = canvas.ellipse((0, -0.28), (0.3, 0.25))
    points = [np.array([[0.08, -0.45], [0.25, -0.72], [0.3, -0.3]]) * [s, 1] for s in (-1, 1)]
    ears = np.maximum.reduce([canvas.polygon(p) for p in points])
    t = np.linspace(0, 1, 20)
    end = rng.uniform(-0.35, 0.3)
    tail_x = flip * (0.2 + 0.42 * np.sin(t * np.pi * 0.62))
    tail = canvas.line(np.stack([tail_x, 0.62 + (end - 0.62) * t**1.5], 1), 0.11)
    shapes = (tail, body, ears, head)
    coat = _coat(canvas, rng)
    fluff = rng.uniform(0.06, 0.13)
    for index, shape in enumerate(shapes):
        normals = relief(shape, 0.28)
        shaded = np.clip(coat * (1.1 * lambert(normals, light, 0.35)), 0, 1)
        canvas.paint(shape, shaded * (0.8 if index < 3 else 0.85))
        if index == 2:
            inner = [canvas.polygon((p - p.mean(0)) * 0.55 + p.mean(0)) for p in points]
            canvas.tint(np.maximum.reduce(inner) * 0.7, hsv(0.99, 0.35, 0.75))
        paths, tones, widths = _fur(canvas, rng, shape, shaded, fluff * (0.5 if index == 2 else 1))
        canvas.paint(*canvas.strands(paths, tones, widths))
    _cat_face(canvas, rng)
    return canvas


def _fur(
    canvas: Canvas, rng: Rng, shape: np.ndarray, colours: np.ndarray, length: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Comb fur over a shape, outwards and down: (K, P, 2) paths, (K, 3) colours, (K,) widths."""
    side = canvas.side
    places = np.flatnonzero(shape > 0.5)
    count = min(len(places), int(60 + 3200 * len(places) / side**2 * 4))
    border = np.flatnonzero((shape > 0.5) & (cv2.erode(shape, np.ones((3, 3))) < 0.5))
    picked = np.concatenate([rng.choice(places, count), rng.choice(border, count // 2)])
    soft = wide_blur(shape, side / 14)
    slope_x, slope_y = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    row, column = np.divmod(picked, side)
    strength = np.hypot(slope_x, slope_y).max() + 1e-6
    out_x, out_y = -slope_x[row, column] / strength, -slope_y[row, column] / strength
    angles = np.arctan2(out_y + 0.35, out_x) + rng.normal(0, 0.35, len(picked))
    roots = np.stack([canvas.x[row, column], canvas.y[row, column]], 1)
    lengths = length * rng.uniform(0.5, 1.25, len(picked))
    paths = grow(roots, angles, lengths, rng, 0.08, 0.06, 4)
    tones = np.clip(colours[row, column] * rng.uniform(0.7, 1.4, (len(picked), 1)), 0, 1)
    widths = max(1.0, side / 260) * rng.uniform(0.7, 1.4, len(picked))
    order = np.argsort(roots[:, 1], kind='stable')[::-1]
    return paths[order], tones[order], widths[order]


def _cat_face(canvas: Canvas, rng: Rng) -> None:
    """Paint eyes, nose, mouth and whiskers; the whiskers reach beyond the head."""
    iris = hsv(rng.choice([0.13, 0.28, 0.55]), 0.75, 0.85)
    dark = np.full(3, 0.05, np.float32)
    for sign in (-1, 1):
        canvas.tint(canvas.ellipse((sign * 0.12, -0.31), (0.062, 0.056)), dark)
        canvas.tint(canvas.ellipse((sign * 0.12, -0.31), (0.052, 0.047)), iris)
        canvas.tint(canvas.ellipse((sign * 0.12, -0.31), (0.018, 0.044)), dark)
        canvas.tint(canvas.ellipse((sign * 0.12 - 0.02, -0.33), (0.012, 0.012)), dark + 0.95)
        mouth = np.array([[0, -0.2], [sign * 0.02, -0.165], [sign * 0.06, -0.16]])
        canvas.tint(canvas.line(mouth, 0.014) * 0.8, dark + 0.1)
    nose = np.array([[-0.04, -0.245], [0.04, -0.245], [0, -0.205]])
    canvas.tint(canvas.polygon(nose), hsv(0.98, 0.45, 0.7))
    ends = np.array([[s, k] for s in (0.0, np.pi) for k in (-0.25, -0.05, 0.15)])
    roots = np.stack([np.cos(ends[:, 0]) * 0.08, -0.2 + 0.06 * ends[:, 1]], 1)
    angles = ends[:, 0] + np.cos(ends[:, 0]) * ends[:, 1] + rng.normal(0, 0.08, len(ends))
    paths = grow(roots, angles, rng.uniform(0.3, 0.42, len(ends)), rng, 0.03, 0.0, 10)
    tones = np.full((len(ends), 3), 0.95)
    canvas.paint(*canvas.strands(paths, tones, np.full(len(ends), max(1.0, canvas.side / 200))))
