"""A cut-out: an object's colours with its matte as their fourth channel.

The alpha is straight (colours are not multiplied by it): PNG knows no other. Colours further than a
few pixels from the matte are black, since nothing of them is to be seen.
"""

from pathlib import Path

import numpy as np

from sosmatting.export.alpha_png import to_bits
from sosmatting.export.job import Job
from sosmatting.export.png_chunks import photo_chunks
from sosmatting.files import write_png


def write_rgba_png(path: Path, job: Job, index: int) -> None:
    """Write one cut-out as RGBA PNG: the whole frame, or the matte's box where the options crop.

    Args:
        path: File to write, whole or not at all.
        job: The result; its options say bits, colours and whether to crop.
        index: The instance.

    Raises:
        InputError: The file cannot be written, or estimated colours need a package that is missing.
    """
    pixels, offset = rgba_pixels(job, index)
    write_png(path, pixels, photo_chunks(job.mattes, offset=offset))


def rgba_pixels(job: Job, index: int) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Make one cut-out.

    Args:
        job: The result; its options say bits, colours and whether to crop.
        index: The instance.

    Returns:
        (H, W, 4) RGBA of the whole frame, or (h, w, 4) of the matte's box where the options crop,
        uint8 or uint16; and the box's left and top edge, ``None`` for the whole frame.

    Raises:
        InputError: Estimated colours need a package that is missing.
    """
    bits, cutout = job.options.bits, job.cutout(index)
    pixels = np.dstack([to_bits(cutout.cleared(), bits), to_bits(cutout.alpha, bits)])
    if job.options.crop:
        rows, columns = cutout.box
        return pixels[rows, columns], (cutout.x + columns.start, cutout.y + rows.start)
    frame = np.zeros((*job.mattes.image.shape[:2], 4), pixels.dtype)
    frame[cutout.place] = pixels
    return frame, None
