"""Cut-outs of models as a user makes them, and as composed scenes take them."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import sosmatting.register  # noqa: F401
from sosmatting.datasets.composed.foregrounds import CutoutReader, list_foregrounds
from sosmatting.exceptions import InputError
from tests.datasets.rendered.library import (
    LYING,
    NAMELESS,
    RED,
    entry,
    square_files,
    write_library,
)

REPO = Path(__file__).parents[3]
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']


def made(source: Path, out: Path, *options: str) -> int:
    arguments = ['rendered-cutouts', str(source), '--out', str(out), '--workers', '1']
    return main([*arguments, *options])


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('rendered')
    kinds = [('Chair', 'Kitchen'), ('Table', 'Kitchen'), ('Female', 'Characters')]
    text = ''.join(entry(k, *kind, f'm{k}/square.obj') for k, kind in enumerate(kinds))
    text += entry(3, 'Lamp', 'Lights', 'm3/square.obj') + 'modelRotation#3=1 0 0 0 0 -1 0 1 0\n'
    files = {name: each for k in range(3) for name, each in square_files(f'm{k}').items()}
    files |= {'m3/square.obj': LYING, 'm3/square.mtl': NAMELESS + RED.format(opacity=1)}
    write_library(folder / 'some.sh3f', text, files)
    return folder


@pytest.fixture(scope='module')
def cutouts(source: Path) -> Path:
    assert made(source, source / 'out', '--views', '2') == 0
    return source / 'out'


def test_views_of_rare_kinds_are_more(cutouts: Path) -> None:
    train, val = (list_foregrounds(cutouts, split) for split in ('train', 'val'))
    assert [each.category for each in val] == ['object'] * 2, 'the first of eight'
    assert [each.category for each in train] == ['object'] * 2 + ['person'] * 4 + ['object'] * 2
    names = [each.name for each in train]
    assert names == [
        f'out/{name}'
        for k, name in ((2, '0001_Table'), (4, '0002_Female'), (2, '0003_Lamp'))
        for _ in range(k)
    ]
    content = json.loads((cutouts / 'annotations/train.json').read_text())
    assert content['info']['models'] == 4 and content['info']['views'] == 2


def test_a_cut_out_is_what_was_drawn_cropped(cutouts: Path) -> None:
    lamp = list_foregrounds(cutouts, 'train')[-1]
    rgba = CutoutReader()(lamp, 100)
    red = rgba[rgba[..., 3] == 255][:, :3]
    assert len(red) > 1000 and not any(lamp.cut)
    # In one order of the channels or the other, and in some light.
    assert (np.sort(red, 1)[:, :2].max() < 10) and (red.max(1) > 60).all()
    assert rgba[..., 3].max(0).min() > 0 and rgba[..., 3].max(1).min() > 0


def test_it_goes_on_and_does_nothing_twice(
    source: Path, cutouts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(source, cutouts, '--views', '2') == 0
    assert 'already complete' in capsys.readouterr().out
    again = source / 'again'
    assert made(source, again, '--views', '2', '--workers', '2') == 0
    files = sorted(path.relative_to(cutouts) for path in cutouts.rglob('*') if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob('*') if path.is_file())
    assert all((again / file).read_bytes() == (cutouts / file).read_bytes() for file in files)


def test_the_others_stay_as_they_are_when_one_is_left_out(
    source: Path, cutouts: Path, tmp_path: Path
) -> None:
    assert made(source, tmp_path, '--views', '2', '--without', 'm1/square.obj') == 0
    lamps = [
        (folder / 'foregrounds' / list_foregrounds(folder, 'train')[-1].files[0]).read_bytes()
        for folder in (cutouts, tmp_path)
    ]
    assert lamps[0] == lamps[1]


def test_what_is_wrong_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'--without m9/x\.obj: no model of'):
        made(source, tmp_path / 'a', '--without', 'm9/x.obj')
    every = [f'm{k}/square.obj' for k in range(4)]
    with pytest.raises(InputError, match='--without: names every model'):
        made(source, tmp_path / 'a', '--without', *every)
    with pytest.raises(InputError, match='--views 0: give 1 or more'):
        made(source, tmp_path / 'a', '--views', '0')
    speck = 'mtllib square.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 9 9 9\nv 900 9 9\nv 9 900 9\n'
    files = {'s/square.obj': speck + 'f 1 2 3\nf 4 4 4\nf 5 5 5\nf 6 6 6\n'}
    write_library(tmp_path / 'speck.sh3f', entry(1, 'Speck', 'Office', 's/square.obj'), files)
    with pytest.raises(InputError, match=r's/square\.obj shows nothing; name it in --without'):
        made(tmp_path, tmp_path / 'b')
    files = {'s/square.obj': 'no model'}
    write_library(tmp_path / 'speck.sh3f', entry(1, 'Speck', 'Office', 's/square.obj'), files)
    with pytest.raises(
        InputError, match=r'speck\.sh3f: VTK reads nothing from s/square\.obj; name'
    ):
        made(tmp_path, tmp_path / 'c')
