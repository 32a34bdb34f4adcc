"""Folders that are looked into again and again."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sosmatting.predict.inputs import Source

Stamp = tuple[int, int]


class Watch:
    """Give photos that are new or have changed, once they are written to the end.

    A photo counts as complete when its size and time are those of the look before, or when it was
    last written longer ago than the pause between two looks.

    Args:
        find: Lists the photos that are there.
        pause: Seconds between two looks.
    """

    def __init__(self, find: Callable[[], list[Source]], pause: float) -> None:
        self.find, self.pause = find, pause
        self._given: dict[Path, Stamp] = {}
        self._seen: dict[Path, Stamp] = {}

    def look(self) -> list[Source]:
        """List what has become ready since the last look."""
        now, ready, seen = time.time(), [], {}
        for source in self.find():
            stamp = _stamp(source.path)
            if stamp is None or stamp == self._given.get(source.path):
                continue
            seen[source.path] = stamp
            is_old = now - stamp[1] / 1e9 > self.pause
            if is_old or stamp == self._seen.get(source.path):
                self._given[source.path] = stamp
                ready.append(source)
        self._seen = seen
        return ready

    def looks(self) -> Iterator[list[Source]]:
        """Look for ever; what is not empty is given."""
        while True:
            ready = self.look()
            if ready:
                yield ready
            time.sleep(self.pause)


def _stamp(path: Path) -> Stamp | None:
    """Return size and time of a file; ``None`` where it has gone."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
