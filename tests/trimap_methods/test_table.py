"""The table of methods: scores by hand, means, and the published layout."""

import json

import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.trimap_methods.lookup import fingerprint_of
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
    assert [row['name'] for row in rows] == ['GT02', 'GT02']
    assert all(row['scores']['SAD'] < 0.05 for row in rows)


def test_rows_that_are_there_stay(root, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    file = tmp_path / 'rows.json'
    arguments = ['compare_trimap.py', root, '--methods', 'bayesian', '--json', file]
    assert in_process(*arguments, '--photos', 'GT02').returncode == 0
    content = json.loads(file.read_text())
    content['rows'][0]['scores']['SAD'] = 77.0  # so that it can be seen again
    file.write_text(json.dumps(content))
    done = in_process(*arguments)
    assert done.returncode == 0, done.stderr
    assert (
        '2 of 4 rows are in' in done.stdout and '| GT02 | Trimap1 | bayesian | 77.00' in done.stdout
    )
    assert done.stdout.count('[') == 2, 'a line for each row that was missing'
    rows = json.loads(file.read_text())['rows']
    assert {(row['name'], row['trimap_set']) for row in rows} == {
        (name, trimap) for name in ('GT01', 'GT02') for trimap in ('Trimap1', 'Trimap2')
    }
    shown = done.stdout.splitlines()
    assert 'means over 2 photos' in shown
    assert shown[-3].startswith('| method | SAD Trimap1 | MSE Trimap1')
    sad = np.mean([r['scores']['SAD'] for r in rows if r['trimap_set'] == 'Trimap1'])
    assert shown[-1].startswith(f'| `bayesian` | {sad:.2f} |')
    assert_one_line_error(in_process(*arguments, '--config', 'gca=x'), 'gca has no --checkpoint')
    for content in ('{"rows": [{"method": "x"}]}', '[]'):
        file.write_text(content)
        assert_one_line_error(in_process(*arguments), 'rows.json: no rows of this tool')
    file.write_text(json.dumps({'rows': [rows[0] | {'scores': {'SAD': 1}}]}))
    assert_one_line_error(in_process(*arguments), 'its rows have other scores')


def test_networks_of_one_name_are_told_apart():
    rows = [Row('gca', 'a', 'x', {}, 1, weights) for weights in ('', 'f00', 'ba5')]
    assert len({row.key for row in rows}) == 3

    def method(image, trimap):
        return trimap / 255

    assert fingerprint_of(method) == ''
    method.fingerprint = 'f00'
    assert fingerprint_of(method) == 'f00'


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
