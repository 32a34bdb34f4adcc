"""Which photos are meant: files, folders, globs; never the results of an earlier run."""

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sosmatting.exceptions import InputError
from sosmatting.export.mattes_json import written_files
from sosmatting.files import PHOTO_SUFFIXES, photo_bytes

MANIFEST = 'mattes.json'


@dataclass(frozen=True)
class Source:
    """A photo to be done.

    Attributes:
        path: The file.
        below: The folder, relative to the one that was named, that it was found in.
        stdin: It comes through stdin; ``path`` is a name for it.
    """

    path: Path
    below: Path = Path()
    stdin: bool = False

    @property
    def shown(self) -> str:
        """The path as it is printed: characters that no terminal shows are escaped."""
        return printable(str(self.path))

    def read(self) -> bytes:
        """Read the file, or stdin to its end.

        Raises:
            InputError: It is missing or may not be read.
        """
        return sys.stdin.buffer.read() if self.stdin else photo_bytes(self.path, self.shown)


@dataclass(frozen=True)
class Found:
    """What the inputs come to.

    Attributes:
        sources: Photos, each once, in the order of the inputs, those of a folder sorted.
        results: Files that were passed over as results of an earlier run.
    """

    sources: list[Source]
    results: int


def printable(text: str) -> str:
    """Escape what cannot be printed: control characters, and bytes that are no text."""
    return ''.join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def find_photos(
    inputs: Sequence[str], out: Path | None, recursive: bool = False, empty: bool = False
) -> Found:
    """List the photos that are named, and those in the folders and globs that are named.

    Results are passed over: files that a ``mattes.json`` beside them lists. A file that is named
    itself is one only below ``out``. Hidden folders, and ``out`` inside a folder, are not entered.

    Args:
        inputs: Files, folders, or glob patterns (``**`` goes through folders).
        out: The output folder, if there is one.
        recursive: Go into the folders inside folders.
        empty: Folders and patterns may be empty.

    Raises:
        InputError: A folder or pattern holds no picture.
    """
    search = _Search(out, recursive)
    for name in inputs:
        before = len(search.found), search.results
        search.add(name)
        if not empty and before == (len(search.found), search.results):
            if Path(name).is_dir():
                hint = 'name another folder' if recursive else 'name another, or use --recursive'
                raise InputError(
                    f'{printable(name)}: holds no picture ({", ".join(PHOTO_SUFFIXES)}); {hint}'
                )
            if _is_pattern(name):
                raise InputError(f'{printable(name)}: no picture has such a name; check it')
    return Found(list(search.found.values()), search.results)


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and not os.path.lexists(name)


class _Search:
    """Photos found so far, by their absolute paths."""

    def __init__(self, out: Path | None, recursive: bool) -> None:
        self.out = None if out is None else out.resolve()
        self.recursive = recursive
        self.found: dict[Path, Source] = {}
        self.results = 0
        self._listed: dict[Path, set[str]] = {}

    def add(self, name: str) -> None:
        """Add what one input names; a file is added whether it is there or not."""
        if Path(name).is_dir():
            self._add_folder(Path(name))
        elif _is_pattern(name):
            for match in sorted(glob.glob(name, recursive=True)):
                path = Path(match)
                if path.is_dir():
                    if '**' not in name:
                        self._add_folder(path)
                elif path.suffix.lower() in PHOTO_SUFFIXES:
                    self._add(Source(path), self._is_result(path))
        else:
            below = self.out is not None and Path(name).resolve().is_relative_to(self.out)
            self._add(Source(Path(name)), below and self._is_result(Path(name)))

    def _add_folder(self, folder: Path) -> None:
        """Add the pictures of a folder."""
        for path in self._files(folder):
            # A link to nowhere is to fail aloud.
            if path.suffix.lower() in PHOTO_SUFFIXES and (path.is_file() or path.is_symlink()):
                self._add(Source(path, path.parent.relative_to(folder)), self._is_result(path))

    def _files(self, folder: Path) -> Iterator[Path]:
        """List a folder, and with ``recursive`` those inside it, sorted."""
        for place, folders, names in os.walk(folder):
            here = Path(place)
            folders[:] = sorted(
                name
                for name in folders
                if self.recursive
                and not name.startswith('.')
                and (here / name).resolve() != self.out
            )
            yield from (here / name for name in sorted(names))

    def _add(self, source: Source, is_result: bool) -> None:
        """Add a photo that is not there yet, or count a result."""
        if is_result:
            self.results += 1
        else:
            self.found.setdefault(Path(os.path.abspath(source.path)), source)

    def _is_result(self, path: Path) -> bool:
        """Tell whether the ``mattes.json`` beside a file lists it."""
        folder = path.parent
        if folder not in self._listed:
            self._listed[folder] = written_files(folder / MANIFEST)
        return path.name in self._listed[folder]
