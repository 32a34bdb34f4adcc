"""The console command: what it prints, what it returns, and how little it imports."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sosmatting import __version__, doctor
from sosmatting.cli import main

ROOT = Path(__file__).resolve().parents[1]


def in_fresh_python(code: str) -> subprocess.CompletedProcess:
    """Run a program that has imported nothing yet."""
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def test_help_imports_nothing_heavy() -> None:
    code = (
        'import sys\n'
        'from sosmatting.cli import main\n'
        'try:\n'
        '    main(["--help"])\n'
        'finally:\n'
        '    heavy = {"torch", "mmengine", "mmcv", "mmdet", "cv2"} & set(sys.modules)\n'
        '    print("heavy:", sorted(heavy))\n'
    )
    done = in_fresh_python(code)
    assert 'doctor' in done.stdout and 'configs' in done.stdout
    assert done.stdout.splitlines()[-1] == 'heavy: []'


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(['--version'])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f'sosmatting {__version__}\n'


@pytest.mark.parametrize('argv', [[], ['nonsense'], ['doctor', '--nonsense']])
def test_wrong_arguments_exit_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert 'usage:' in capsys.readouterr().err


def test_configs_lists_what_is_in_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['configs']) == 0
    there = [
        path.relative_to(ROOT / 'configs').with_suffix('').as_posix()
        for path in (ROOT / 'configs').rglob('*.py')
        if path.parent.name != '_base_'
    ]
    assert capsys.readouterr().out.split() == sorted(there)


class FakeMatter:
    """Stand in for the real one: it answers with one matte of the photo's size."""

    def __init__(self, config: str, checkpoint: str | None, device: str = 'auto') -> None:
        assert Path(config).is_file()
        assert checkpoint is None

    def __call__(self, photo: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(alphas=np.zeros((1, *photo.shape[:2]), np.uint8))


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, 'sosmatting.apis', SimpleNamespace(Matter=FakeMatter))
    monkeypatch.setattr(doctor, 'find_config', lambda name: ROOT / 'setup.py')
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures('healthy')
def test_doctor_on_a_healthy_installation(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path('data/coco/annotations')
    folder.mkdir(parents=True)
    (folder / 'instances_val2017.json').write_text(json.dumps({}))
    assert main(['doctor']) == 0
    report = capsys.readouterr().out
    for module in ('torch', 'torchvision', 'mmengine', 'mmcv', 'mmdet', 'numpy', 'cv2'):
        assert f'ok    {module} {sys.modules[module].__version__}\n' in report
    assert 'data/coco: annotations/instances_val2017.json' in report
    assert 'data/sofi200: no annotations here' in report
    assert 'forward pass' in report
    assert report.endswith('all is well\n')


@pytest.mark.usefixtures('healthy')
def test_doctor_names_a_missing_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(doctor.PACKAGES, 'a_package_that_is_not_there', ('that-package',))
    assert main(['doctor']) == 1
    report = capsys.readouterr().out
    assert 'FAULT a_package_that_is_not_there' in report
    assert '-> pip install that-package' in report
    assert report.endswith('1 to repair\n')


@pytest.mark.usefixtures('healthy')
def test_doctor_names_an_untested_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        'importlib.metadata.requires', lambda name: ['numpy>=1.0,<1.1', "ruff; extra == 'dev'"]
    )
    assert main(['doctor']) == 1
    report = capsys.readouterr().out
    assert f'FAULT numpy {np.__version__}: tested with <1.1,>=1.0' in report
    assert "-> pip install 'numpy<1.1,>=1.0'" in report


@pytest.mark.usefixtures('healthy')
def test_doctor_names_a_failing_forward_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: FakeMatter, photo: np.ndarray) -> None:
        raise RuntimeError('out of order')

    monkeypatch.setattr(FakeMatter, '__call__', fail)
    assert main(['doctor']) == 1
    fault = 'FAULT forward pass of soso_mini_twice: RuntimeError: out of order'
    assert fault in capsys.readouterr().out


def test_sample_is_drawn_wherever_one_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(['sample', '--train', '2', '--test', '1']) == 0
    assert (tmp_path / 'data/sample/sofi200/annotations/test.json').is_file()
    assert 'complete' in capsys.readouterr().out
    assert main(['sample', '--train', '2', '--test', '1']) == 0
    assert 'already complete' in capsys.readouterr().out


def test_the_package_offers_its_names_without_loading_them() -> None:
    code = (
        'import sys, sosmatting\n'
        'from sosmatting import InputError\n'
        'print(sorted({"torch", "mmengine", "numpy"} & set(sys.modules)))\n'
        'try:\n'
        '    sosmatting.nonsense\n'
        'except AttributeError as error:\n'
        '    print(error)\n'
    )
    done = in_fresh_python(code)
    assert done.stdout.splitlines() == [
        '[]', "module 'sosmatting' has no attribute 'nonsense'",
    ], done.stderr  # fmt: skip


def test_every_public_name_is_there() -> None:
    import sosmatting

    for name in sosmatting.__all__:
        assert getattr(sosmatting, name) is not None
    assert set(sosmatting.LAZY) | {'__version__'} == set(sosmatting.__all__)
