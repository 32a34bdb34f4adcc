"""OpenEXR files, written a band of rows at a time.

Letters: H W pixels, R rows of a band.

``OpenEXR.File``, the bindings' present interface, wants all channels in memory at once: 1.4 GB for
20 layers of a 4K photo. The older ``OpenEXR.OutputFile`` takes rows as they come. It is marked as
deprecated; where a release of the bindings lacks it, files are written whole.
"""

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sosmatting.exceptions import InputError, one_line
from sosmatting.export.packages import load_package
from sosmatting.files import whole_file

Bands = Iterable[Mapping[str, np.ndarray]]
BAND = 64  # rows; a multiple of the 16 that ZIP compresses together
DTYPES = {'half': np.float16, 'float': np.float32}


@dataclass(frozen=True)
class ExrLayout:
    """What a file holds besides its pixels.

    Attributes:
        size_hw: H and W.
        channels: Names of the channels.
        depth: Bits a channel: ``'half'`` 16, ``'float'`` 32.
        attributes: What the header tells more.
    """

    size_hw: tuple[int, int]
    channels: list[str]
    depth: Literal['half', 'float']
    attributes: Mapping[str, str | int | float]


def write_exr(path: Path, layout: ExrLayout, bands: Bands) -> None:
    """Write a single-part scan-line file with ZIP compression.

    Args:
        path: File to write, whole or not at all.
        layout: Size, channels, header.
        bands: From above, the channels' next rows: (R, W) arrays by name, of the layout's type.

    Raises:
        InputError: The file cannot be written, or the bindings are not installed.
    """
    module = load_package('OpenEXR', 'exr')
    write = _write_bands if hasattr(module, 'OutputFile') else _write_whole
    with whole_file(path) as (_, name):
        try:
            write(name, layout, bands)
        except (OSError, RuntimeError) as error:  # the bindings' errors carry no number
            if 'no space left' in str(error).lower():
                raise OSError(errno.ENOSPC, str(error)) from error
            raise InputError(
                f'{path}: cannot be written ({one_line(error)}); choose another folder'
            ) from error


def _write_bands(path: Path, layout: ExrLayout, bands: Bands) -> None:
    """Write rows as they come."""
    import Imath
    import OpenEXR

    height, width = layout.size_hw
    header: dict[str, Any] = OpenEXR.Header(width, height)
    kind = Imath.PixelType(getattr(Imath.PixelType, layout.depth.upper()))
    header['channels'] = {name: Imath.Channel(kind) for name in layout.channels}
    header['compression'] = Imath.Compression(Imath.Compression.ZIP_COMPRESSION)
    for name, value in layout.attributes.items():
        header[name] = value.encode() if isinstance(value, str) else value
    file = OpenEXR.OutputFile(str(path), header)
    try:
        for band in bands:
            rows = next(iter(band.values())).shape[0]
            file.writePixels({name: band[name].tobytes() for name in layout.channels}, rows)
    finally:
        file.close()


def _write_whole(path: Path, layout: ExrLayout, bands: Bands) -> None:
    """Collect all rows, then write them."""
    import OpenEXR

    pixels = {name: np.zeros(layout.size_hw, DTYPES[layout.depth]) for name in layout.channels}
    top = 0
    for band in bands:
        rows = next(iter(band.values())).shape[0]
        for name in layout.channels:
            pixels[name][top : top + rows] = band[name]
        top += rows
    header = {'compression': OpenEXR.ZIP_COMPRESSION, 'type': OpenEXR.scanlineimage}
    OpenEXR.File({**header, **layout.attributes}, pixels).write(str(path))
