from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from sosmatting.exceptions import run
from sosmatting.export import SaveOptions, save
from tests.export.matte_cases import soft_mattes
from tests.tools.loading import load_tool


@pytest.fixture
def tool() -> ModuleType:
    return load_tool('figure')


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos and what an export wrote of them, one of it cropped."""
    monkeypatch.chdir(tmp_path)
    mattes = soft_mattes(np.uint16)
    for name, crop in (('one', False), ('two', True)):
        Image.fromarray(mattes.image).save(f'{name}.png')
        save(mattes, tmp_path / 'out' / name, ['alpha16', 'psd'], SaveOptions(crop=crop))
    return tmp_path


def test_a_figure_of_what_was_exported(
    tool: ModuleType, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ['one.png', 'two.png', '--mattes', 'out', '--out', 'a.pdf', '--titles']
    assert run(lambda: tool.main([*arguments, '--width', '3.3', '--dpi', '90'])) == 0
    assert capsys.readouterr().out == 'a.pdf: 2 photos\n'
    page = PdfReader('a.pdf').pages[0]
    text = page.extract_text()
    assert text.count('person 0.90') == text.count('dog 0.85') == text.count('person 0.80') == 2
    assert 'one' in text and 'two' in text and len(page.images) == 6
    options = ['--min-score', '0.82', '--max-instances', '1', '--columns', 'mattes', '--white']
    tool.main(['one.png', '--mattes', 'out', '--out', 'b.pdf', *options])
    page = PdfReader('b.pdf').pages[0]
    assert page.extract_text().count('0.') == 1 and len(page.images) == 1
    tool.main(['one.png', '--mattes', 'out', '--out', 'c.pdf', '--no-names'])
    assert '0.' not in PdfReader('c.pdf').pages[0].extract_text()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['none.png', '--out', 'a.pdf'], 'error: none.png: no such file'),
        (['one.png', '--out', 'a.gif'], 'error: a.gif: figures are .pdf or .png'),
        (['one.png', '--out', 'a.pdf', '--columns', 'x'], "error: column 'x': is unknown"),
        (['one.png', '--out', 'a.pdf', '--max-instances', '0'], 'error: --max-instances 0: give'),
        (['other.png', '--out', 'a.pdf'], 'error: out/other/mattes.json: no such file; name a fo'),
    ],
)
def test_wrong_input_is_one_line_and_status_2(
    tool: ModuleType,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    (place / 'other.png').write_bytes((place / 'one.png').read_bytes())
    assert run(lambda: tool.main([*arguments, '--mattes', 'out'])) == 2
    error = capsys.readouterr().err
    assert error.startswith(message) and error.count('\n') == 1
    assert not list(place.glob('a.*'))
