"""A folder of its own for every photo."""

from pathlib import Path

from sosmatting.predict.inputs import Source
from sosmatting.predict.naming import FolderNames


def sources(*paths: str) -> list[Source]:
    return [Source(Path(path)) for path in paths]


def named(names: FolderNames, *paths: str) -> list[str]:
    return [name.as_posix() for name in names.of(sources(*paths))]


def test_every_photo_gets_a_folder_of_its_own() -> None:
    photos = ['a.jpg', 'a.png', 'a_2.jpg', 'x/A.jpg', 'b.tar.png', '...jpg', 'b.tar.jpg', '..']
    assert named(FolderNames(), *photos) == [
        'a', 'a_3', 'a_2', 'A_4', 'b.tar', 'jpg', 'b.tar_2', 'photo',
    ]  # fmt: skip


def test_photos_keep_their_names() -> None:
    names = FolderNames()
    assert named(names, 'b.jpg', 'b.png') == ['b', 'b_2']
    assert named(names, 'a.jpg', 'b.bmp', 'b.png', 'b.jpg') == ['a', 'b_3', 'b_2', 'b']


def test_folders_in_folders_are_kept_apart() -> None:
    found = [Source(Path('in/a.jpg')), Source(Path('in/s/a.jpg'), Path('s'))]
    assert [name.as_posix() for name in FolderNames().of(found)] == ['a', 's/a']
