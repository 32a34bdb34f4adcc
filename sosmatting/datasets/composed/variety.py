"""Variety of cut-outs: no two instances of one cut-out have quite the same colours and shape.

There are far fewer cut-outs than things in the world, and what is learnt by heart is their look.
Options of 0 draw no random numbers, so that what is composed without variety stays as it was.
"""

import math

import cv2
import numpy as np

Rng = np.random.Generator
HUES = 180  # of OpenCV's 8-bit HSV
HUE_SPREAD = 0.1  # of the circle of hues
SATURATION_SPREAD = 0.5  # as the logarithm of a factor
GAMMA_SPREAD = 0.3  # as the logarithm of the exponent


def recoloured(rng: Rng, colours: np.ndarray, variety: float) -> np.ndarray:
    """Turn the hues of a cut-out, and change how saturated and how light it is.

    Args:
        rng: The source of chance.
        colours: (h, w, 3) uint8 BGR.
        variety: How much, from 0 to 1: at 1 hues turn by up to a tenth of the circle.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    if variety <= 0:
        return colours
    turn, fuller, darker = rng.uniform(-variety, variety, 3)
    values = np.arange(256)
    table = np.empty((1, 256, 3), np.uint8)
    table[0, :, 0] = (values + round(turn * HUE_SPREAD * HUES)) % HUES
    table[0, :, 1] = np.clip(values * math.exp(fuller * SATURATION_SPREAD), 0, 255).round()
    table[0, :, 2] = (255 * (values / 255) ** math.exp(darker * GAMMA_SPREAD)).round()
    hsv = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_BGR2HSV)
    return cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2BGR)


def stretched(rng: Rng, size_wh: tuple[float, float], stretch: float) -> tuple[float, float]:
    """Make a cut-out wider or higher, of the same area.

    Args:
        rng: The source of chance.
        size_wh: Its width and height in pixels.
        stretch: The largest change of either, as the logarithm of a factor.
    """
    if stretch <= 0:
        return size_wh
    factor = math.exp(rng.uniform(-stretch, stretch))
    return size_wh[0] * factor, size_wh[1] / factor
