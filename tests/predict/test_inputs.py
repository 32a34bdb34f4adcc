"""Which photos are meant."""

import json
import os
from pathlib import Path

import pytest

from sosmatting.exceptions import InputError
from sosmatting.predict.inputs import find_photos, printable


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Photos at three depths, beside other files."""
    monkeypatch.chdir(tmp_path)
    for name in (
        'in/b.JPG', 'in/a.png', 'in/notes.txt', 'in/sub/c.webp', 'in/sub/deep/d.heic',
        'in/.hidden/e.png',
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / 'in/x.jpg').mkdir()
    (tmp_path / 'in/empty').mkdir()
    return tmp_path


def names(*args: object, **options: object) -> list[str]:
    found = find_photos(*args, **options)
    return [source.path.as_posix() for source in found.sources]


def make_result(folder: Path, *files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        (folder / name).touch()
    listed = {'instances': [], 'files': [*files, 'mattes.json']}
    (folder / 'mattes.json').write_text(json.dumps(listed))


def test_files_and_folders(place: Path) -> None:
    assert names(['in'], None) == ['in/a.png', 'in/b.JPG']
    assert names(['in/b.JPG', 'in', 'gone.jpg'], None) == ['in/b.JPG', 'in/a.png', 'gone.jpg']
    assert names(['in/a.png', 'in/../in/a.png'], None) == ['in/a.png']


def test_links_are_photos_of_their_own_and_dead_ones_are_not_passed_over(place: Path) -> None:
    Path('in/c.png').symlink_to('a.png')
    Path('in/d.png').symlink_to('nowhere')
    Path('in/e.png').symlink_to('sub')  # a folder
    assert names(['in'], None) == ['in/a.png', 'in/b.JPG', 'in/c.png', 'in/d.png']


def test_folders_in_folders(place: Path) -> None:
    found = find_photos(['in'], None, recursive=True)
    assert [(source.path.as_posix(), source.below.as_posix()) for source in found.sources] == [
        ('in/a.png', '.'),
        ('in/b.JPG', '.'),
        ('in/sub/c.webp', 'sub'),
        ('in/sub/deep/d.heic', 'sub/deep'),
    ]


def test_globs(place: Path) -> None:
    assert names(['in/*.png', 'in/s*/*.webp'], None) == ['in/a.png', 'in/sub/c.webp']
    assert names(['in/su?'], None) == ['in/sub/c.webp'], 'a folder, as if it were named'
    assert names(['in/**/*'], None) == [
        'in/a.png', 'in/b.JPG', 'in/sub/c.webp', 'in/sub/deep/d.heic',
    ]  # fmt: skip
    (place / 'in/we[i]rd.png').touch()
    assert names(['in/we[i]rd.png'], None) == ['in/we[i]rd.png'], 'a file of that very name'


def test_what_is_empty_is_named(place: Path) -> None:
    for given, message in {
        'in/empty': r'in/empty: holds no picture .*--recursive',
        'in/x.jpg': r'in/x\.jpg: holds no picture',
        'in/*.gif': r'in/\*\.gif: no picture has such a name',
    }.items():
        with pytest.raises(InputError, match=message):
            find_photos([given], None)
        assert find_photos([given], None, empty=True).sources == []


def test_results_are_never_taken_for_photos(place: Path) -> None:
    make_result(place / 'in/a', '00.png', 'overlay.png')
    (place / 'in/a/mine.png').touch()
    found = find_photos(['in'], Path('in'), recursive=True)
    assert [source.path.name for source in found.sources] == [
        'a.png', 'b.JPG', 'mine.png', 'c.webp', 'd.heic',
    ]  # fmt: skip
    assert found.results == 2
    assert find_photos(['in/a/00.png', 'in/a.png'], Path('in')).results == 1
    assert names(['in/a/00.png'], Path('elsewhere')) == ['in/a/00.png'], 'named, and another place'
    assert names(['in/*/*.png'], Path('elsewhere')) == ['in/a/mine.png']


def test_the_output_folder_is_not_entered(place: Path) -> None:
    (place / 'in/out/odd').mkdir(parents=True)
    (place / 'in/out/odd/z.png').touch()
    assert 'in/out/odd/z.png' in names(['in'], None, recursive=True)
    assert 'in/out/odd/z.png' not in names(['in'], Path('in/out'), recursive=True)
    assert names(['in/out'], Path('in/out'), recursive=True) == ['in/out/odd/z.png']


def test_names_that_cannot_be_printed(place: Path) -> None:
    os.close(os.open(os.fsencode(place / 'in') + b'/caf\xe9\n.png', os.O_CREAT))
    (place / 'in/żółć 😀.png').touch()
    shown = [source.shown for source in find_photos(['in'], None).sources]
    assert 'in/żółć 😀.png' in shown
    assert r'in/caf\udce9\n.png' in shown
    for name in shown:
        name.encode('utf-8')
    assert printable('a\tb') == r'a\tb'
