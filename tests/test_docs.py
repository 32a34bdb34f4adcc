"""The examples of docs/predict.md run as they stand there."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.apis import Matter
from sosmatting.predict.arguments import FORMATS, _parser, parse, parse_serve

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / 'docs/predict.md').read_text()
PROGRAMS = re.findall(r'^```python\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
QUICK = [
    'model.mask_head.test_cfg.score_thr=0.005',
    'model.mask_head.test_cfg.filter_thr=0.0',
    'model.mask_head.test_cfg.max_per_img=3',
    'test_dataloader.dataset.pipeline.1.scale=(96,96)',
]


def commands() -> list[list[str]]:
    """Every shell command with one of ours in it, continued lines joined, from ours on."""
    lines = PAGE.replace('\\\n', ' ').splitlines()
    found = [
        line.strip().partition('sosmatting ')[2]
        for line in lines
        if re.match(r'    (cat|torchrun|sosmatting|  )', line) and 'sosmatting ' in line
    ]
    return [shlex.split(line.split(' > ')[0]) for line in found]


def test_the_commands_are_understood() -> None:
    assert len(commands()) >= 8
    for name, *arguments in commands():
        {'predict': parse, 'serve': parse_serve}[name](arguments)


def test_every_option_is_in_the_table() -> None:
    for action in _parser()._actions:
        for name in action.option_strings:
            assert f'`{name}' in PAGE or name in ('-h', '--help'), name
    for name in FORMATS:
        assert f'`{name}`' in PAGE


@pytest.mark.parametrize('number', range(len(PROGRAMS)))
def test_the_programs_run(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    Path('photos').mkdir()
    for name in ('photo.jpg', 'photos/a.jpg', 'photos/b.jpg'):
        Image.fromarray(rng.integers(0, 256, (60, 80, 3), np.uint8)).save(name)
    # A program named ffmpeg that gives two frames of what it was asked for.
    script = '#!/bin/sh\nhead -c $((160 * 120 * 3 * 2)) /dev/zero\n'
    Path('ffmpeg').write_text(script)
    Path('ffmpeg').chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=':')
    made = []

    def quick(device: str = 'auto') -> Matter:
        made.append(device)
        return Matter('soso_mini', 'random', 'cpu', options=QUICK)

    monkeypatch.setattr('sosmatting.apis.Matter', quick)
    exec(compile(PROGRAMS[number], f'docs/predict.md, program {number}', 'exec'), {})
    assert made == ['auto']
    written = {path.name for path in tmp_path.iterdir()}
    assert number != 0 or {'overlay.png', 'white.png', 'best.png', 'out'} <= written
    assert number != 4 or {'frame_00000.png', 'frame_00001.png'} <= written
