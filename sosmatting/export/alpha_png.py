"""A matte as a grey PNG of 8 or 16 bits.

Letters: H W pixels. Alphas here are stored ones: uint8 or uint16, 0 transparent, the type's maximum
opaque.
"""

from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.files import write_png


def to_bits(values: np.ndarray, bits: int) -> np.ndarray:
    """Bring stored values (alphas or colours) to 8 or 16 bits.

    Full stays full: 255 becomes 65535 (times 257) and back; 16 bits are rounded to the nearest of
    8. Going up adds no precision, only range.

    Args:
        values: Array of uint8 or uint16.
        bits: 8 or 16.

    Returns:
        Array of the same shape, uint8 or uint16; ``values`` itself where it has these bits already.

    Raises:
        InputError: ``bits`` is neither 8 nor 16.
        TypeError: ``values`` is neither uint8 nor uint16.
    """
    if bits not in (8, 16):
        raise InputError(f'bits: {bits} is not possible; choose 8 or 16')
    if values.dtype not in (np.uint8, np.uint16):
        raise TypeError(f'stored values are uint8 or uint16, not {values.dtype}')
    if values.dtype == np.uint8:
        return values if bits == 8 else values.astype(np.uint16) * np.uint16(257)
    if bits == 16:
        return values
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def write_alpha_png(path: Path, alpha: np.ndarray, bits: int = 8) -> None:
    """Write one matte as a grey PNG.

    Args:
        path: File to write, whole or not at all.
        alpha: (H, W) uint8 or uint16.
        bits: 8 or 16; real 16-bit precision needs a uint16 ``alpha``.

    Raises:
        InputError: The file cannot be written, or ``bits`` is neither 8 nor 16.
    """
    write_png(path, to_bits(alpha, bits))
