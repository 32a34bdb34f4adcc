"""An object's own colours, where it shares its pixels with what lies behind it.

Letters: H W pixels.
"""

import numpy as np

from sosmatting.export.packages import load_package


def estimate_foreground(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Estimate an object's own colours by pymatting's multi-level method.

    Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020.

    Args:
        image: (H, W, 3) uint8 or uint16 RGB.
        alpha: (H, W) uint8 or uint16, the type's maximum opaque.

    Returns:
        (H, W, 3) uint16 RGB, 65535 the brightest.

    Raises:
        InputError: pymatting is not installed.
    """
    pymatting = load_package('pymatting', 'foreground colours')
    opacity = alpha / float(np.iinfo(alpha.dtype).max)
    shown = image / float(np.iinfo(image.dtype).max)
    colours = pymatting.estimate_foreground_ml(shown, opacity)
    return (np.clip(colours, 0, 1) * 65535).round().astype(np.uint16)
