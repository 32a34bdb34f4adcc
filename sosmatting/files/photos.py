"""Photographs out of files, byte strings, Pillow's images and arrays: one record for all of them.

Letters: H W pixels. Pixels are RGB and upright; their colours are those of the profile beside them.
"""

import contextlib
import io
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, UnidentifiedImageError

from sosmatting.exceptions import InputError, one_line
from sosmatting.files.colours import (
    colour_values,
    on_black,
    resolution_of,
    rgb_profile,
    sixteen_bit_colours,
    to_eight_bits,
)
from sosmatting.files.heif import HEIF_SUFFIXES, enable_heif, is_heif

PHOTO_SUFFIXES = (
    '.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp', '.gif', '.avif', *HEIF_SUFFIXES,
)  # fmt: skip
# The largest sensors of cameras have a little over 100 million.
MAX_PIXELS = 120_000_000
# Formats whose further pictures are frames or pages, not previews of the first.
SERIES = ('GIF', 'WEBP', 'PNG', 'TIFF', 'AVIF')
ORIENTATION = 0x0112
# EXIF orientation -> how stored pixels (H, W, ...) become upright ones.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: np.rot90(stored),
}
_PILLOWS_LIMIT = threading.Lock()


@dataclass(frozen=True)
class Photo:
    """A photograph as the network and the writers want it.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, upright; what was transparent lies on black.
        icc_profile: The RGB colour profile of ``pixels``; ``None`` where the source has none, or
            where its own one (CMYK, grey) was used to convert them to sRGB.
        dpi: Horizontal and vertical resolution in pixels an inch, ``None`` if unknown.
        frames: Pictures in the file (frames of a GIF, pages of a TIFF); ``pixels`` is the first.
        deep: (H, W, 3) uint16 RGB where the source has 16 bits a channel, else ``None``.
    """

    pixels: np.ndarray
    icc_profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    frames: int = 1
    deep: np.ndarray | None = None


def load_photo(
    source: str | os.PathLike[str] | bytes,
    upright: bool = True,
    max_pixels: int | None = MAX_PIXELS,
    name: str | None = None,
) -> Photo:
    """Read a photograph.

    Args:
        source: A file of any format that Pillow reads, or the content of one. HEIC needs
            pillow-heif.
        upright: Apply the EXIF rotation; without it, pixels are as stored.
        max_pixels: Refuse pictures of more pixels before they are decoded; ``None`` for no limit.
        name: What errors call it; the path by default.

    Raises:
        InputError: The file is missing, empty, no picture, cut off or too large, or HEIC without
            its plugin.
    """
    if name is None:
        name = 'the given bytes' if isinstance(source, bytes) else str(source)
    with _explained(name), _opened(source) as stream:
        head = stream.read(64)
        stream.seek(0)
        if not head:
            raise ValueError('it is empty, 0 bytes')
        if is_heif(head):
            enable_heif(name)
        with _unlimited(stream) as file:
            _check_size(file.size, max_pixels, name)
            return _decode(file, stream, upright)


def photo_bytes(path: str | os.PathLike[str], name: str | None = None) -> bytes:
    """Read a photo's file without looking into it, for :func:`load_photo`.

    Raises:
        InputError: The file is missing or cannot be read.
    """
    with _explained(str(path) if name is None else name):
        return Path(path).read_bytes()


def photo_of_image(
    image: Image.Image, max_pixels: int | None = MAX_PIXELS, name: str = 'the given image'
) -> Photo:
    """Take over an image of Pillow's, turned upright by its EXIF data.

    Pillow holds 8 bits a channel of colour pictures: give 16-bit ones as files or arrays.

    Raises:
        InputError: It is empty or too large, or its file turns out to be damaged.
    """
    with _explained(name):
        _check_size(image.size, max_pixels, name)
        return _decode(image, None, upright=True)


def photo_of_array(
    array: np.ndarray, max_pixels: int | None = MAX_PIXELS, name: str = 'the given array'
) -> Photo:
    """Take over an array.

    Args:
        array: (H, W, 3) RGB, (H, W, 4) RGBA, (H, W) or (H, W, 1) grey; uint8 or uint16.
        max_pixels: As for :func:`load_photo`.
        name: What errors call it.

    Raises:
        InputError: The array is empty, too large, or of another shape or type.
    """
    fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not fits or array.dtype not in (np.uint8, np.uint16) or not array.size:
        raise InputError(
            f'{name}: a photo must be an (H, W, 3) RGB, (H, W, 4) RGBA or (H, W) grey array of '
            f'uint8 or uint16 values, not {array.shape} {array.dtype}'
        )
    _check_size((array.shape[1], array.shape[0]), max_pixels, name)
    return _photo_of(array)


