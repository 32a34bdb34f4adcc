"""What counts as done."""

import json
import os
from pathlib import Path

import pytest

from sosmatting.predict.records import Record, content_hash, is_done, note, settings_hash


@pytest.fixture
def done(tmp_path: Path) -> tuple[Path, Path]:
    """A photo and the folder of its result."""
    photo, folder = tmp_path / 'a.jpg', tmp_path / 'a'
    photo.write_bytes(b'photo')
    folder.mkdir()
    (folder / '00.png').touch()
    (folder / 'mattes.json').write_text(json.dumps({'files': ['00.png', 'mattes.json']}))
    time = photo.stat().st_mtime_ns
    note(folder, Record('a.jpg', 5, time, content_hash(b'photo'), 's1'))
    return photo, folder


def test_a_whole_result_of_the_same_photo_and_settings_is_done(done: tuple[Path, Path]) -> None:
    photo, folder = done
    assert is_done(folder, photo, 's1')
    assert not is_done(folder, photo, 's2'), 'other options'
    assert not is_done(folder, photo.with_name('b.jpg'), 's1'), 'another photo, and none'
    assert json.loads((folder / 'mattes.json').read_text())['files'] == ['00.png', 'mattes.json']


def test_a_touched_photo_is_compared_by_its_content(done: tuple[Path, Path]) -> None:
    photo, folder = done
    os.utime(photo, (1, 1))
    assert is_done(folder, photo, 's1')
    photo.write_bytes(b'phota')
    assert not is_done(folder, photo, 's1')
    photo.write_bytes(b'longer')
    assert not is_done(folder, photo, 's1')


def test_what_is_missing_or_damaged_is_not_done(done: tuple[Path, Path]) -> None:
    photo, folder = done
    (folder / '00.png').unlink()
    assert not is_done(folder, photo, 's1')
    (folder / '00.png').touch()
    assert is_done(folder, photo, 's1')
    for content in ('', '[]', '{"files": []}', '{"files": [], "made_of": {"photo": "a.jpg"}}'):
        (folder / 'mattes.json').write_text(content)
        assert not is_done(folder, photo, 's1')
    assert not is_done(folder / 'none', photo, 's1')


def test_settings_hash_depends_on_every_value() -> None:
    base = {'bits': 8, 'formats': ('rgba',), 'points': [(1.0, 2.0)], 'background': None}
    changes = [{'bits': 16}, {'formats': ('psd',)}, {'points': []}, {'background': [1, 2, 3]}]
    hashes = {settings_hash({**base, **change}) for change in [{}, *changes]}
    assert len(hashes) == 5
    assert settings_hash(base) == settings_hash(dict(reversed(base.items())))
