"""Where objects go in a scene, and which of them can be seen. Shared by drawn and photo scenes."""

import numpy as np

from sosmatting.datasets.scenes.textures import Rng
from sosmatting.functional.compose import visible_alphas

MIN_VISIBLE_SHARE, MIN_VISIBLE_PX = 0.05, 40.0


def keep_visible(alphas: np.ndarray) -> list[int]:
    """Choose the instances that can be seen well enough to be told apart.

    The least visible one is dropped first, and the rest looked at anew: what stood behind it
    shows more now.

    Args:
        alphas: (N, H, W) own alphas in [0, 1], back to front.

    Returns:
        The indices to keep, ascending.
    """
    keep = list(range(len(alphas)))
    while keep:
        visible = visible_alphas(alphas[keep])
        shares = visible.sum((1, 2)) / np.maximum(alphas[keep].sum((1, 2)), 1e-6)
        solid = (visible >= 0.5).sum((1, 2))
        poor = (shares < MIN_VISIBLE_SHARE) | (solid < MIN_VISIBLE_PX)
        if not poor.any():
            break
        keep.pop(int(np.argmin(np.where(poor, shares, np.inf))))
    return keep


def free_place(
    rng: Rng, taken: list[tuple[float, float, float]], side: float, height: int, width: int
) -> tuple[float, float]:
    """Choose a centre (x, y): of a few random ones that with the least overlap, not always none."""
    margin = side * rng.choice([0.52, 0.52, 0.25])
    best, least = (width / 2, height / 2), np.inf
    for _ in range(6):
        x = rng.uniform(min(margin, width / 2), max(width - margin, width / 2))
        y = rng.uniform(min(margin, height / 2), max(height - margin, height / 2))
        overlap = sum(
            max(0.0, 0.42 * (side + s) - float(np.hypot(x - cx, y - cy))) / min(side, s)
            for cx, cy, s in taken
        )
        if overlap < least:
            best, least = (x, y), overlap
        if overlap < 0.3:
            break
    return best


def paste(
    rgba: np.ndarray, centre: tuple[float, float], alpha: np.ndarray, colours: np.ndarray
) -> None:
    """Put a premultiplied picture at ``centre`` (x, y) into one instance's alpha and colours."""
    height, width = alpha.shape
    rows, columns = rgba.shape[:2]
    top, left = round(centre[1] - rows / 2), round(centre[0] - columns / 2)
    y1, x1, y2, x2 = max(top, 0), max(left, 0), min(top + rows, height), min(left + columns, width)
    if y1 >= y2 or x1 >= x2:
        return
    part = rgba[y1 - top : y2 - top, x1 - left : x2 - left]
    alpha[y1:y2, x1:x2] = part[..., 3]
    colours[y1:y2, x1:x2] = part[..., :3] / np.maximum(part[..., 3:], 1e-4)
