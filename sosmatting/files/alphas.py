"""Mattes out of files."""

import os
from pathlib import Path

import cv2
import numpy as np

from sosmatting.exceptions import InputError


def read_alpha(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a matte: grey, 8 or 16 bit, or colour with R = G = B.

    Returns:
        (H, W) uint8 or uint16 as stored (0 transparent, the type's maximum opaque).

    Raises:
        InputError: The file is missing, cannot be decoded, or is a colour picture.
    """
    if not os.path.isfile(path):
        raise InputError(f'{path}: no such file; check the annotation that names it')
    try:
        content = np.frombuffer(Path(path).read_bytes(), np.uint8)
        pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except PermissionError as error:
        raise InputError(f'{path}: may not be read; change its permissions') from error
    except (OSError, cv2.error):
        pixels = None
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f'{path}: not readable as a matte; save it again as a grey PNG of 8 or 16 bits'
        )
    if pixels.ndim == 3:
        colours = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., :1]
        if (colours != colours[..., :1]).any():
            raise InputError(
                f'{path}: a matte must be grey, this is a colour picture; save one grey channel'
            )
        pixels = colours[..., 0]
    return np.ascontiguousarray(pixels)
