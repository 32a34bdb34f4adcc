"""The export tool: its own spelling of the predict command, around a stand-in for the network."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import run
from tests.predict.fake_matter import FakeMatter, stand_in
from tools import export

START = ['mini', 'w.pth']


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a checkpoint and three photos; the current one."""
    stand_in(monkeypatch, tmp_path)
    Path('w.pth').touch()
    Path('photos').mkdir()
    for name in ('a.png', 'b.png'):
        Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(Path('photos') / name)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save('phone.jpg', exif=exif)
    return tmp_path


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_alphas_cutouts_and_overlay(capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main([*START, 'photos', 'phone.jpg', '--out', 'photos', '--device', 'cpu']) == 0
    assert names('photos') == ['a', 'a.png', 'b', 'b.png', 'phone']
    files = ['00.png', '00_rgba.png', '01.png', '01_rgba.png', 'mattes.json', 'overlay.png']
    assert names('photos/phone') == files
    assert cv2.imread('photos/phone/00.png', -1).shape == (30, 20), 'turned upright'
    made = FakeMatter.made
    assert (made['config'], made['checkpoint'], made['device']) == ('mini', 'w.pth', 'cpu')
    assert (made['bits'], made['options']) == (8, [])
    assert '[1/3] photos/a.png -> photos/a: 2 mattes (' in capsys.readouterr().out


def test_options() -> None:
    options = ['--bits', '16', '--min-score', '0.1', '--max-instances', '1', '--no-rgba']
    options += ['--no-overlay', '--cfg-options', 'model.a=3', 'b=x']
    assert export.main([*START, 'phone.jpg', '--out', 'out/deep', *options]) == 0
    assert names('out/deep/phone') == ['00.png', 'mattes.json']
    alpha = cv2.imread('out/deep/phone/00.png', -1)
    assert (alpha.dtype, alpha[0, 0]) == (np.uint16, 77)
    assert FakeMatter.made['options'] == ['model.a=3', 'b=x']


def test_the_objects_own_colours() -> None:
    given = export.to_predict([*START, '--out', 'o', '--foreground', '--', 'a.jpg', '-b.jpg'])
    assert given[given.index('--foreground') + 1] == 'ml'
    assert given[-3:] == ['--', 'a.jpg', '-b.jpg']


def test_the_shipped_model_where_none_is_named() -> None:
    assert export.main(['phone.jpg', 'photos', '--out', 'out', '--no-rgba']) == 0
    assert names('out') == ['a', 'b', 'phone']
    assert (FakeMatter.made['config'], FakeMatter.made['checkpoint']) == ('soso_mini_twice', None)


@pytest.mark.parametrize(
    ('given', 'model'),
    [
        ('a.jpg b.jpg', []),
        ('photos', []),
        ('./soso b.jpg', []),
        ('soso work_dirs/x a.jpg', ['soso', 'work_dirs/x']),
        ('configs/ablations/soso_mse.py w a.jpg', ['configs/ablations/soso_mse.py', 'w']),
        ('configs/soso w a.jpg', ['configs/soso', 'w']),
        ('sosoo w.pth a.jpg', ['sosoo', 'w.pth']),
        ('mine.yaml w a.jpg', ['mine.yaml', 'w']),
        ('mine w a.jpg', ['mine', 'w']),
    ],
)
def test_the_model_and_the_photos(given: str, model: list[str]) -> None:
    Path('mine.py').touch()
    named = given.split()
    assert export.split_model(named) == (model, named[len(model) :])


@pytest.mark.parametrize(
    ('arguments', 'status', 'message'),
    [
        (['mini', 'x.pth', 'photos', '--out', 'out'], 2, 'error: x.pth: no such checkpoint file'),
        ([*START, 'photos', '--out', 'out', '--min-score', '3'], 2, 'error: argument --min-score'),
        ([*START, 'none.jpg', '--out', 'out'], 2, 'error: none.jpg: no such file'),
        ([*START, '--out', 'out'], 2, 'error: no photo is named'),
    ],
)
def test_faults_are_those_of_the_command(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(lambda: export.main(arguments)) == status
    assert capsys.readouterr().err.startswith(message)
