"""The export command around a stand-in for the network."""

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError, run
from sosmatting.mattes import Mattes

ROOT = Path(__file__).resolve().parents[2]


CONFIG = "model = dict(mask_head=dict(type='MatteHead', test_cfg=dict(alpha_bits=8)))\n"


class FakeMatter:
    """Answer every photo with three mattes of scores 0.9, 0.5, 0.2; remember how it was made."""

    made: dict = {}
    device = 'cpu'

    def __init__(
        self,
        config: str,
        checkpoint: str,
        device: str = 'auto',
        options: Sequence[str] = (),
    ) -> None:
        if not Path(checkpoint).is_file():
            raise InputError(f'{checkpoint}: no such file; check the path')
        wide = 'model.mask_head.test_cfg.alpha_bits=16' in options
        self.dtype = np.uint16 if wide else np.uint8
        FakeMatter.made = {'config': config, 'device': device, 'options': list(options)}

    def __call__(self, photo: np.ndarray) -> Mattes:
        height, width = photo.shape[:2]
        alphas = np.full((3, height, width), 77, self.dtype)
        box = np.float32([0, 0, width, height])
        return Mattes(
            image=photo,
            alphas=alphas,
            scores=np.float32([0.9, 0.5, 0.2]),
            labels=np.array([0, 1, 0]),
            boxes=np.stack([box] * 3),
            areas=np.float32([1, 2, 3]),
            classes=('person', 'dog'),
        )


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/export.py, with the stand-in for ``sosmatting.apis``."""
    monkeypatch.setitem(sys.modules, 'sosmatting.apis', SimpleNamespace(Matter=FakeMatter))
    spec = importlib.util.spec_from_file_location('export_tool', ROOT / 'tools' / 'export.py')
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config, a checkpoint and three photos; the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mini.py').write_text(CONFIG)
    (tmp_path / 'w.pth').touch()
    (tmp_path / 'photos').mkdir()
    for name in ('a.png', 'b.png'):
        Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / 'photos' / name)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / 'phone.jpg', exif=exif)
    return tmp_path


START = ['mini', 'w.pth']


def test_folders_and_files_in_the_photos_own_frame(
    tool: ModuleType, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main([*START, 'photos', 'phone.jpg', '--out', 'photos', '--device', 'cpu']) == 0
    out = place / 'photos'
    assert sorted(path.name for path in out.iterdir()) == ['a', 'a.png', 'b', 'b.png', 'phone']
    names = ['00.png', '00_rgba.png', '01.png', '01_rgba.png', 'mattes.json', 'overlay.png']
    assert sorted(path.name for path in (out / 'phone').iterdir()) == names
    assert cv2.imread(str(out / 'phone' / '00.png'), -1).shape == (30, 20), 'turned upright'
    told = json.loads((out / 'a' / 'mattes.json').read_text())
    assert [item['score'] for item in told['instances']] == [0.9, 0.5]
    lines = capsys.readouterr().out.splitlines()
    assert lines.pop(0) == 'device: cpu'
    assert len(lines) == 3
    assert lines[0].startswith('[1/3] photos/a.png -> photos/a: 2 mattes (')
    assert lines[0].endswith('images/s)')
    assert FakeMatter.made == {
        'config': 'mini',
        'device': 'cpu',
        'options': ['model.mask_head.test_cfg.alpha_bits=8'],
    }


def test_options(tool: ModuleType, place: Path) -> None:
    options = ['--bits', '16', '--min-score', '0.1', '--max-instances', '1', '--no-rgba']
    options += ['--no-overlay', '--cfg-options', 'model.a=3', 'b=x']
    assert tool.main([*START, 'phone.jpg', '--out', 'out/deep', *options]) == 0
    folder = place / 'out' / 'deep' / 'phone'
    assert sorted(path.name for path in folder.iterdir()) == ['00.png', 'mattes.json']
    alpha = cv2.imread(str(folder / '00.png'), -1)
    assert (alpha.dtype, alpha[0, 0]) == (np.uint16, 77)
    assert FakeMatter.made['options'][:2] == ['model.a=3', 'b=x']


def test_a_config_without_soft_mattes_gets_no_such_option(tool: ModuleType, place: Path) -> None:
    (place / 'mini.py').write_text("model = dict(mask_head=dict(type='SOLOHead'))\n")
    assert tool.main([*START, 'phone.jpg', '--out', 'out', '--bits', '16']) == 0
    assert FakeMatter.made['options'] == []
    assert cv2.imread('out/phone/00.png', -1)[0, 0] == 77 * 257


def test_an_unreadable_photo_is_reported_and_the_others_are_done(
    tool: ModuleType, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / 'photos' / 'a.png').write_bytes(b'no picture')
    assert tool.main([*START, 'none.jpg', 'photos', '--out', 'out']) == 3
    assert [path.name for path in (place / 'out').iterdir()] == ['b']
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith('error: none.jpg: no such file')
    assert errors[1].startswith('error: photos/a.png: not readable')
    assert errors[2] == '2 of 3 photos could not be done'


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['minni', 'w.pth', 'photos', '--out', 'out'], 'error: minni: no such config'),
        (['mini', 'x.pth', 'photos', '--out', 'out'], 'error: x.pth: no such file'),
        ([*START, 'empty', '--out', 'out'], 'error: empty: holds no picture'),
        ([*START, 'photos', '--out', 'w.pth'], 'error: w.pth/a: cannot be written'),
        ([*START, 'photos', '--out', 'out', '--min-score', '30'], 'error: --min-score 30: '),
        ([*START, 'photos', '--out', 'out', '--max-instances', '0'], 'error: --max-instances 0: '),
    ],
)
def test_wrong_input_is_one_line_and_status_2(
    tool: ModuleType,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    (place / 'empty').mkdir()
    assert run(lambda: tool.main(arguments)) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count('\n') == 1
    assert not (place / 'out').exists()


def test_every_photo_gets_a_folder_of_its_own(tool: ModuleType) -> None:
    photos = ['a.jpg', 'a.png', 'a_2.jpg', 'x/A.jpg', 'b.tar.png', '...jpg', 'b.tar.jpg']
    names = tool.folder_names([Path(photo) for photo in photos])
    assert names == ['a', 'a_3', 'a_2', 'A_4', 'b.tar', 'jpg', 'b.tar_2']


def test_a_photo_named_twice_is_done_once(tool: ModuleType, place: Path) -> None:
    found = tool.find_photos(['photos/b.png', 'photos', str(place / 'photos' / 'a.png')])
    assert found == [Path('photos/b.png'), Path('photos/a.png')]


def test_a_second_run_replaces_the_first(tool: ModuleType, place: Path) -> None:
    tool.main([*START, 'phone.jpg', '--out', 'out', '--min-score', '0'])
    tool.main([*START, 'phone.jpg', '--out', 'out', '--min-score', '0.6'])
    names = ['00.png', '00_rgba.png', 'mattes.json', 'overlay.png']
    assert sorted(path.name for path in (place / 'out' / 'phone').iterdir()) == names
