import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import run
from sosmatting.export import FORMATS
from sosmatting.visualization.feed_sheet import BAR, GAP
from tests.tools.loading import TOOLS, load_tool


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return load_tool('show_formats')


def test_every_format_is_written_read_and_shown(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, kept = tmp_path / 'a.jpg', tmp_path / 'kept'
    options = ['--size', '192', '--width', '100', '--keep', str(kept)]
    assert run(lambda: tool.main(['--out', str(out), *options])) == 0
    mattes = tool.scene_mattes(1, 192)
    count = len(mattes)
    assert capsys.readouterr().out == f'{out}: {count} mattes in {3 * count + 7} files\n'
    assert np.array_equal(np.asarray(Image.open(kept / 'scene_1.png')), mattes.image)
    kept = kept / 'scene_1'
    assert len(list(kept.iterdir())) == 3 * count + 7
    views = sys.modules['galleries.formats'].VIEWS
    assert [title.split(':')[0] for title in views] == list(FORMATS)
    height = round(mattes.image.shape[0] * 100 / mattes.image.shape[1])
    with Image.open(out) as image:
        assert image.size == (3 * (100 + GAP), 3 * (height + BAR + GAP))
    # What the readers see, against what is known.
    unit = mattes.alphas / 65535
    total = np.minimum(unit.sum(0), 1)[..., None]
    composite = views['composite'](kept)
    assert np.abs(composite - (total * mattes.image + (1 - total) * tool.TEAL)).max() <= 1
    crypto = views['cryptomatte: ids and coverage'](kept)
    assert (crypto.any(-1) != (unit.max(0) > 0.01)).mean() < 0.01
    photo = views['exr: photo and layers, linear light'](kept)
    assert np.abs(photo[:20, :20].astype(int)).mean() > 5, 'the photo comes first'


@pytest.mark.parametrize('option', ['--scene', '--size', '--width'])
def test_wrong_numbers_are_one_line(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert run(lambda: tool.main(['--out', str(tmp_path / 'a.jpg'), option, '-3'])) == 2
    assert capsys.readouterr().err.startswith(f'error: {option} -3: give')
    assert not list(tmp_path.iterdir())
