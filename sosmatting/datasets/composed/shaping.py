"""Other shapes of cut-outs: bent ones, and ones with hair that no photo showed.

There are few photos with true alphas, and a network learns their very contours by heart. Both
changes give another contour whose alpha is exact again. Letters: h w pixels of a cut-out, K strands
of P places. Colours are (h, w, 3) uint8 BGR, opacity (h, w) float32 in [0, 1].
"""

import cv2
import numpy as np

from sosmatting.datasets.composed.foregrounds import unmultiplied
from sosmatting.datasets.strands import grow

Rng = np.random.Generator
Pair = tuple[np.ndarray, np.ndarray]
Sides = tuple[bool, bool, bool, bool]
BEND = 0.3  # of the distance between two places that move on their own
LEAST_SIZE = 24.0  # pixels; smaller ones show no hair
MOST_STRANDS = 1500
FINE = 4  # strands are drawn so many times as large
STEPS = 5


def reshaped(
    rng: Rng, colours: np.ndarray, opacity: np.ndarray, cut: Sides, warp: float, fur: float
) -> Pair:
    """Bend a cut-out and let hair grow on it, each by chance.

    Options of 0 draw no random numbers.

    Args:
        rng: The source of chance.
        colours: See the head of this file.
        opacity: See the head of this file.
        cut: Whether its photo cut it off: left, top, right, bottom. Those sides stay straight.
        warp: How far it may be bent, 0 to 1.
        fur: The share of cut-outs that get hair, 0 to 1.

    Returns:
        Its new colours and opacity; it may be larger on the sides that are not cut.
    """
    if warp > 0:
        colours, opacity = warped(rng, colours, opacity, cut, warp)
    if fur > 0 and rng.random() < fur:
        colours, opacity = furred(rng, colours, opacity, cut)
    return colours, opacity


