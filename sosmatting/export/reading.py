"""A result folder back into a result."""

from pathlib import Path
from typing import Any

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.formats import MATTES_JSON
from sosmatting.files import read_alpha, read_json
from sosmatting.mattes import Mattes


def load(folder: Path, image: np.ndarray) -> Mattes:
    """Read what :func:`save` wrote, from ``mattes.json`` and the grey PNGs.

    Args:
        folder: One photo's folder, with mattes of format ``alpha8`` or ``alpha16``.
        image: (H, W, 3) uint8 RGB: the photo itself, upright.

    Returns:
        The result, best score first; without colour profile and resolution.

    Raises:
        InputError: The folder holds no such result, or it is not of this photo.
    """
    path = Path(folder) / MATTES_JSON
    found = read_json(path, remedy='name a folder that an export wrote')
    height, width = image.shape[:2]
    try:
        size, instances = (found['height'], found['width']), found['instances']
        classes = tuple(found['classes'])
        labels = [classes.index(item['class']) for item in instances]
        scores = [float(item['score']) for item in instances]
        boxes = [item['box'] for item in instances]
        areas = [float(item['area']) for item in instances]
        names = [item['files']['alpha'] for item in instances]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path}: does not describe mattes in grey PNGs; export with format alpha8 or alpha16'
        ) from error
    if size != (height, width):
        raise InputError(
            f'{path}: is of a photo of {size[1]} x {size[0]} pixels, this one has {width} x '
            f'{height}; name the photo it was made of'
        )
    alphas = [
        _full_frame(path.parent / name, item, (height, width))
        for name, item in zip(names, instances, strict=True)
    ]
    return Mattes(
        image=image,
        alphas=np.stack(alphas) if alphas else np.zeros((0, height, width), np.uint8),
        scores=np.array(scores, np.float32),
        labels=np.array(labels, np.int64),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        areas=np.array(areas, np.float32),
        classes=classes,
    )


def _full_frame(path: Path, item: dict[str, Any], size_hw: tuple[int, int]) -> np.ndarray:
    """Read one matte, (H, W) uint8 or uint16; a cropped one is put where it was."""
    alpha = read_alpha(path)
    left, top = item.get('offset', (0, 0))
    frame = np.zeros(size_hw, alpha.dtype)
    place = frame[top : top + alpha.shape[0], left : left + alpha.shape[1]]
    if place.shape != alpha.shape or ('offset' not in item and alpha.shape != size_hw):
        raise InputError(
            f'{path}: a matte of {alpha.shape[1]} x {alpha.shape[0]} pixels does not fit the '
            'photo; export again'
        )
    place[:] = alpha
    return frame