def read_photo(path: str | os.PathLike[str], upright: bool = True) -> np.ndarray:
    """Read the pixels alone, (H, W, 3) uint8 RGB (:func:`load_photo`)."""
    return load_photo(path, upright).pixels


def list_photos(folder: str | os.PathLike[str]) -> list[Path]:
    """List the pictures directly inside a folder, sorted by name.

    Raises:
        InputError: The folder is missing or holds no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f'{folder}: no such folder; check the path')
    photos = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()
    )
    if not photos:
        raise InputError(
            f'{folder}: holds no picture ({", ".join(PHOTO_SUFFIXES)}); name another folder'
        )
    return photos


def _decode(file: Image.Image, stream: IO[bytes] | None, upright: bool) -> Photo:
    """Decode an opened picture; ``stream`` is its file, where there is one."""
    frames = _count_frames(file)
    stored = _orientation(file)
    icc_profile, dpi = file.info.get('icc_profile'), resolution_of(file.info)
    values = None if stream is None else sixteen_bit_colours(file, stream)
    if values is not None:
        icc_profile = rgb_profile(icc_profile)
        turn = 1 if file.format == 'TIFF' else stored
    else:
        file.load()
        values, icc_profile = colour_values(file, icc_profile)
        turn = _orientation(file)  # newer Pillows turn TIFF by themselves, and forget it then
    if upright and turn in TURNS:
        values = TURNS[turn](values)
    if dpi and upright and stored in range(5, 9):
        dpi = dpi[::-1]
    return _photo_of(values, icc_profile, dpi, frames)


def _photo_of(
    values: np.ndarray,
    icc_profile: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    frames: int = 1,
) -> Photo:
    """Make the record out of upright grey, RGB or RGBA values, uint8 or uint16; a copy of them."""
    colours = on_black(values)
    deep = colours if colours.dtype == np.uint16 else None
    pixels = colours if deep is None else to_eight_bits(deep)
    return Photo(pixels, icc_profile, dpi, frames, deep)


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation; damaged EXIF data count as none, for the pixels are intact."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _count_frames(image: Image.Image) -> int:
    """Count the frames or pages; 1 where they cannot be counted."""
    if image.format not in SERIES:
        return 1
    try:
        return int(getattr(image, 'n_frames', 1))
    except Exception:  # damaged behind its first frame, which is the one that is wanted
        return 1


def _check_size(size_wh: tuple[int, int], max_pixels: int | None, name: str) -> None:
    """Refuse an empty picture and one with too many pixels."""
    width, height = size_wh
    if width * height < 1:
        raise InputError(f'{name}: has no pixels ({width} x {height}); give another picture')
    if max_pixels is not None and width * height > max_pixels:
        raise InputError(
            f'{name}: has {width} x {height} = {width * height:,} pixels, more than the limit of '
            f'{max_pixels:,}; allow them (--max-pixels {width * height}), or make it smaller'
        )


@contextlib.contextmanager
def _opened(source: str | os.PathLike[str] | bytes) -> Iterator[IO[bytes]]:
    """Open a file, or the content of one."""
    with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open('rb') as stream:
        yield stream


@contextlib.contextmanager
def _unlimited(stream: IO[bytes]) -> Iterator[Image.Image]:
    """Open a picture without Pillow's own limit of pixels, which is one for the whole process."""
    with _PILLOWS_LIMIT:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(stream)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    with image:
        yield image


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever goes wrong with reading a picture into one clear line.

    Raises:
        InputError: Always, where anything was raised inside.
    """
    try:
        yield
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(name) else f'{name}: {text}') from error
    except FileNotFoundError as error:
        raise InputError(f'{name}: no such file; check the path') from error
    except IsADirectoryError as error:
        raise InputError(f'{name}: is a folder, not a picture; name a picture') from error
    except PermissionError as error:
        raise InputError(f'{name}: may not be read; change its permissions') from error
    except MemoryError as error:
        raise InputError(f'{name}: too large for the memory; make the picture smaller') from error
    except Exception as error:  # a damaged file makes Pillow's plugins raise nearly anything
        unknown = isinstance(error, UnidentifiedImageError)
        what = 'of no known format' if unknown else one_line(error)
        raise InputError(
            f'{name}: not readable as a picture ({what}); save or download it again'
        ) from error
