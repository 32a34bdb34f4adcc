"""What one camera does to the whole picture, pasted or not: focus, tones, noise, JPEG.

Letters: H W pixels. Pictures are (H, W, 3) BGR, uint8 or float32 in [0, 1] as said.
"""

from functools import lru_cache

import cv2
import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.functional.light import tone_table

Rng = np.random.Generator
BANK_SIDE = 1024


def defocused(stored: np.ndarray, radius: float, near: np.ndarray | None = None) -> np.ndarray:
    """Spread every pixel over a disc, at a coarser resolution where the disc is large.

    Args:
        stored: (H, W, 3) uint8.
        radius: Of the disc, in pixels.
        near: (H,) share of the sharp picture in every row; none without it.

    Returns:
        (H, W, 3) uint8.
    """
    if radius < 0.6:
        return stored
    factor = 4 if radius >= 6 else 2 if radius >= 3 else 1
    height, width = stored.shape[:2]
    small_wh = (max(1, width // factor), max(1, height // factor))
    small = stored if factor == 1 else cv2.resize(stored, small_wh, interpolation=cv2.INTER_AREA)
    blurred = cv2.filter2D(small, -1, disc(radius / factor), borderType=cv2.BORDER_REFLECT)
    if factor > 1:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    if near is None:
        return blurred
    share = np.repeat(near.astype(np.float32)[:, None], width, axis=1)
    return cv2.blendLinear(stored, blurred, share, 1 - share)


def disc(radius: float) -> np.ndarray:
    """Make a disc-shaped kernel that sums to 1; its edge is antialiased."""
    half = int(np.ceil(radius))
    ys, xs = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    kernel = np.clip(radius + 0.5 - np.hypot(xs, ys), 0, 1)
    return kernel / kernel.sum()


@lru_cache(maxsize=2)
def noise_bank(soft: bool) -> np.ndarray:
    """Return (BANK_SIDE, 2 BANK_SIDE, 3) float32 unit noise, drawn once.

    ``soft`` noise is smeared over neighbours, as demosaicing leaves it.
    """
    rng = np.random.default_rng(0)
    bank = rng.standard_normal((BANK_SIDE, 2 * BANK_SIDE, 3), dtype=np.float32)
    if soft:
        bank = cv2.GaussianBlur(bank, (0, 0), 0.8)
        bank /= bank.std()
    return bank


def sensor_noise(rng: Rng, stored: np.ndarray, strength: float) -> np.ndarray:
    """Add noise that grows with the root of the light.

    Args:
        rng: The source of chance.
        stored: (H, W, 3) uint8.
        strength: Standard deviation at full brightness, as a share of it.

    Returns:
        (H, W, 3) uint8.
    """
    height, width = stored.shape[:2]
    bank = noise_bank(bool(rng.random() < 0.5))
    top = int(rng.integers(BANK_SIDE))
    left = int(rng.integers(2 * BANK_SIDE))
    if top + height <= bank.shape[0] and left + width <= bank.shape[1]:
        grain = bank[top : top + height, left : left + width]
    else:
        rows = np.arange(top, top + height) % bank.shape[0]
        columns = np.arange(left, left + width) % bank.shape[1]
        grain = bank[rows][:, columns]
    levels = 255 * strength * (0.35 + 0.65 * np.sqrt(np.arange(256) / 255))
    spread = cv2.LUT(stored, levels.astype(np.float32))
    noisy = cv2.multiply(grain, spread)
    return cv2.add(noisy, stored, dtype=cv2.CV_8U)


def toned(rng: Rng, stored: np.ndarray, spread: float) -> np.ndarray:
    """Vary white balance and tone curve: (H, W, 3) uint8 -> uint8."""
    gains = 1 + rng.uniform(-0.5 * spread, 0.5 * spread, 3)
    return cv2.LUT(stored, tone_table(gains, float(np.exp(rng.uniform(-spread, spread)))))


def through_jpeg(stored: np.ndarray, quality: int) -> np.ndarray:
    """Write and read (H, W, 3) uint8 BGR as JPEG."""
    done, content = cv2.imencode('.jpg', stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise InputError(f'cannot encode a picture of shape {stored.shape} as JPEG')
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))


def photographed(
    rng: Rng,
    stored: np.ndarray,
    tones: float,
    noise: tuple[float, float],
    jpeg: tuple[int, int],
    jpeg_share: float,
) -> np.ndarray:
    """Pass a whole picture through one camera.

    Args:
        rng: The source of chance.
        stored: (H, W, 3) uint8 BGR.
        tones: Spread of white balance and gamma.
        noise: Range of the noise's strength (:func:`sensor_noise`).
        jpeg: Range of the JPEG quality.
        jpeg_share: Share of pictures that are stored as JPEG.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    if tones > 0:
        stored = toned(rng, stored, tones)
    strength = float(rng.uniform(*noise))
    if strength > 0:
        stored = sensor_noise(rng, stored, strength)
    if rng.random() < jpeg_share:
        stored = through_jpeg(stored, int(rng.integers(jpeg[0], jpeg[1] + 1)))
    return stored
