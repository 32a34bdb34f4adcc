"""What a killed process leaves of a result it was writing: a hidden folder beside the result."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

STAGING = re.compile(r'\.(?P<name>.+)\.[^.]+\.part')


class Leftovers:
    """Unfinished results that were there at the start; each is removed when its photo is done anew.

    Args:
        folders: The results' folders to come.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._of: dict[Path, list[Path]] = {}
        for parent in {folder.parent for folder in folders}:
            for path in parent.iterdir() if parent.is_dir() else ():
                match = STAGING.fullmatch(path.name)
                if match and path.is_dir():
                    self._of.setdefault(parent / match['name'], []).append(path)

    def remove(self, folder: Path) -> None:
        """Remove what was left of one result."""
        for path in self._of.pop(folder, ()):
            shutil.rmtree(path, ignore_errors=True)
