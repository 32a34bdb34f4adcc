"""``sosmatting evaluate`` as its user meets it: status, text, files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from sosmatting.cli import main
from tests.evaluation.folder_sets import A, B, two_images, write


def command(*options: object) -> int:
    return main(['evaluate', *map(str, options)])


def test_table_json_csv_and_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth, pred = two_images(tmp_path)
    write(pred, {'a/01.png': np.roll(B, 2, 1), 'zzz/00.png': A})
    (pred / 'b/00.png').unlink()
    out = tmp_path / 'out'
    files = ('--json', out / 's.json', '--report', out / 'page')
    assert command('--pred', pred, '--gt', truth, '--protocol', 'instance', *files) == 0
    printed = capsys.readouterr().out
    for words in ('SAD', 'IMQ_Grad', 'soft_AP', 'per size', 'x 1000', 'protocol instance'):
        assert words in printed
    assert '1 images without a prediction (counted as missed): b' in printed
    assert '1 files and folders without a place (not scored): zzz' in printed
    sheet = json.loads((out / 's.json').read_text())
    keys = {'images', 'instances', 'predictions', 'imq', 'soft_AP', 'soft_AP50', 'soft_AP75'}
    keys |= {'mask_AP', 'mask_AP50', 'per_instance', 'settings', 'breakdowns', 'per_image', 'files'}
    assert set(sheet) == keys
    assert set(sheet['breakdowns']) == {'size', 'unknown'}
    rows = list(csv.DictReader((out / 's.csv').open()))
    assert [(row['image'], row['instance'], row['prediction']) for row in rows] == [
        ('a', '00.png', '00.png'),
        ('a', '01.png', '01.png'),
        ('b', '00.png', ''),
    ]
    mean = sum(float(row['SAD']) for row in rows) / 3
    assert mean == pytest.approx(sheet['per_instance']['SAD'])
    assert float(rows[0]['iou']) == 1 and float(rows[2]['iou']) == 0
    assert (out / 'page/index.html').is_file()
    assert sorted(path.name for path in out.iterdir()) == ['page', 's.csv', 's.json']


def test_nothing_is_written_that_was_not_asked_for(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    before = sorted(tmp_path.rglob('*'))
    assert command('--pred', pred, '--gt', truth) == 0
    assert sorted(tmp_path.rglob('*')) == before


def wrong_size(pred: Path) -> str:
    write(pred, {'b/00.png': B[:, 1:]})
    return 'b/00.png'


def three_channels(pred: Path) -> str:
    write(pred, {'b/00.png': np.stack([B] * 3, -1)})
    return 'b/00.png'


def same_number(pred: Path) -> str:
    write(pred, {'b/0.png': B})
    return 'b/00.png'


def score_nan(pred: Path) -> str:
    (pred / 'b/scores.json').write_text('[NaN]')
    return 'b/scores.json'


def score_out_of_range(pred: Path) -> str:
    (pred / 'b/scores.json').write_text('{"00.png": 93}')
    return 'b/scores.json'


def cut_off(pred: Path) -> str:
    whole = (pred / 'b/00.png').read_bytes()
    (pred / 'b/00.png').write_bytes(whole[:30])
    return 'b/00.png'


def empty(pred: Path) -> str:
    for path in pred.rglob('*.png'):
        path.unlink()
    return 'pred'


@pytest.mark.parametrize(
    'spoil',
    [wrong_size, three_channels, same_number, score_nan, score_out_of_range, cut_off, empty],
)
def test_bad_input_is_one_line_status_2_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: object
) -> None:
    truth, pred = two_images(tmp_path)
    name = spoil(pred)  # type: ignore[operator]
    out = tmp_path / 'out'
    options = ('--json', out / 's.json', '--report', out / 'page')
    assert command('--pred', pred, '--gt', truth, *options) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1 and name in error
    assert not out.exists()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--protocol', 'nonsense'], '--protocol nonsense'),
        (['--protocol', 'dim'], '--trimap DIR'),
        (['--json', 'scores.csv'], 'scores.csv'),
    ],
)
def test_bad_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    truth, pred = two_images(tmp_path)
    assert command('--pred', pred, '--gt', truth, *options) == 2
    error = capsys.readouterr().err
    assert words in error and error.count('\n') == 1


@pytest.mark.parametrize(
    ('option', 'place', 'words'),
    [
        ('--json', 'file/scores/a.json', 'file/scores: cannot be written'),
        ('--report', 'file', 'file: is a file; name a folder'),
    ],
)
def test_where_to_write_is_tried_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, place: str, words: str
) -> None:
    (tmp_path / 'file').write_bytes(b'')
    gone = tmp_path / 'gone'
    assert command('--pred', gone, '--gt', gone, option, tmp_path / place) == 2
    error = capsys.readouterr().err
    assert words in error and error.count('\n') == 1


def test_wrong_json_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, pred = two_images(tmp_path)
    (tmp_path / 'gt.json').write_text('[1, 2')
    assert command('--pred', pred, '--gt', tmp_path / 'gt.json') == 2
    assert 'gt.json: not readable as JSON' in capsys.readouterr().err
