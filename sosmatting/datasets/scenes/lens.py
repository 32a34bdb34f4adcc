"""What lens and sensor do: motion blur and defocus of one object, and noise of a picture."""

import cv2
import numpy as np

from sosmatting.datasets.scenes.textures import Rng


def motion_blur(rgba: np.ndarray, length: float, angle: float) -> np.ndarray:
    """Smear a premultiplied picture along a line of ``length`` pixels; it grows on all sides."""
    half = max(1, int(np.ceil(length / 2)))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    ends = np.round((half + np.stack([-reach, reach])) * 16).astype(np.int32)
    cv2.polylines(kernel, [ends], False, 255, 1, cv2.LINE_AA, 4)
    return _spread(rgba, kernel.astype(np.float32), half)


def defocus(rgba: np.ndarray, radius: float) -> np.ndarray:
    """Spread a premultiplied picture over discs of ``radius`` pixels; it grows on all sides."""
    half = int(np.ceil(radius))
    ys, xs = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    return _spread(rgba, np.clip(radius + 0.5 - np.hypot(xs, ys), 0, 1), half)


def _spread(rgba: np.ndarray, kernel: np.ndarray, half: int) -> np.ndarray:
    """Pad by ``half`` pixels and filter with a kernel made to sum to 1."""
    padded = cv2.copyMakeBorder(rgba, half, half, half, half, cv2.BORDER_CONSTANT)
    return cv2.filter2D(padded, -1, kernel / kernel.sum(), borderType=cv2.BORDER_CONSTANT)


def sensor(rng: Rng, clean: np.ndarray) -> np.ndarray:
    """Add shot and read noise and round to 8 bits: (H, W, 3) in [0, 1] -> uint8."""
    shot, read = rng.uniform(0, 0.0006), rng.uniform(0, 0.006)
    grain = rng.standard_normal(clean.shape, dtype=np.float32)
    noisy = clean + grain * np.sqrt(shot * clean + read**2)
    return np.round(np.clip(noisy, 0, 1) * 255).astype(np.uint8)
