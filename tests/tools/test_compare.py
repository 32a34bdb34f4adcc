"""The comparison as its user starts it."""

import json
import subprocess
import sys
from pathlib import Path

from sosmatting.cli import main
from tests.evaluation.folder_sets import A, B, two_images, write

ROOT = Path(__file__).resolve().parents[2]


def tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / 'tools/compare.py'), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_two_runs(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    other = write(tmp_path / 'other', {'a/00.png': A // 2, 'a/01.png': B, 'b/00.png': B // 2})
    files = []
    for k, folder in enumerate((pred, other)):
        files.append(tmp_path / f'{k}.json')
        options = ['--pred', str(folder), '--gt', str(truth), '--json', str(files[-1])]
        assert main(['evaluate', *options]) == 0
    out = tmp_path / 'compared.json'
    done = tool(*files, '--resamples', '50', '--seed', '3', '--json', out)
    assert done.returncode == 0, done.stderr
    assert 'B - A' in done.stdout and '2 images; 95 % intervals from 50 paired' in done.stdout
    sad = json.loads(out.read_text())['scores']['SAD']
    assert sad[0]['value'] == 0 and sad[1]['difference'] == sad[1]['value'] > 0
    assert sad[1]['clear'] is True
    done = tool(*files, '--over', 'cutouts')
    assert done.returncode == 2 and 'does not say which cut-outs' in done.stderr
    alone = tool(files[1], '--resamples', '50')
    assert alone.returncode == 0 and 'mask_AP50' in alone.stdout and 'B - A' not in alone.stdout


def test_wrong_files(tmp_path: Path) -> None:
    (tmp_path / 'x.json').write_text('{}')
    for arguments in ([tmp_path / 'x.json'], [tmp_path / 'x.json'] * 2, [tmp_path / 'no.json'] * 2):
        done = tool(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith('error: ') and done.stderr.count('\n') == 1
