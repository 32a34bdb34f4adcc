"""The table of methods: scores by hand, means, and the published layout."""

import json

import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.trimap_methods.table import Row, cases, lines, means, score
from tests.datasets.trimap.test_photos import write_alphamatting
from tests.engine.tiny import assert_one_line_error, in_process
from tests.functional.test_classical import picture


@pytest.fixture
def root(tmp_path):
    return write_alphamatting(tmp_path)


def test_scores_of_the_unknown_band(root):
    listed = cases(root)
    assert [(each.picture.name, each.trimap_set) for each in listed] == [
        (name, trimap) for trimap in ('Trimap1', 'Trimap2') for name in ('GT01', 'GT02')
    ]
    _, trimap, truth = picture()
    stored, unknown = np.round(truth * 255) / 255, trimap == 128
    # Wrong in the known region too, which must not count.
    rows = list(score(listed[0], {'half': lambda i, t: np.full(t.shape, 0.5, np.float32)}))
    assert len(rows) == 1 and rows[0].method == 'half'
    off = np.abs(0.5 - stored[unknown])
    assert rows[0].scores['SAD'] == pytest.approx(off.sum() / 1000)
    assert rows[0].scores['MSE'] == pytest.approx((off**2).mean() * 1000)


def test_means_and_lines():
    scores = [dict(SAD=v, MSE=2 * v, Grad=0, Conn=0) for v in (1.0, 3.0, 7.0)]
    rows = [
        Row('m', n, t, s, v) for n, t, s, v in zip('aba', 'xxy', scores, (1, 2, 3), strict=True)
    ]
    averaged = means(rows)
    assert [(row.trimap_set, row.scores['SAD'], row.seconds) for row in averaged] == [
        ('x', 2.0, 1.5),
        ('y', 7.0, 3.0),
    ]
    assert lines(averaged)[2] == '| mean | x | m | 2.00 | 4.00 | 0.00 | 0.00 | 1.5 |'


def test_the_tool_prints_and_writes_the_table(root, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    done = in_process(
        'compare_trimap.py', root, '--methods', 'bayesian', '--photos', 'GT02',
        '--json', tmp_path / 'rows.json',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '| GT02 | Trimap1 | bayesian |' in done.stdout and '| mean |' in done.stdout
    rows = json.loads((tmp_path / 'rows.json').read_text())['rows']
    assert [row['name'] for row in rows] == ['GT02', 'GT02', 'mean', 'mean']
    assert all(row['scores']['SAD'] < 0.05 for row in rows)


def test_what_is_missing_is_named(root, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    assert_one_line_error(in_process('compare_trimap.py', tmp_path / 'no'), 'no such folder')
    done = in_process('compare_trimap.py', root, '--photos', 'GT99')
    assert_one_line_error(done, 'no photo GT99', 'GT01, GT02')
    (root / 'trimap_training_lowres/Trimap1/GT01.png').unlink()
    done = in_process('compare_trimap.py', root, '--methods', 'bayesian')
    assert_one_line_error(done, 'GT01.png: no trimap for this photo')
    (root / 'gt_training_lowres/GT02.png').unlink()
    with pytest.raises(InputError, match='expected its alpha gt_training_lowres/GT02'):
        cases(root)
