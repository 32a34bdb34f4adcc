"""What a library's list says, and what counts as what."""

from pathlib import Path

import pytest

from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.models import UPRIGHT
from sosmatting.datasets.rendered.sweet_home import category_of
from sosmatting.exceptions import InputError
from tests.datasets.rendered.library import entry, square_files, write_library


def test_things_are_listed_with_what_they_are(tmp_path: Path) -> None:
    path = 'a/square.obj'
    text = 'id=library\nname=Caf\xe9\r\n' + ''.join([
        entry(1, 'Chaise fa\xe7on', 'Living room', path),
        'modelRotation#1=1 0 0 0 0 -1 0 1 0\r\n',
        entry(2, 'Door', 'Doors and windows', path),
        entry(3, 'Square type A plug', 'Miscellaneous', path),
        entry(4, 'Sitting female', 'Characters', path),
        entry(5, 'Siamese cat', 'Characters', path),
        entry(6, 'City bus', 'Vehicles', path),
        entry(7, 'Not there', 'Kitchen', 'b/other.obj'),
        entry(8, 'Palm tree', 'Exterior', path).replace('80.5', 'tall'),
        entry(9, 'Carpet', 'Bedroom', path, width=60).replace('80.5', '1.9'),
    ])  # fmt: skip
    write_library(tmp_path / 'one.sh3f', text, square_files('a'))
    models = listed(tmp_path)
    assert [(model.name, model.category) for model in models] == [
        ('Chaise fa\xe7on', 'object'),
        ('Sitting female', 'person'),
        ('Siamese cat', 'animal'),
        ('City bus', 'vehicle'),
        ('Palm tree', 'plant'),
    ]
    assert models[0].rotation == (1, 0, 0, 0, 0, -1, 0, 1, 0) and models[1].rotation == UPRIGHT
    assert models[0].creator == 'Somebody' and models[0].path == path


@pytest.mark.parametrize(
    ('name', 'category', 'kind'),
    [
        ('Rocking horse', 'Bedroom', 'object'),
        ('Hot dog', 'Kitchen', 'object'),
        ('Horse', 'Characters', 'animal'),
        ('Skateboard', 'Vehicles', 'object'),
        ('Rowboat', 'Exterior', 'vehicle'),
        ('Catalogue', 'Office', 'object'),
    ],
)
def test_words_of_a_name(name: str, category: str, kind: str) -> None:
    assert category_of(name, category) == kind


def test_what_is_no_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'expected libraries \(\*\.sh3f, .*\), found nothing'):
        listed(tmp_path)
    (tmp_path / 'broken.sh3f').write_bytes(b'no ZIP')
    with pytest.raises(InputError, match=r'broken\.sh3f: not readable as a ZIP'):
        listed(tmp_path)
    (tmp_path / 'broken.sh3f').unlink()
    write_library(tmp_path / 'bare.sh3f', None, square_files('a'))
    with pytest.raises(InputError, match=r'bare\.sh3f: holds no PluginFurnitureCatalog'):
        listed(tmp_path)


def test_models_that_cannot_be_read_are_not_listed(tmp_path: Path) -> None:
    files = {'a/chair.dae': 'no OBJ', '../square.obj': 'elsewhere'}
    text = entry(1, 'Chair', 'Office', 'a/chair.dae') + entry(2, 'Lamp', 'Office', '../square.obj')
    write_library(tmp_path / 'one.sh3f', text, files)
    with pytest.raises(InputError, match='hold no model'):
        listed(tmp_path)


def test_a_damaged_library_is_named(tmp_path: Path) -> None:
    path = write_library(tmp_path / 'one.sh3f', entry(1, 'Chair', 'Office', 'a/b.obj') * 99, {})
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r'one\.sh3f: not readable as a ZIP'):
        listed(tmp_path)
