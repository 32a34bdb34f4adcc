"""A library of UFO: Alien Invasion, packed by hand: what is read and drawn."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.drawing import draw
from sosmatting.datasets.rendered.models import Model
from sosmatting.exceptions import InputError
from tests.datasets.rendered.library import write_library
from tests.datasets.rendered.test_ac3d import FRONT
from tests.datasets.rendered.test_md2 import packed

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def picture(*quarters: tuple[int, int, int], kind: str = 'PNG') -> bytes:
    """Four colours: top left, top right, bottom left, bottom right."""
    rows = np.array(quarters, np.uint8).reshape(2, 2, 3).repeat(4, 0).repeat(4, 1)
    content = BytesIO()
    Image.fromarray(rows).save(content, kind)
    return content.getvalue()


CRATE = 'models/objects/crate/crate.md2'
CAR, WHEELS = 'models/objects/cars/4x4/4x4.md2', 'models/objects/cars/4x4/4x4_t.md2'
SKIN = 'models/objects/crate/skin.png'


def library(folder: Path, files: Mapping[str, bytes]) -> Path:
    return write_library(folder / '0models.pk3', None, files).parent


def shown(model: Model, folder: Path, view: int = 0) -> np.ndarray:
    folder.mkdir()
    return draw(model.unpacked(folder, view), FRONT, 64, model.rotation)


def test_models_are_listed_if_all_their_files_are_there(tmp_path: Path) -> None:
    others = {'models/objects/other/other.md2': packed(), CAR: packed()}
    (crate,) = listed(library(tmp_path, {CRATE: packed(), **others}))
    assert (crate.name, crate.category, crate.path) == ('crate', 'object', CRATE)
    assert [m.category for m in listed(library(tmp_path, {WHEELS: packed(), **others}))] == [
        'vehicle'
    ]


def test_a_model_looks_out_of_the_picture_and_has_its_skin(tmp_path: Path) -> None:
    (crate,) = listed(library(tmp_path, {CRATE: packed(), SKIN: picture(RED, GREEN, BLUE, WHITE)}))
    rgba = shown(crate, tmp_path / 'a')
    for colour, x, y in ((RED, -1, -1), (GREEN, 1, -1), (BLUE, -1, 1), (WHITE, 1, 1)):
        there = rgba[32 + 8 * y, 32 + 8 * x]
        assert there == pytest.approx([*np.array(colour) / 255, 1], abs=0.03), colour


@pytest.mark.parametrize(
    ('said', 'file'),
    [
        ('.skin', 'models/objects/crate/skin.jpg'),
        ('.skin.tga', 'models/objects/crate/skin.png'),
        ('models/other/skin', 'models/other/skin.png'),
        ('models/other/skin.png', 'models/other/skin.png'),
    ],
)
def test_a_skin_is_found_by_its_name(tmp_path: Path, said: str, file: str) -> None:
    kind = 'JPEG' if file.endswith('jpg') else 'PNG'
    files = {CRATE: packed([said]), file: picture(*[RED] * 4, kind=kind)}
    rgba = shown(listed(library(tmp_path, files))[0], tmp_path / 'a')
    assert rgba[32, 32] == pytest.approx([1, 0, 0, 1], abs=0.03)


def test_skins_that_are_there_take_turns(tmp_path: Path) -> None:
    skins = {f'models/objects/crate/{k}.png': picture(*[c] * 4) for k, c in enumerate((RED, BLUE))}
    (crate,) = listed(library(tmp_path, {CRATE: packed(['.0', '.missing', '.1']), **skins}))
    for view, colour in enumerate((RED, BLUE, RED)):
        rgba = shown(crate, tmp_path / f'{view}', view)
        assert rgba[32, 32, :3] == pytest.approx(np.array(colour) / 255, abs=0.03)


def test_parts_stand_together(tmp_path: Path) -> None:
    folder = CAR.rsplit('/', 1)[0]
    files = {
        CAR: packed(['.a'], frames=(1,)),
        WHEELS: packed(['.b'], frames=(2,)),
        f'{folder}/a.png': picture(*[RED] * 4),
        f'{folder}/b.png': picture(*[BLUE] * 4),
    }
    (car,) = listed(library(tmp_path, files))
    rgba = shown(car, tmp_path / 'a')
    assert rgba[32, 32, 3] == 1 and rgba[32, 20, :3] == pytest.approx([0, 0, 1], abs=0.03)
    text = (tmp_path / 'a' / 'scene.obj').read_text()
    assert text.count('\nusemtl') == 2 and text.count('\nf ') == 4


def test_a_broken_model_is_named(tmp_path: Path) -> None:
    (crate,) = listed(library(tmp_path, {CRATE: packed()[:-5], SKIN: picture(*[RED] * 4)}))
    with pytest.raises(
        InputError, match=rf'0models\.pk3: broken at {CRATE} \(it is cut off.*get it'
    ):
        crate.unpacked(tmp_path, 0)
    (crate,) = listed(library(tmp_path, {CRATE: packed(['.a', '.b'])}))
    with pytest.raises(
        InputError, match=rf'broken at {CRATE} \(it has none of its skins: \.a, \.b\)'
    ):
        crate.unpacked(tmp_path, 0)


def test_frames_take_turns(tmp_path: Path) -> None:
    files = {CRATE: packed(frames=(1, 4)), SKIN: picture(*[RED] * 4)}
    (crate,) = listed(library(tmp_path, files))
    sides = []
    for view in range(3):
        (tmp_path / f'{view}').mkdir()
        text = crate.unpacked(tmp_path / f'{view}', view).read_text()
        sides.append(text.splitlines()[1])
    assert sides == ['v -1 -1 0', 'v -4 -4 0', 'v -1 -1 0']


def test_a_broken_skin_or_library_is_named(tmp_path: Path) -> None:
    (crate,) = listed(library(tmp_path, {CRATE: packed(), SKIN: b'no picture'}))
    with pytest.raises(InputError, match=rf'0models\.pk3: broken at {SKIN} \(no picture\)'):
        crate.unpacked(tmp_path, 0)
    (tmp_path / '0models.pk3').write_bytes(b'no ZIP')
    with pytest.raises(InputError, match=r'0models\.pk3: not readable as a ZIP'):
        crate.unpacked(tmp_path, 0)
    with pytest.raises(InputError, match=r'0models\.pk3: not readable as a ZIP'):
        listed(tmp_path)
