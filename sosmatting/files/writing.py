"""Files that are written whole or not at all."""

import contextlib
import errno
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image

from sosmatting.exceptions import InputError

PNG_HEAD = 33  # bytes of the signature and of the first chunk


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


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[tuple[BinaryIO, Path]]:
    """Write a file whole or not at all: give a temporary one beside it, renamed at the end.

    What was at ``path`` before stays until the new file is complete, and where the block raises.

    Yields:
        The open file to write to, and its name for those who can write to nothing else.

    Raises:
        InputError: The disk is full, or the folder cannot be written.
    """
    path = Path(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.with_name(f'.{path.name[:200]}.{secrets.token_hex(6)}.part')
        # Not tempfile's: its files are for their owner alone, and a process's umask, by which that
        # would have to be mended, cannot be asked for without changing it under other threads.
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        try:
            with os.fdopen(handle, 'wb') as file:
                yield file, name
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Find out before long work whether its results can be written to a folder.

    Args:
        folder: It need not be there, and is not made: the nearest one above that is there counts.

    Raises:
        InputError: It cannot be written, is a file, or the disk is full.
    """
    folder = Path(folder)
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        if there == folder:
            raise InputError(f'{folder}: is a file; name a folder to write to')
        raise InputError(f'{folder}: cannot be written ({there} is a file); choose another folder')
    probe = there / f'.{secrets.token_hex(6)}.part'
    with explained(folder):
        try:
            with os.fdopen(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY), 'wb') as file:
                file.write(b'\0' * 4096)
                file.flush()
                os.fsync(file.fileno())
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all (:func:`whole_file`).

    Raises:
        InputError: The disk is full, or the folder cannot be written.
    """
    with whole_file(path) as (file, _):
        file.write(content)


def write_png(path: str | os.PathLike[str], pixels: np.ndarray, chunks: bytes = b'') -> None:
    """Write a picture as PNG (:func:`png_bytes`), whole or not at all."""
    write_bytes(path, png_bytes(pixels, chunks))


def png_bytes(pixels: np.ndarray, chunks: bytes = b'') -> bytes:
    """Encode a picture as PNG.

    The lowest compression level with the "up" filter: on photos, cut-outs and mattes two to three
    times as fast as level 3 without a filter, and no larger.

    Args:
        pixels: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16.
        chunks: Whole PNG chunks to put before the pixels (a colour profile, for one).

    Raises:
        InputError: The array is nothing that PNG can hold.
    """
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(
            pixels, cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        )
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    if hasattr(cv2, 'IMWRITE_PNG_FILTER'):
        options += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    done, content = cv2.imencode('.png', pixels, options)
    if not done:
        raise InputError(
            f'cannot encode an array of shape {pixels.shape} and type {pixels.dtype} as PNG'
        )
    encoded = content.tobytes()
    return encoded[:PNG_HEAD] + chunks + encoded[PNG_HEAD:]


def write_jpeg(path: str | os.PathLike[str], pixels: np.ndarray, quality: int = 95) -> None:
    """Write (H, W, 3) RGB uint8 pixels as JPEG, whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'JPEG', quality=quality, subsampling=0)
    write_bytes(path, buffer.getvalue())
