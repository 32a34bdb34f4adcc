"""All files of one photo's result, in a folder of its own.

::

    NAME/00.png, 01.png ...             the mattes, best score first, grey, 8 or 16 bits
    NAME/00_rgba.png, 01_rgba.png ...   the cut-outs
    NAME/overlay.png, layers.psd ...    one file per photo: see ``FORMATS``
    NAME/mattes.json                    class, score, box, area and files of every matte

Everything is written beside the folder first and moved in when it is complete, ``mattes.json``
last: a full disk leaves an earlier result as it was. What that earlier result has more (its
``mattes.json`` says what is its) goes at the very end. No other file in the folder is touched.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.export.formats import (
    FORMATS,
    MATTES_JSON,
    check_request,
    file_name,
    is_ours,
    kind,
)
from sosmatting.export.job import Job
from sosmatting.export.mattes_json import describe, write_mattes_json, written_files
from sosmatting.export.options import SaveOptions
from sosmatting.files import explained
from sosmatting.mattes import Mattes

DEFAULT_FORMATS = ('alpha8', 'rgba', 'overlay')


def save(
    mattes: Mattes,
    folder: Path,
    formats: Sequence[str] = DEFAULT_FORMATS,
    options: SaveOptions = SaveOptions(),  # noqa: B008  (frozen)
) -> list[Path]:
    """Write one photo's mattes into ``folder``, which is made where it is missing.

    A result without a matte gets ``mattes.json`` and a valid file of every format of whole photos.

    Args:
        mattes: The result for one photo.
        folder: Where the files go, see the head of this file.
        formats: Names from ``FORMATS``.
        options: How to write them.

    Returns:
        The files written, ``mattes.json`` last.

    Raises:
        InputError: The folder cannot be written, the disk is full, a file of another origin would
            be overwritten, or formats and options do not go together. The folder is as it was
            before then.
    """
    check_request(formats, options)
    folder = Path(folder)
    order = np.argsort(-mattes.scores, kind='stable')
    if (np.diff(order) < 0).any():  # sorted anew, all mattes would be copied for nothing
        mattes = mattes[order]
    earlier = {name for name in written_files(folder / MATTES_JSON) if is_ours(name)}
    names = _file_names(len(mattes), formats)
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
            scratch = staging / 'scratch'
            scratch.mkdir()
            files = [
                {
                    kind(name, formats): file_name(name, formats, i)
                    for name in _of_instances(formats)
                }
                for i in range(len(mattes))
            ]
            job = Job(mattes, options, scratch, files, folder.resolve().name)
            try:
                _write(job, staging, formats, names)
            except InputError as error:
                raise InputError(str(error).replace(str(staging), str(folder))) from error
            folder.mkdir(exist_ok=True)
            for name in names:
                (staging / name).replace(folder / name)
        for name in earlier - set(names):
            (folder / name).unlink(missing_ok=True)
    return [folder / name for name in names]


def _of_instances(formats: Sequence[str]) -> list[str]:
    return [name for name in formats if FORMATS[name].per_instance]


def _file_names(count: int, formats: Sequence[str]) -> list[str]:
    """List the files of a result of ``count`` mattes, in the order they are put in place."""
    instances = [
        file_name(name, formats, i) for name in _of_instances(formats) for i in range(count)
    ]
    photos = [FORMATS[name].file_name for name in formats if not FORMATS[name].per_instance]
    return [*instances, *photos, MATTES_JSON]


def _write(job: Job, folder: Path, formats: Sequence[str], names: Sequence[str]) -> None:
    """Write all files into ``folder``."""
    for name in formats:
        item = FORMATS[name]
        if item.write_photo is not None:
            item.write_photo(folder / item.file_name, job)
        if item.write_instance is not None:
            for i in range(len(job.mattes)):
                item.write_instance(folder / file_name(name, formats, i), job, i)
    write_mattes_json(folder / MATTES_JSON, describe(job, formats, names))
