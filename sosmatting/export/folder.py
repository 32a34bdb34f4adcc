"""All files of one photo's result, in a folder of its own.

::

    NAME/00.png, 01.png ...             the mattes, best score first, grey, 8 or 16 bits
    NAME/00_rgba.png, 01_rgba.png ...   the cut-outs, straight alpha, full frame
    NAME/overlay.png                    the photo with all mattes painted over it
    NAME/mattes.json                    class, score, box, area and files of every matte

Everything is written beside the folder first and moved in when it is complete, ``mattes.json``
last: a full disk leaves an earlier result as it was. What that earlier result has more (its
``mattes.json`` says what is its) goes at the very end. No other file in the folder is touched.
"""

import re
import tempfile
from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import write_alpha_png
from sosmatting.export.mattes_json import describe, write_mattes_json, written_files
from sosmatting.export.overlay_png import write_overlay_png
from sosmatting.export.rgba_png import write_rgba_png
from sosmatting.files import explained
from sosmatting.mattes import Mattes

JSON = 'mattes.json'
OVERLAY = 'overlay.png'
OURS = re.compile(r'\d{2,}(_rgba)?\.png|overlay\.png|mattes\.json')


def save(
    mattes: Mattes,
    folder: Path,
    *,
    bits: int = 8,
    rgba: bool = True,
    overlay: bool = True,
    foreground: bool = False,
) -> list[Path]:
    """Write one photo's mattes into ``folder``, which is made where it is missing.

    Args:
        mattes: The result for one photo; also an empty one gets its ``mattes.json``.
        folder: Where the files go, see the head of this file.
        bits: 8 or 16 bits a channel for mattes and cut-outs; real 16-bit precision needs uint16
            alphas.
        rgba: Write the cut-outs.
        overlay: Write the overlay.
        foreground: Give the cut-outs the objects' own colours instead of the photo's (needs
            pymatting).

    Returns:
        The files written, ``mattes.json`` last.

    Raises:
        InputError: The folder cannot be written, the disk is full, a file of another origin would
            be overwritten, or ``bits`` is neither 8 nor 16. The folder is as it was before then.
    """
    if bits not in (8, 16):
        raise InputError(f'bits: {bits} is not possible; choose 8 or 16')
    folder = Path(folder)
    mattes = mattes[np.argsort(-mattes.scores, kind='stable')]
    earlier = {name for name in written_files(folder / JSON) if OURS.fullmatch(name)}
    names = _file_names(len(mattes), rgba, overlay)
    for name in names:
        if name not in earlier and (folder / name).exists():
            raise InputError(
                f'{folder / name}: is not of an earlier export and would be overwritten; '
                'choose another output folder or move it away'
            )
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory('.part', f'.{folder.name}.', folder.parent) as place:
            staging = Path(place)
            try:
                _write(mattes, staging, names, bits, foreground)
            except InputError as error:
                raise InputError(str(error).replace(str(staging), str(folder))) from error
            folder.mkdir(exist_ok=True)
            for name in names:
                (staging / name).replace(folder / name)
        for name in earlier - set(names):
            (folder / name).unlink(missing_ok=True)
    return [folder / name for name in names]


def _file_names(count: int, rgba: bool, overlay: bool) -> list[str]:
    """List the files of a result of ``count`` mattes, in the order they are put in place."""
    names = [f'{i:02d}.png' for i in range(count)]
    names += [f'{i:02d}_rgba.png' for i in range(count) if rgba]
    return [*names, *([OVERLAY] if overlay else []), JSON]


def _write(mattes: Mattes, folder: Path, names: list[str], bits: int, foreground: bool) -> None:
    """Write the files called ``names`` into ``folder``."""
    instance_files = []
    for i, alpha in enumerate(mattes.alphas):
        files = {'alpha': f'{i:02d}.png', 'rgba': f'{i:02d}_rgba.png'}
        files = {kind: name for kind, name in files.items() if name in names}
        write_alpha_png(folder / files['alpha'], alpha, bits)
        if 'rgba' in files:
            write_rgba_png(folder / files['rgba'], mattes.image, alpha, bits, foreground)
        instance_files.append(files)
    if OVERLAY in names:
        write_overlay_png(folder / OVERLAY, mattes)
    write_mattes_json(folder / JSON, describe(mattes, instance_files, names, bits))
