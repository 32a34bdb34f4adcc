"""Sharing photos out among several processes, on one machine or several with one file system.

Every process has the whole list. It starts with its own part (every WORLD_SIZE-th photo) and then
helps the others, from the far end of their parts. Whoever works on a photo holds a lock on a file
of its own, which the operating system takes away from a process that dies, however it dies: the
photo is free again, for the others at once and for the next start. What is done is seen from its
``mattes.json``, under the lock, so that nothing is done twice.
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sosmatting.exceptions import InputError
from sosmatting.files import explained

FOLDER = '.predict'


@dataclass
class Claim:
    """The right to work on one photo, until it is given back."""

    path: Path | None = None
    file: IO[bytes] | None = field(default=None, repr=False)

    def release(self) -> None:
        """Give the right back; what the photo came to is written by then."""
        if self.file is None or self.path is None:
            return
        # Removed first: whoever still opened this file finds the photo done or noted as failed.
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.file.close()
        self.file = None


class Share:
    """This process's part of the work.

    Args:
        out: The output folder, which all processes see.
        rank: Number of this process, from 0.
        size: Number of processes; 1 works without locks.
    """

    def __init__(self, out: Path, rank: int = 0, size: int = 1) -> None:
        self.folder = out / FOLDER
        self.rank, self.size = rank, size

    @classmethod
    def of_environment(cls, out: Path, environment: Mapping[str, str] = os.environ) -> 'Share':
        """Read RANK and WORLD_SIZE, which torchrun sets.

        Raises:
            InputError: They are no such numbers.
        """
        texts = environment.get('RANK', '0'), environment.get('WORLD_SIZE', '1')
        if not all(text.isdecimal() for text in texts) or int(texts[0]) >= int(texts[1]):
            raise InputError(
                f'RANK={texts[0]} WORLD_SIZE={texts[1]}: must be numbers, RANK smaller; unset both '
                'to work in one process'
            )
        return cls(out, int(texts[0]), int(texts[1]))

    def device(self, name: str) -> str:
        """Choose the device of this process: with ``'auto'``, each has a GPU of its own."""
        import torch

        local = os.environ.get('LOCAL_RANK', '')
        if name == 'auto' and self.size > 1 and local.isdecimal() and torch.cuda.is_available():
            return f'cuda:{int(local) % torch.cuda.device_count()}'
        return name

    def order(self, count: int) -> list[int]:
        """List all places 0 to ``count`` - 1: this process's own first, then the others'."""
        parts = [list(range(rank, count, self.size)) for rank in range(self.size)]
        others = [parts[(self.rank + step) % self.size] for step in range(1, self.size)]
        return parts[self.rank] + [place for part in others for place in reversed(part)]

    def owns(self, place: int) -> bool:
        """Tell whether a place is in this process's own part."""
        return place % self.size == self.rank

    def claim(self, name: Path) -> Claim | None:
        """Ask for the right to work on a photo.

        Args:
            name: Its folder, relative to the output folder.

        Returns:
            The claim, or ``None`` where another process has it.

        Raises:
            InputError: The folder cannot be written, or its file system has no locks.
        """
        if self.size == 1:
            return Claim()
        import fcntl

        path = self._file(name, '.lock')
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open('ab')
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        except OSError as error:
            file.close()
            raise InputError(
                f'{path}: this file system has no locks ({error.strerror}), by which processes '
                'share photos out; give each process its own photos and unset WORLD_SIZE'
            ) from error
        if not _is_same(file, path):  # given back, and removed, while we opened it
            file.close()
            return None
        return Claim(path, file)

    def note_failure(self, name: Path) -> None:
        """Tell the other processes that a photo failed, so that they do not try it again."""
        if self.size > 1:
            path = self._file(name, '.failed')
            with explained(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()

    def has_failed(self, name: Path) -> bool:
        """Tell whether another process noted a failure since this photo's owner started."""
        return self.size > 1 and self._file(name, '.failed').exists()

    def forget_failures(self, names: Sequence[Path]) -> None:
        """Take back the notes of an earlier start on this process's own photos."""
        if self.size > 1:
            for place in range(self.rank, len(names), self.size):
                self._file(names[place], '.failed').unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove the locks that nobody holds, and the folders of locks that are empty."""
        for place, _, files in os.walk(self.folder, topdown=False):
            for file in files if self.size > 1 else ():
                if file.endswith('.lock'):
                    below = Path(place).relative_to(self.folder)
                    claim = self.claim(below / file.removesuffix('.lock'))
                    if claim is not None:
                        claim.release()
            with contextlib.suppress(OSError):
                os.rmdir(place)

    def _file(self, name: Path, suffix: str) -> Path:
        return self.folder / name.parent / f'{name.name}{suffix}'


def _is_same(file: IO[bytes], path: Path) -> bool:
    """Tell whether an open file is the one that bears this name now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
