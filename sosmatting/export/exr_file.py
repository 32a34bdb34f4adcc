"""OpenEXR files, written a band of rows at a time.

Letters: H W pixels, R rows of a band.

``OpenEXR.File``, the bindings' present interface, wants all channels in memory at once: 1.4 GB for
20 layers of a 4K photo. The older ``OpenEXR.OutputFile`` takes rows as they come. It is marked as
deprecated; where a release of the bindings lacks it, files are written whole.
"""

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sosmatting.exceptions import InputError, one_line
from sosmatting.export.packages import load_package
from sosmatting.files import whole_file

Bands = Iterable[Mapping[str, np.ndarray]]
Attributes = Mapping[str, str | int | float]
Depth = Literal['half', 'float']
BAND = 64  # rows; a multiple of the 16 that ZIP compresses together
DTYPES = {'half': np.float16, 'float': np.float32}


def write_exr(
    path: Path,
    size_hw: tuple[int, int],
    channels: Iterable[str],
    bands: Bands,
    depth: Depth,
    attributes: Attributes,
) -> None:
    """Write a single-part scan-line file with ZIP compression.

    Args:
        path: File to write, whole or not at all.
        size_hw: H and W.
        channels: Names of the channels.
        bands: From above, the channels' next rows: (R, W) arrays by name, of the type of ``depth``.
        depth: Bits a channel: ``'half'`` 16, ``'float'`` 32.
        attributes: What the header tells more.

    Raises:
        InputError: The file cannot be written, or the bindings are not installed.
    """
    module = load_package('OpenEXR', 'exr')
    write = _write_bands if hasattr(module, 'OutputFile') else _write_whole
    with whole_file(path) as (_, name):
        try:
            write(name, size_hw, list(channels), bands, depth, attributes)
        except (OSError, RuntimeError) as error:  # the bindings' errors carry no number
            if 'no space left' in str(error).lower():
                raise OSError(errno.ENOSPC, str(error)) from error
            raise InputError(
                f'{path}: cannot be written ({one_line(error)}); choose another folder'
            ) from error


def _write_bands(
    path: Path,
    size_hw: tuple[int, int],
    channels: list[str],
    bands: Bands,
    depth: Depth,
    attributes: Attributes,
) -> None:
    """Write rows as they come."""
    import Imath
    import OpenEXR

    header: dict[str, Any] = OpenEXR.Header(size_hw[1], size_hw[0])
    kind = Imath.PixelType(getattr(Imath.PixelType, depth.upper()))
    header['channels'] = {name: Imath.Channel(kind) for name in channels}
    header['compression'] = Imath.Compression(Imath.Compression.ZIP_COMPRESSION)
    for name, value in attributes.items():
        header[name] = value.encode() if isinstance(value, str) else value
    file = OpenEXR.OutputFile(str(path), header)
    try:
        for band in bands:
            rows = next(iter(band.values())).shape[0]
            file.writePixels({name: band[name].tobytes() for name in channels}, rows)
    finally:
        file.close()


def _write_whole(
    path: Path,
    size_hw: tuple[int, int],
    channels: list[str],
    bands: Bands,
    depth: Depth,
    attributes: Attributes,
) -> None:
    """Collect all rows, then write them."""
    import OpenEXR

    pixels = {name: np.zeros(size_hw, DTYPES[depth]) for name in channels}
    top = 0
    for band in bands:
        rows = next(iter(band.values())).shape[0]
        for name in channels:
            pixels[name][top : top + rows] = band[name]
        top += rows
    header = {'compression': OpenEXR.ZIP_COMPRESSION, 'type': OpenEXR.scanlineimage}
    OpenEXR.File({**header, **attributes}, pixels).write(str(path))
