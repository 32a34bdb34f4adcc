"""What a result was made of, noted in its ``mattes.json``; so a later run knows what is done.

::

    "made_of": {"photo": "a.jpg", "bytes": 48213, "mtime_ns": 17..., "sha256": "9f2...",
                "settings": "41c..."}

``settings`` is a hash of everything but the photo that decides about the files: weights, config,
options, version. A ``mattes.json`` without this note, or whose files are not all there, counts as
not done.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError
from sosmatting.files import read_json, write_json
from sosmatting.predict.inputs import MANIFEST

KEY = 'made_of'


@dataclass(frozen=True)
class Record:
    """What a result was made of.

    Attributes:
        photo: The photo's file name.
        bytes: Its size.
        mtime_ns: When it was last written, in nanoseconds.
        sha256: Of its content.
        settings: Hash of all options (:func:`settings_hash`).
    """

    photo: str
    bytes: int
    mtime_ns: int
    sha256: str
    settings: str


def settings_hash(settings: dict[str, Any]) -> str:
    """Hash options: plain values, under their names."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:32]


def content_hash(content: bytes) -> str:
    """Hash the content of a file."""
    return hashlib.sha256(content).hexdigest()


def note(folder: Path, record: Record) -> None:
    """Add a record to the ``mattes.json`` that has just been written.

    Raises:
        InputError: It cannot be written.
    """
    path = folder / MANIFEST
    write_json(path, {**read_json(path), KEY: asdict(record)})


def is_done(folder: Path, photo: Path, settings: str) -> bool:
    """Tell whether a folder holds the whole result for a photo as it is now.

    A photo that was copied or touched, so that its time differs, is compared by its content.
    """
    try:
        manifest = read_json(folder / MANIFEST)
        record = Record(**manifest[KEY])
        files = [folder / name for name in manifest['files']]
        status = photo.stat()
    except (InputError, OSError, KeyError, TypeError):
        return False
    if (record.photo, record.bytes, record.settings) != (photo.name, status.st_size, settings):
        return False
    if not all(file.is_file() for file in files):
        return False
    if record.mtime_ns == status.st_mtime_ns:
        return True
    try:
        return content_hash(photo.read_bytes()) == record.sha256
    except OSError:
        return False
