"""A matte as a grey PNG of 8 or 16 bits.

Letters: H W pixels. Alphas here are stored ones: uint8 or uint16, 0 transparent, the type's maximum
opaque.
"""

from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.job import Job, box_of
from sosmatting.export.png_chunks import photo_chunks
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


def write_alpha8_png(path: Path, job: Job, index: int) -> None:
    """Write one matte as a grey PNG of 8 bits, see :func:`_write`."""
    _write(path, job, index, 8)


def write_alpha16_png(path: Path, job: Job, index: int) -> None:
    """Write one matte as a grey PNG of 16 bits, see :func:`_write`."""
    _write(path, job, index, 16)


def _write(path: Path, job: Job, index: int, bits: int) -> None:
    """Write one matte: the whole frame, or its box where the options crop.

    Args:
        path: File to write, whole or not at all.
        job: The result.
        index: The instance.
        bits: 8 or 16; real 16-bit precision needs uint16 alphas.

    Raises:
        InputError: The file cannot be written.
    """
    alpha, offset = job.mattes.alphas[index], None
    if job.options.crop:
        rows, columns = box_of(alpha)
        alpha, offset = alpha[rows, columns], (columns.start, rows.start)
    write_png(path, to_bits(alpha, bits), photo_chunks(job.mattes, colour=False, offset=offset))
