"""Looking again and again, with the clock and the files' times set by hand."""

import os
from itertools import islice
from pathlib import Path

import pytest

from sosmatting.predict import watch as watch_file
from sosmatting.predict.inputs import Source
from sosmatting.predict.watch import Watch


def test_photos_are_given_when_they_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, fresh = tmp_path / 'old.jpg', tmp_path / 'fresh.jpg'
    old.write_bytes(b'old')
    os.utime(old, (100, 100))
    monkeypatch.setattr(watch_file.time, 'time', lambda: 200.0)

    def find() -> list[Source]:
        return [Source(path) for path in (old, fresh, tmp_path / 'gone.jpg')]

    def given() -> list[str]:
        return [source.path.name for source in watch.look()]

    watch = Watch(find, pause=1.0)
    assert given() == ['old.jpg']
    fresh.write_bytes(b'ha')
    os.utime(fresh, (199.5, 199.5))
    assert given() == [], 'it may still be growing'
    fresh.write_bytes(b'half')
    os.utime(fresh, (199.9, 199.9))
    assert given() == [], 'it was'
    assert given() == ['fresh.jpg']
    assert given() == []
    old.write_bytes(b'new')
    os.utime(old, (150, 150))
    assert given() == ['old.jpg'], 'it has changed'


def test_only_looks_that_find_something_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(watch_file.time, 'sleep', pauses.append)
    watch = Watch(list, pause=0.25)
    answers = iter([[], [Source(Path('a'))], [], [], [Source(Path('b'))]])
    monkeypatch.setattr(watch, 'look', lambda: next(answers))
    assert [found[0].path.name for found in islice(watch.looks(), 2)] == ['a', 'b']
    assert pauses == [0.25] * 4
