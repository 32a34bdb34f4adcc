"""A folder of its own for every photo."""

from collections.abc import Sequence
from pathlib import Path

from sosmatting.predict.inputs import Source


class FolderNames:
    """Give photos folder names, which they keep.

    A photo's name is its stem, or STEM_2, STEM_3 ... where that is taken. Upper and lower case
    count as equal, as some file systems hold them to be. A stem as it is goes before a numbered
    one: of a.jpg, a.png and a_2.jpg, the second becomes a_3.
    """

    def __init__(self) -> None:
        self._given: dict[Path, Path] = {}
        self._taken: set[str] = set()

    def of(self, sources: Sequence[Source]) -> list[Path]:
        """Name photos, in this order; paths are relative to the output folder."""
        new = [source for source in sources if source.path not in self._given]
        wanted = {_key(source.below / _stem(source.path)) for source in new}
        for source in new:
            stem = _stem(source.path)
            name, number = source.below / stem, 2
            while _key(name) in self._taken or (number > 2 and _key(name) in wanted):
                name, number = source.below / f'{stem}_{number}', number + 1
            self._taken.add(_key(name))
            self._given[source.path] = name
        return [self._given[source.path] for source in sources]


def _stem(path: Path) -> str:
    """Take the suffix off, unless only dots are left."""
    return path.stem if path.stem.strip('.') else path.name.strip('.') or 'photo'


def _key(name: Path) -> str:
    return name.as_posix().casefold()
