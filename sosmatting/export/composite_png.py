"""All cut-outs together over a new background, or over none.

Letters: H W pixels. Objects add up, ``sum_k alpha_k colour_k + (1 - sum_k alpha_k) background``, as
the mattes of one photo share its pixels; where they sum to more than 1, each gets its share of 1.
Everything happens in the photo's own display values, as viewers and browsers blend.
"""

from pathlib import Path

import cv2
import numpy as np

from sosmatting.export.job import Job
from sosmatting.export.options import Background
from sosmatting.export.png_chunks import photo_chunks
from sosmatting.files import write_png
from sosmatting.visualization.overlay import unit_alpha
from sosmatting.visualization.sheet import checker_board


def write_composite_png(path: Path, job: Job) -> None:
    """Write the composite as RGB PNG; over ``'transparent'``, as RGBA PNG with straight alpha.

    Args:
        path: File to write, whole or not at all.
        job: The result; its options say background and colours.

    Raises:
        InputError: The file cannot be written, or estimated colours need a package that is missing.
    """
    write_png(path, composite(job), photo_chunks(job.mattes))


def composite(job: Job) -> np.ndarray:
    """Lay the objects over the background of the options: (H, W, 3) or (H, W, 4) uint8."""
    objects, total = add_up(job)
    background = job.options.background
    if isinstance(background, str):
        objects /= np.maximum(total, 1e-6)[..., None]
        return np.dstack([stored(objects), stored(np.minimum(total, 1) * 255)])
    objects /= np.maximum(total, 1)[..., None]
    height, width = total.shape
    rest = 1 - np.minimum(total, 1)
    for channel, behind in enumerate(_behind(background, height, width)):
        objects[..., channel] += rest * behind
    return stored(objects)


def stored(values: np.ndarray) -> np.ndarray:
    """Round values of 0..255, in place, to uint8."""
    np.rint(values, out=values)
    return np.clip(values, 0, 255, out=values).astype(np.uint8)


def add_up(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Sum the objects' colours, multiplied by alpha, and their alphas.

    Returns:
        (H, W, 3) float32 colours in 0..255 times alpha, and (H, W) float32 sums of alpha; both grow
        beyond where mattes overlap.
    """
    shape = job.mattes.image.shape
    objects, total = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
    for index in range(len(job.mattes)):
        cutout = job.cutout(index)
        alpha = unit_alpha(cutout.alpha)
        objects[cutout.place] += alpha[..., None] * (255 * unit_alpha(cutout.colours))
        total[cutout.place] += alpha
    return objects, total


def _behind(background: Background, height: int, width: int) -> list[np.ndarray | int]:
    """Give R, G and B of the background: (H, W) arrays, or one value each."""
    if background is None:
        board = checker_board(height, width)
        return [board] * 3
    if isinstance(background, np.ndarray):
        picture = cover(background, height, width)
        return [picture[..., channel] for channel in range(3)]
    assert isinstance(background, tuple)
    return list(background)


def cover(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale a picture until it covers a frame, and cut off evenly what is too much.

    Args:
        picture: (h, w, 3) uint8.
        height: Rows of the frame.
        width: Columns of the frame.

    Returns:
        (height, width, 3) uint8, shrunk by area or grown bilinearly.
    """
    factor = max(height / picture.shape[0], width / picture.shape[1])
    size_hw = [
        max(round(side * factor), least)
        for side, least in zip(picture.shape[:2], (height, width), strict=True)
    ]
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, tuple(size_hw[::-1]), interpolation=way)
    top, left = (size_hw[0] - height) // 2, (size_hw[1] - width) // 2
    return scaled[top : top + height, left : left + width]
