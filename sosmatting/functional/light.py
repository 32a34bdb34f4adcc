"""Light and colour of pictures: display values and light, colour statistics, tone curves.

Letters: H W pixels, 256 the values of a byte. Colours are BGR or RGB alike where not said.
"""

import cv2
import numpy as np

STEPS = 4096


def light_table(values: int = 256) -> np.ndarray:
    """Tabulate the light of every stored value: (values,) float32 in [0, 1], by sRGB's curve."""
    shown = np.arange(values, dtype=np.float64) / (values - 1)
    light = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


LIGHT = light_table()
LIGHT_OF_16_BITS = light_table(65536)


def to_light(stored: np.ndarray) -> np.ndarray:
    """Turn stored uint8 or uint16 values of any shape into light, float32 in [0, 1]."""
    return (LIGHT if stored.dtype == np.uint8 else LIGHT_OF_16_BITS)[stored]


def to_display(light: np.ndarray) -> np.ndarray:
    """Turn light in [0, 1] of any shape into display values, float32 in [0, 1]."""
    places = np.sqrt(np.clip(light, 0, 1))  # finer steps in the dark, where the curve is steep
    return _DISPLAY_OF_ROOT[(places * (STEPS - 1) + 0.5).astype(np.uint16)]


def _display_of_root() -> np.ndarray:
    light = np.linspace(0, 1, STEPS, dtype=np.float64) ** 2
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return shown.astype(np.float32)


_DISPLAY_OF_ROOT = _display_of_root()


def colour_statistics(bgr: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Measure mean and spread of a picture's CIE L*a*b* values (8-bit scaling).

    Args:
        bgr: (H, W, 3) uint8.
        weight: (H, W) share of every pixel; all count alike without it.

    Returns:
        (2, 3) float64: means and standard deviations of L, a, b; zeros where nothing counts.
    """
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(np.float64)
    share = np.ones(len(lab)) if weight is None else weight.reshape(-1).astype(np.float64)
    total = share.sum()
    if total <= 0:
        return np.zeros((2, 3))
    mean = share @ lab / total
    variance = np.maximum(share @ (lab * lab) / total - mean**2, 0)
    return np.stack([mean, np.sqrt(variance)])


def transfer_colours(
    bgr: np.ndarray, own: np.ndarray, wanted: np.ndarray, strength: float
) -> np.ndarray:
    """Draw a picture's colours to other statistics (Reinhard et al., CG&A 2001), within limits.

    Spread changes by a third at most, lightness by 40, either colour axis by 14 (8-bit L*a*b*).

    Args:
        bgr: (H, W, 3) uint8.
        own: Its :func:`colour_statistics`.
        wanted: Those it is drawn to.
        strength: 0 changes nothing, 1 goes all the way.

    Returns:
        (H, W, 3) uint8.
    """
    ratio = np.clip(wanted[1] / np.maximum(own[1], 1e-3), 0.67, 1.5) ** strength
    limits = np.array([40.0, 14.0, 14.0])
    shift = np.clip((wanted[0] - own[0]) * strength, -limits, limits)
    values = np.arange(256)[:, None]
    table = np.clip((values - own[0]) * ratio + own[0] + shift, 0, 255).round().astype(np.uint8)
    lab = cv2.LUT(cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB), table[None])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)


def tone_table(gains: np.ndarray, gamma: float) -> np.ndarray:
    """Tabulate white balance and tone curve: (3,) gains -> (1, 256, 3) uint8 for ``cv2.LUT``."""
    values = (np.arange(256)[:, None] / 255) ** gamma * gains
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)[None]
