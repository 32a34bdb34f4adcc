"""The formats by name: what each is for, its files' names, its writer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import write_alpha8_png, write_alpha16_png
from sosmatting.export.coco_json import write_coco_json
from sosmatting.export.composite_png import write_composite_png
from sosmatting.export.cryptomatte_exr import write_cryptomatte_exr
from sosmatting.export.job import Job
from sosmatting.export.layers_exr import write_layers_exr
from sosmatting.export.layers_psd import write_layers_psd
from sosmatting.export.options import SaveOptions
from sosmatting.export.overlay_png import write_overlay_png
from sosmatting.export.packages import load_package
from sosmatting.export.rgba_png import write_rgba_png


@dataclass(frozen=True)
class Format:
    """A way to write mattes.

    Attributes:
        help: One line for ``--help``.
        kind: What ``mattes.json`` calls a file of it.
        file_name: Name of its file; ``{}`` stands for the rank of an instance.
        write_instance: Writes the file of one instance; ``None`` for a format of whole photos.
        write_photo: Writes the file of a photo; ``None`` for a format of instances.
        needs: Packages that only such formats need.
        straight_only: Holds colours, and its alpha is straight by definition.
    """

    help: str
    kind: str
    file_name: str
    write_instance: Callable[[Path, Job, int], None] | None = None
    write_photo: Callable[[Path, Job], None] | None = None
    needs: tuple[str, ...] = ()
    straight_only: bool = False

    @property
    def per_instance(self) -> bool:
        """Whether every instance gets a file of its own."""
        return self.write_instance is not None


FORMATS: dict[str, Format] = {
    'rgba': Format(
        'a cut-out per instance, RGBA PNG of 8 or 16 bits, straight alpha',
        'rgba',
        '{}_rgba.png',
        write_instance=write_rgba_png,
        straight_only=True,
    ),
    'alpha8': Format(
        'a matte per instance, grey PNG of 8 bits',
        'alpha',
        '{}.png',
        write_instance=write_alpha8_png,
    ),
    'alpha16': Format(
        'a matte per instance, grey PNG of 16 bits',
        'alpha16',
        '{}_16.png',
        write_instance=write_alpha16_png,
    ),
    'psd': Format(
        'a Photoshop document per photo: background and a layer per instance',
        'psd',
        'layers.psd',
        write_photo=write_layers_psd,
        needs=('psd_tools',),
        straight_only=True,
    ),
    'exr': Format(
        'a multi-layer OpenEXR per photo: linear light, half float, premultiplied',
        'exr',
        'layers.exr',
        write_photo=write_layers_exr,
        needs=('OpenEXR',),
    ),
    'cryptomatte': Format(
        'a Cryptomatte per photo: all mattes by name, overlaps kept, 32-bit float OpenEXR',
        'cryptomatte',
        'cryptomatte.exr',
        write_photo=write_cryptomatte_exr,
        needs=('OpenEXR', 'mmh3'),
    ),
    'json': Format(
        'COCO JSON per photo: binary masks (alpha >= 0.5), with the soft mattes beside them',
        'json',
        'coco.json',
        write_photo=write_coco_json,
    ),
    'overlay': Format(
        'a picture per photo: the mattes painted over it, labelled',
        'overlay',
        'overlay.png',
        write_photo=write_overlay_png,
    ),
    'composite': Format(
        'a picture per photo: all cut-outs over a colour, a picture or nothing',
        'composite',
        'composite.png',
        write_photo=write_composite_png,
    ),
}
MATTES_JSON = 'mattes.json'


def check_request(formats: Sequence[str], options: SaveOptions) -> None:
    """Find out before any work whether formats and options can be had.

    Raises:
        InputError: A format is unknown or named twice, none is named, a package is missing, or
            colours shall be multiplied in a format that knows straight alpha only.
    """
    if not formats:
        raise InputError(f'formats: none is named; choose from {", ".join(FORMATS)}')
    for name in formats:
        if name not in FORMATS:
            raise InputError(f'format {name!r}: is unknown; choose from {", ".join(FORMATS)}')
        if list(formats).count(name) > 1:
            raise InputError(f'format {name}: is named twice; name it once')
        if options.premultiplied and FORMATS[name].straight_only:
            raise InputError(
                f'format {name}: its alpha is straight by definition; choose exr for premultiplied '
                'colours, or leave the option out'
            )
        for package in FORMATS[name].needs:
            load_package(package, f'format {name}')
    if options.foreground == 'ml' and uses_foreground(formats):
        load_package('pymatting', 'foreground colours')


def uses_foreground(formats: Sequence[str]) -> bool:
    """Tell whether one of the formats holds colours of cut-outs."""
    return not {'rgba', 'psd', 'exr', 'composite'}.isdisjoint(formats)


def file_name(name: str, formats: Sequence[str], index: int = 0) -> str:
    """Name a format's file: of an instance, by its rank from ``00``.

    The 16-bit matte is *the* matte, ``00.png``, where no 8-bit one is written beside it.
    """
    return FORMATS[main_alpha(name, formats)].file_name.format(f'{index:02d}')


def kind(name: str, formats: Sequence[str]) -> str:
    """Name a format's file in ``mattes.json``."""
    return FORMATS[main_alpha(name, formats)].kind


def main_alpha(name: str, formats: Sequence[str]) -> str:
    """Replace ``alpha16`` by ``alpha8`` where its file stands for both."""
    return 'alpha8' if name == 'alpha16' and 'alpha8' not in formats else name


def is_ours(name: str) -> bool:
    """Tell whether a file may be one of a result, by its name."""
    patterns = [re.escape(item.file_name).replace(r'\{\}', r'\d{2,}') for item in FORMATS.values()]
    return re.fullmatch('|'.join([*patterns, re.escape(MATTES_JSON)]), name) is not None
