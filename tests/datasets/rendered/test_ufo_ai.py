"""MD2 files and a library of UFO: Alien Invasion, packed by hand: what is read and drawn."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.drawing import draw
from sosmatting.datasets.rendered.md2 import read_mesh
from sosmatting.datasets.rendered.models import Model
from sosmatting.exceptions import InputError
from tests.datasets.rendered.test_ac3d import FRONT

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
# A square of side 2 that looks ahead, along x; to the left is y, and z is up. In bytes of 0 and 2,
# moved by -1: x, y, z. Seen from ahead the first corner is lower left (its right).
CORNERS = ((1, 0, 0), (1, 2, 0), (1, 2, 2), (1, 0, 2))
TEXELS = ((0, 8), (8, 8), (8, 0), (0, 0))  # from above
CLOCKWISE = ((2, 1, 0), (3, 2, 0))


def packed(
    skins: Sequence[str] = ('.skin',),
    frames: Sequence[float] = (1.0,),
    version: int = 8,
    triangles: Sequence[Sequence[int]] = CLOCKWISE,
) -> bytes:
    """Pack the square, in each frame as large as that says."""
    names = b''.join(name.encode().ljust(64, b'\0') for name in skins)
    texels = b''.join(struct.pack('<2h', *texel) for texel in TEXELS)
    faces = b''.join(struct.pack('<6H', *face, *face) for face in triangles)
    rows = b''.join(struct.pack('<4B', *corner, 0) for corner in CORNERS)
    shots = b''.join(
        struct.pack('<6f16s', *[size] * 3, *[-size] * 3, b'frame') + rows for size in frames
    )
    sizes = [len(names), len(texels), len(faces), len(shots)]
    at = [68 + sum(sizes[:k]) for k in range(5)]
    counts = [len(skins), len(CORNERS), len(TEXELS), len(triangles), 0, len(frames)]
    head = struct.pack(
        '<4s16i', b'IDP2', version, 8, 8, 40 + len(rows), *counts, *at[:4], at[4], at[4]
    )
    return head + names + texels + faces + shots


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
    with zipfile.ZipFile(folder / '0models.pk3', 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return folder


def shown(model: Model, folder: Path, view: int = 0) -> np.ndarray:
    folder.mkdir()
    return draw(model.unpacked(folder, view), FRONT, 64, model.rotation)


def test_a_mesh_is_turned_to_the_front() -> None:
    mesh = read_mesh(packed())
    assert mesh.places[0].tolist() == [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]
    assert mesh.texels.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    for a, b, c in mesh.faces:
        across = np.cross(
            mesh.places[0][b] - mesh.places[0][a], mesh.places[0][c] - mesh.places[0][a]
        )
        assert across.tolist() == [0, 0, 4], 'anticlockwise, as seen from ahead'
    assert mesh.skins == ('.skin',)


def test_frames_take_turns() -> None:
    mesh = read_mesh(packed(frames=(1, 3)))
    sides = [mesh.scene(view, 'x').places[:, 0].max() for view in range(3)]
    assert sides == [1, 3, 1]


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


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'cut off'),
        (b'IDP2', 'cut off'),
        (packed(version=15), 'no MD2 file of version 8'),
        (b'IDP3' + packed()[4:], 'no MD2 file'),
        (packed()[:-5], 'buffer is smaller'),
        (packed()[:100], 'cut off'),
        (packed(frames=()), 'no surface'),
        (packed(triangles=((0, 1, 4),)), 'corners that are not there'),
        (packed()[:48] + struct.pack('<i', -9) + packed()[52:], 'nowhere'),
        (packed()[:20] + struct.pack('<i', 2**30) + packed()[24:], 'cut off'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_a_broken_model_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (crate,) = listed(library(tmp_path, {CRATE: content}))
    with pytest.raises(InputError, match=rf'0models\.pk3: broken at {CRATE} \(.*{said}.*get it'):
        crate.unpacked(tmp_path, 0)


def test_a_broken_skin_or_library_is_named(tmp_path: Path) -> None:
    (crate,) = listed(library(tmp_path, {CRATE: packed(), SKIN: b'no picture'}))
    with pytest.raises(InputError, match=rf'0models\.pk3: broken at {SKIN} \(cannot identify'):
        crate.unpacked(tmp_path, 0)
    (tmp_path / '0models.pk3').write_bytes(b'no ZIP')
    with pytest.raises(InputError, match=r'0models\.pk3: not readable as a ZIP'):
        listed(tmp_path)
