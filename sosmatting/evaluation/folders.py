"""Mattes of any system in folders: which file belongs to which image, and what else lies there.

Two layouts::

    DIR/NAME/KK.png    one folder per image, one file per instance (KK: digits), at any depth
    DIR/NAME.png       one matte per image

A folder of predictions may hold ``scores.json``, the confidences: ``{"00.png": 0.93}`` or a list in
the order of the files. A folder that this project exported holds ``mattes.json``, from which
confidences and classes are taken.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sosmatting.exceptions import InputError
from sosmatting.files import read_json

Kind = Literal['instances', 'single']
SCORES, MATTES = 'scores.json', 'mattes.json'


@dataclass(frozen=True)
class Layout:
    """The mattes in a folder.

    Attributes:
        folder: The folder.
        kind: ``'instances'``: a folder per image; ``'single'``: a file per image.
        files: By name of the image (its path below ``folder``, without suffix) its mattes, in
            order; of a ``'single'`` layout one each.
        others: Files that are no matte, relative to ``folder``, sorted.
    """

    folder: Path
    kind: Kind
    files: dict[str, list[Path]]
    others: list[str]


@dataclass(frozen=True)
class Confidences:
    """What a folder of predictions says of its mattes.

    Attributes:
        scores: One in [0, 1] per file, or None: then the mean alpha stands in.
        classes: One category name per file, or None.
    """

    scores: list[float] | None = None
    classes: list[str] | None = None


@dataclass
class _Found:
    """What one walk over a folder finds."""

    folders: dict[str, dict[int, Path]] = field(default_factory=dict)
    singles: dict[str, Path] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)


def read_layout(folder: Path, option: str) -> Layout:
    """Find the mattes in a folder.

    Args:
        folder: The folder.
        option: The option that named it, for messages.

    Raises:
        InputError: The folder is missing, holds no matte, mixes both layouts, or holds two files of
            one name.
    """
    if not folder.is_dir():
        raise InputError(f'{option} {folder}: no such folder; check the path')
    found = _walk(folder)
    if found.singles and found.folders:
        raise InputError(
            f'{option} {folder}: holds both files ({next(iter(found.singles.values())).name}) and '
            f'folders ({next(iter(found.folders))}) of mattes; keep one kind'
        )
    if not found.singles and not found.folders:
        raise InputError(
            f'{option} {folder}: holds no matte (NAME/KK.png or NAME.png); name another folder'
        )
    others = sorted(path.relative_to(folder).as_posix() for path in found.others)
    if found.singles:
        return Layout(folder, 'single', {k: [v] for k, v in sorted(found.singles.items())}, others)
    files = {
        name: [mattes[number] for number in sorted(mattes)]
        for name, mattes in sorted(found.folders.items())
    }
    return Layout(folder, 'instances', files, others)


def _walk(folder: Path) -> _Found:
    """Sort every file below a folder into mattes and others.

    Raises:
        InputError: Two files have one name.
    """
    found = _Found()
    for path in sorted(path for path in folder.rglob('*') if path.is_file()):
        place = path.parent.relative_to(folder).as_posix()
        if path.name.startswith('.'):
            continue
        if path.name in (SCORES, MATTES):
            if path.name == MATTES and path.parent != folder:
                found.folders.setdefault(place, {})
            continue
        if path.suffix.lower() != '.png':
            found.others.append(path)
        elif path.parent == folder:
            if path.stem in found.singles:
                raise InputError(f'{path}: {found.singles[path.stem].name} has the same name')
            found.singles[path.stem] = path
        elif path.stem.isdecimal():
            mattes = found.folders.setdefault(place, {})
            if int(path.stem) in mattes:
                raise InputError(
                    f'{path}: {mattes[int(path.stem)].name} has the same number; rename one of them'
                )
            mattes[int(path.stem)] = path
        elif not (path.parent / MATTES).is_file():
            found.others.append(path)
    return found


def confidences(folder: Path, files: list[Path]) -> Confidences:
    """Read what a folder says of its mattes.

    Args:
        folder: The folder of one image.
        files: Its mattes, in order.

    Raises:
        InputError: ``scores.json`` or ``mattes.json`` is not what it should be.
    """
    scores = classes = None
    names = [path.name for path in files]
    if (folder / MATTES).is_file():
        entries = _exported(folder / MATTES, names)
        scores = [_score(folder / MATTES, name, entries[name].get('score')) for name in names]
        classes = [str(entries[name].get('class', '')) for name in names]
    if (folder / SCORES).is_file():
        scores = _scores(folder / SCORES, names)
    return Confidences(scores, classes)


def _exported(path: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Read an exported folder's description: its instances by the names of their mattes."""
    content = read_json(path)
    entries = content.get('instances') if isinstance(content, dict) else None
    try:
        found = {entry['files']['alpha']: entry for entry in entries or ()}
    except (TypeError, KeyError) as error:
        raise InputError(f'{path}: an instance names no alpha file; export again') from error
    if entries is None or set(found) != set(names):
        raise InputError(
            f'{path}: describes {len(found)} mattes, {len(names)} lie beside it; export again'
        )
    return found


def _scores(path: Path, names: list[str]) -> list[float]:
    """Read ``scores.json``: one confidence per matte."""
    content = read_json(path)
    if isinstance(content, list):
        if len(content) != len(names):
            raise InputError(
                f'{path}: holds {len(content)} scores for {len(names)} mattes; write one each'
            )
        content = dict(zip(names, content, strict=True))
    if not isinstance(content, dict):
        raise InputError(f'{path}: must be {{"00.png": 0.93}} or a list; write it so')
    by_name = {_with_suffix(name): value for name, value in content.items()}
    for name in names:
        if name not in by_name:
            raise InputError(f'{path}: has no score for {name}; add it')
    for name in by_name:
        if name not in names:
            raise InputError(f'{path}: scores {name}, which is not there; remove it')
    return [_score(path, name, by_name[name]) for name in names]


def _with_suffix(name: str) -> str:
    return name if name.lower().endswith('.png') else f'{name}.png'


def _score(path: Path, name: str, value: Any) -> float:
    """Check one confidence."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= 1:
        raise InputError(f'{path}: the score of {name} is {value!r}; give a number in 0..1')
    return float(value)


def missing_and_surplus(truth: Iterable[str], layout: Layout) -> tuple[list[str], list[str]]:
    """Compare the names of the images.

    Returns:
        Names without a prediction; and predictions and files without a place, both sorted.
    """
    names = set(truth)
    missing = sorted(name for name in names if not layout.files.get(name))
    surplus = sorted(name for name in layout.files if name not in names)
    return missing, sorted([*surplus, *layout.others])
