"""A cut-out: the photo's colours with a matte as its fourth channel.

Letters: H W pixels. The alpha is straight (colours are not multiplied by it), the frame is the
photo's.
"""

from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import to_bits
from sosmatting.files import write_png


def write_rgba_png(
    path: Path, image: np.ndarray, alpha: np.ndarray, bits: int = 8, foreground: bool = False
) -> None:
    """Write one cut-out as an RGBA PNG of the photo's full size.

    Args:
        path: File to write, whole or not at all.
        image: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8 or uint16.
        bits: 8 or 16, for colours and alpha alike.
        foreground: Estimate the object's own colours, so that soft edges carry nothing of the old
            background; otherwise the colours are the photo's.

    Raises:
        InputError: The file cannot be written, or ``foreground`` needs a package that is not there.
    """
    colours = estimate_foreground(image, alpha, bits) if foreground else to_bits(image, bits)
    write_png(path, np.dstack([colours, to_bits(alpha, bits)]))


def estimate_foreground(image: np.ndarray, alpha: np.ndarray, bits: int = 8) -> np.ndarray:
    """Estimate an object's own colours by pymatting's multi-level method.

    Args:
        image: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8 or uint16.
        bits: 8 or 16.

    Returns:
        (H, W, 3) uint8 or uint16 RGB.

    Raises:
        InputError: pymatting is not installed.
    """
    try:
        from pymatting import estimate_foreground_ml
    except ImportError as error:
        raise InputError(
            'foreground colours: pymatting is not installed; '
            "pip install 'sosmatting[foreground]', or leave the option out"
        ) from error
    opacity = alpha / float(np.iinfo(alpha.dtype).max)
    colours = estimate_foreground_ml(image / 255.0, opacity)
    dtype = np.uint8 if bits == 8 else np.uint16
    return (np.clip(colours, 0, 1) * np.iinfo(dtype).max).round().astype(dtype)