def warped(rng: Rng, colours: np.ndarray, opacity: np.ndarray, cut: Sides, warp: float) -> Pair:
    """Bend a cut-out smoothly: places of a coarse grid move at random, the others with them.

    Two neighbours of the grid come nearer to each other by at most 0.6 of their distance (at
    ``warp=1``), so that nothing folds over.
    """
    nodes = int(rng.integers(3, 7))
    reach = warp * BEND * np.array(opacity.shape[::-1]) / nodes
    colours, opacity = _padded(colours, opacity, cut, int(np.ceil(reach.max())))
    height, width = opacity.shape
    moves = rng.uniform(-1, 1, (nodes, nodes, 2)) * reach
    left, top, right, bottom = cut
    moves[:, 0, 0] *= not left
    moves[:, -1, 0] *= not right
    moves[0, :, 1] *= not top
    moves[-1, :, 1] *= not bottom
    field = cv2.resize(moves.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    places = (columns + field[..., 0], rows + field[..., 1])
    bent = [
        cv2.remap(each, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for each in (_premultiplied(colours, opacity), opacity)
    ]
    return unmultiplied(*bent), bent[1]


def furred(rng: Rng, colours: np.ndarray, opacity: np.ndarray, cut: Sides) -> Pair:
    """Let hair of the colours beneath it grow along the contour of a cut-out."""
    size = float(np.sqrt(opacity.sum(dtype=np.float64)))
    if size < LEAST_SIZE:
        return colours, opacity
    length = size * float(rng.uniform(0.03, 0.14))
    colours, opacity = _padded(colours, opacity, cut, int(np.ceil(1.3 * length)))
    roots, angles = _roots(rng, opacity)
    if not len(roots):
        return colours, opacity
    lengths = length * rng.uniform(0.3, 1.2, len(roots))
    gravity, curl = float(rng.uniform(0, 0.12)), float(rng.uniform(0, 0.2))
    paths = grow(roots, angles, lengths, rng, gravity, curl, STEPS)
    widths = float(rng.uniform(0.6, 1.6)) * rng.uniform(0.6, 1.4, len(roots))
    share = strands_share(paths, widths, (opacity.shape[0], opacity.shape[1]))
    at = np.clip(roots.round().astype(int), 0, np.array(opacity.shape[::-1]) - 1)
    tones = colours[at[:, 1], at[:, 0]] * rng.uniform(0.75, 1.3, (len(roots), 1))
    hair = colours.copy()
    for path, tone in zip(paths.round().astype(np.int32), np.minimum(tones, 255), strict=True):
        cv2.polylines(hair, [path], False, tone.tolist(), 3)
    passed = cv2.merge([1 - share] * 3)
    mixed = _premultiplied(colours, opacity) * passed + _premultiplied(hair, share)
    opacity = 1 - (1 - opacity) * (1 - share)
    return unmultiplied(mixed, opacity), opacity


def strands_share(paths: np.ndarray, widths: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Draw strands that taper to a third of their width.

    Args:
        paths: (K, P, 2) places in pixels, x first; a pixel's middle is a whole number.
        widths: (K,) at the root, in pixels.
        size_hw: Height and width of the picture.

    Returns:
        (h, w) float32, the share of each pixel that they cover.
    """
    fine = np.zeros((size_hw[0] * FINE, size_hw[1] * FINE), np.uint8)
    places = ((paths + 0.5) * FINE - 0.5).round().astype(np.int32)
    steps = paths.shape[1] - 1
    for step in range(steps):
        taper = 1 - 2 / 3 * (step + 0.5) / steps
        # OpenCV draws odd widths only: 3 for 2 and 3, 5 for 4 and 5.
        thick = np.maximum(1, 2 * ((widths * taper * FINE - 1) / 2).round().astype(int))
        for value in np.unique(thick):
            parts = list(places[thick == value, step : step + 2])
            cv2.polylines(fine, parts, False, 255, int(value))
    small = cv2.resize(fine, size_hw[::-1], interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def _roots(rng: Rng, opacity: np.ndarray) -> Pair:
    """Choose (K, 2) places a little inside the contour, and the (K,) directions of their hair."""
    solid = (opacity > 0.5).astype(np.uint8)
    rows, columns = np.nonzero(solid & (cv2.erode(solid, np.ones((3, 3), np.uint8)) == 0))
    # Patches of the contour, not all of it; some coats lie, some stand.
    where = rng.uniform(0, opacity.shape[0]), rng.uniform(0, opacity.shape[1])
    near = np.hypot(rows - where[0], columns - where[1]) < rng.uniform(0.4, 1.5) * max(solid.shape)
    rows, columns = rows[near], columns[near]
    count = min(MOST_STRANDS, int(len(rows) * rng.uniform(0.15, 0.8)))
    picked = rng.choice(len(rows), count, replace=False) if count else np.zeros(0, int)
    rows, columns = rows[picked], columns[picked]
    soft = cv2.GaussianBlur(opacity, (0, 0), 3)
    outwards = [
        -cv2.Sobel(soft, cv2.CV_32F, *along)[rows, columns].astype(float)
        for along in ((1, 0), (0, 1))
    ]
    angles = np.arctan2(outwards[1], outwards[0])
    angles += float(rng.normal(0, 0.5)) + rng.normal(0, 0.35, count)
    inwards = np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(1, 4, (count, 1))
    return np.stack([columns, rows], 1) - inwards, angles


def _padded(colours: np.ndarray, opacity: np.ndarray, cut: Sides, pad: int) -> Pair:
    """Add empty pixels on the sides that are not cut."""
    left, top, right, bottom = (0 if on else pad for on in cut)
    around = (top, bottom, left, right, cv2.BORDER_CONSTANT)
    return cv2.copyMakeBorder(colours, *around), cv2.copyMakeBorder(opacity, *around)


def _premultiplied(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Multiply colours by opacity: (h, w, 3) float32 in 0..255."""
    return cv2.multiply(colours, cv2.merge([opacity] * 3), dtype=cv2.CV_32F)
