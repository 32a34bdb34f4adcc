"""Meshes and skins of 0 A.D., packed by hand: what is read from them, and what it looks like."""

import struct
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.rendered import zero_ad
from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.drawing import Pose, draw
from sosmatting.exceptions import InputError
from tests.datasets.rendered.library import entry, square_files, write_library

FRONT = Pose(0, 0, 30, ((0, 0, 0.5, 0),), 0.5)
# A square of side 2 that looks where the game's animals look, towards -z: x, y, z, then u, v.
CORNERS = ((-1, -1, -0.5, 0, 0), (1, -1, -0.5, 1, 0), (1, 1, -0.5, 1, 1), (-1, 1, -0.5, 0, 1))
TRIANGLES = ((0, 1, 2), (0, 2, 3))


def packed(skins: int = 1, version: int = 4, faces=TRIANGLES) -> bytes:
    body = b''
    for x, y, z, u, v in CORNERS:
        body += struct.pack('<6f', x, y, z, 0, 0, -1)
        body += struct.pack('<2f', u, v) + struct.pack('<2f', 9, 9) * (skins - 1)
        body += struct.pack('<4B4f', 255, 255, 255, 255, 0, 0, 0, 0)
    body += struct.pack('<I', len(faces)) + b''.join(struct.pack('<3H', *face) for face in faces)
    body += struct.pack('<I', 0)  # bones
    return struct.pack('<4s4I', b'PSMD', version, len(body), len(CORNERS), skins) + body


def skin(*quarters: tuple[int, int, int]) -> bytes:
    """Four colours: top left, top right, bottom left, bottom right; half transparent."""
    rows = np.array(quarters, np.uint8).reshape(2, 2, 3).repeat(4, 0).repeat(4, 1)
    picture = Image.fromarray(np.dstack([rows, np.full((8, 8), 128, np.uint8)]), 'RGBA')
    content = BytesIO()
    picture.save(content, 'DDS')
    return content.getvalue()


RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SKINS = {
    'art/textures/skins/skeletal/animal_wolf.png.cached.dds': skin(RED, GREEN, BLUE, WHITE),
    'art/textures/skins/skeletal/animal_wolf_white.png.cached.dds': skin(*[WHITE] * 4),
    'art/textures/skins/skeletal/animal_wolf_spec.png.cached.dds': b'not wanted',
}
WOLF = 'art/meshes/skeletal/wolf.dae.cached.pmd'


def library(folder: Path, files: Mapping[str, bytes]) -> Path:
    return write_library(folder / 'public.zip', None, files).parent


def test_animals_are_listed_with_the_skins_that_are_there(tmp_path: Path) -> None:
    tiger = 'art/meshes/skeletal/tiger.dae.cached.pmd'  # without its skin
    (wolf,) = listed(library(tmp_path, {WOLF: packed(), tiger: packed(), **SKINS}))
    assert (wolf.name, wolf.category, wolf.path) == ('wolf', 'animal', WOLF)
    assert wolf.skins == tuple(SKINS)[:2]


def test_furniture_comes_beside_animals(tmp_path: Path) -> None:
    library(tmp_path, {WOLF: packed(), **SKINS})
    write_library(
        tmp_path / 'b.sh3f', entry(1, 'Chair', 'Office', 'a/square.obj'), square_files('a')
    )
    assert [model.name for model in listed(tmp_path)] == ['Chair', 'wolf']


@pytest.mark.parametrize('skins', [1, 2])
def test_an_animal_looks_out_of_the_picture_and_has_its_skin(tmp_path: Path, skins: int) -> None:
    (wolf,) = listed(library(tmp_path, {WOLF: packed(skins), **SKINS}))
    (tmp_path / 'out').mkdir()
    rgba = draw(wolf.unpacked(tmp_path / 'out', 2), FRONT, 64, wolf.rotation)
    middle, aside = 32, 8
    shown = {
        name: rgba[middle + y * aside, middle + x * aside]
        for name, x, y in (('red', -1, -1), ('green', 1, -1), ('blue', -1, 1), ('white', 1, 1))
    }
    for name, colour in zip(shown, (RED, GREEN, BLUE, WHITE), strict=True):
        assert shown[name] == pytest.approx([*np.array(colour) / 255, 1], abs=0.03), name


def test_drawings_have_their_skins_in_turns(tmp_path: Path) -> None:
    (wolf,) = listed(library(tmp_path, {WOLF: packed(), **SKINS}))
    skins = []
    for view in range(4):
        (tmp_path / f'{view}').mkdir()
        wolf.unpacked(tmp_path / f'{view}', view)
        skins.append(np.asarray(Image.open(tmp_path / f'{view}' / '0.png')))
    assert (skins[1] == 255).all() and not (skins[0] == 255).all()
    assert np.array_equal(skins[0], skins[2]) and np.array_equal(skins[1], skins[3])
    assert skins[0].shape == (8, 8, 3)


def test_a_mesh_is_mirrored_with_its_faces() -> None:
    mesh = zero_ad.read_mesh(packed())
    (shown,) = mesh.surfaces.values()
    assert mesh.places[0].tolist() == [-1, -1, 0.5] and shown.normals[0][0].tolist() == [0, 0, 1]
    assert shown.texels[1].tolist() == [list(CORNERS[corner][3:]) for corner in TRIANGLES[1]]
    for a, b, c in shown.faces:
        across = np.cross(mesh.places[b] - mesh.places[a], mesh.places[c] - mesh.places[a])
        assert across.tolist() == [0, 0, 4], 'anticlockwise, as seen from where the normal points'


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'unpack_from requires'),
        (b'no mesh at all, but long enough for one', 'no mesh of version 4 with a skin'),
        (packed(version=3), 'no mesh of version 4'),
        (packed(skins=0), 'no mesh of version 4 with a skin'),
        (packed()[:60], 'buffer is smaller'),
        (packed(faces=((0, 1, 4),)), 'corners that are not there'),
    ],
)
def test_a_broken_mesh_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (wolf,) = listed(library(tmp_path, {WOLF: content, **SKINS}))
    with pytest.raises(InputError, match=rf'public\.zip: broken at {WOLF} \(.*{said}.*get it'):
        wolf.unpacked(tmp_path, 0)


def resized(width: int, height: int) -> bytes:
    """A skin whose head says that it is of another size."""
    content = bytearray(skin(*[WHITE] * 4))
    content[12:20] = struct.pack('<2I', height, width)
    return bytes(content)


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'no picture', r'\(no picture\)'),
        (skin(*[WHITE] * 4)[:140], 'not enough image data'),
        (resized(60000, 60000), 'exceeds limit'),
        (resized(0, 0), r'\(no picture\)'),
    ],
)
def test_a_broken_skin_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (wolf,) = listed(library(tmp_path, {WOLF: packed(), **dict.fromkeys(SKINS, content)}))
    with pytest.raises(InputError, match=rf'public\.zip: broken at .*wolf\.png.*{said}.*get it'):
        wolf.unpacked(tmp_path, 0)


def test_broken_libraries_are_named(tmp_path: Path) -> None:
    (tmp_path / 'public.zip').write_bytes(b'no ZIP')
    with pytest.raises(InputError, match=r'public\.zip: not readable as a ZIP'):
        listed(tmp_path)
    with pytest.raises(InputError, match='its libraries hold no model'):
        listed(library(tmp_path, SKINS))
