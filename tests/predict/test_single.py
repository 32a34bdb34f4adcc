"""One photo into one file, and through pipes."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from sosmatting.cli import main
from tests.predict.fake_matter import stand_in


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    stand_in(monkeypatch, tmp_path)
    Image.new('RGB', (30, 20), (10, 110, 210)).save(tmp_path / 'a.png')
    return tmp_path


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the photo come through stdin."""
    content = io.BytesIO(Path('a.png').read_bytes())
    monkeypatch.setattr('sys.stdin', SimpleNamespace(buffer=content))


def test_a_file_in_a_file_out() -> None:
    assert main(['predict', 'a.png', '-o', 'sub/cut.png']) == 0
    assert sorted(path.name for path in Path('sub').iterdir()) == ['cut.png']
    with Image.open('sub/cut.png') as cut:
        assert cut.mode == 'RGBA' and cut.size == (30, 20)
        # 77 + 200 on the left: together more than opaque; 77 alone on the right.
        assert cut.getpixel((0, 0)) == (10, 110, 210, 255)
        assert cut.getpixel((29, 0)) == (10, 110, 210, 77)


@pytest.mark.usefixtures('pipe')
def test_stdin_to_stdout_is_the_picture_alone(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(['predict', '-', '-o', '-', '--classes', 'dog']) == 0
    with Image.open(io.BytesIO(capsysbinary.readouterr().out)) as cut:
        assert np.asarray(cut)[0, [0, 29], 3].tolist() == [200, 0]


@pytest.mark.usefixtures('pipe')
def test_stdin_into_a_folder() -> None:
    assert main(['predict', '-', '-o', 'out', '--format', 'alpha8']) == 0
    assert sorted(path.name for path in Path('out/stdin').iterdir()) == [
        '00.png', '01.png', 'mattes.json',
    ]  # fmt: skip


def test_other_formats_by_name_and_by_suffix(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(['predict', 'a.png', '-o', 'a.json']) == 0
    told = json.loads(Path('a.json').read_text())
    assert told['images'][0]['file_name'] == 'a.png'
    assert len(told['annotations']) == 2 and len(told['annotations'][0]['alpha']) > 50
    capsysbinary.readouterr()
    assert main(['predict', 'a.png', '-o', '-', '--format', 'alpha8', '--max-instances', '1']) == 0
    with Image.open(io.BytesIO(capsysbinary.readouterr().out)) as alpha:
        assert alpha.mode == 'L' and alpha.getpixel((3, 3)) == 77


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['a.png', '-o', 'x.png', '--format', 'alpha8'], 'a file per object, and this photo has 2'),
        (['gone.png', '-o', 'x.png'], 'gone.png: no such file'),
        (['a.png', '-o', 'a.png/x.png'], 'a.png: is a file; name a folder'),
        (['a.png', '-o', 'x.png', '--point', '99,0'], 'point 99,0: lies outside'),
    ],
)
def test_what_cannot_be_one_file(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['predict', *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not Path('x.png').exists()


def test_an_empty_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr('sys.stdin', SimpleNamespace(buffer=io.BytesIO()))
    assert main(['predict', '-', '-o', 'x.png']) == 2
    assert 'stdin: not readable as a picture (it is empty' in capsys.readouterr().err
