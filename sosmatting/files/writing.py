"""Files that are written whole or not at all."""

import contextlib
import errno
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sosmatting.exceptions import InputError


@contextlib.contextmanager
def explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the operating system's refusals to write ``path`` into one clear line.

    Raises:
        InputError: The disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f'{path}: the disk is full; free some space and run the same command again'
            ) from error
        if (
            isinstance(
                error,
                (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError),
            )
            or error.errno == errno.EROFS
        ):
            reason = (error.strerror or str(error)).lower()
            raise InputError(
                f'{path}: cannot be written ({reason}); choose another folder'
            ) from error
        raise


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then renamed.

    What was at ``path`` before stays until the new file is complete.

    Raises:
        InputError: The disk is full, or the folder cannot be written.
    """
    path = Path(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f'.{path.name}.', suffix='.part', dir=path.parent)
        try:
            with os.fdopen(handle, 'wb') as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def write_png(path: str | os.PathLike[str], pixels: np.ndarray) -> None:
    """Write (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16, as PNG: whole or not."""
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(
            pixels, cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        )
    done, content = cv2.imencode('.png', pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise InputError(
            f'{path}: cannot encode an array of shape {pixels.shape} and type {pixels.dtype} as PNG'
        )
    write_bytes(path, content.tobytes())


def write_jpeg(path: str | os.PathLike[str], pixels: np.ndarray, quality: int = 95) -> None:
    """Write (H, W, 3) RGB uint8 pixels as JPEG, whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'JPEG', quality=quality, subsampling=0)
    write_bytes(path, buffer.getvalue())
