"""The tool on tiny scenes: a perfect truth, and every other line below it."""

import json

from tests.engine.tiny import assert_one_line_error, in_process, write_config


def test_the_truth_is_perfect_and_its_faults_are_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    faults = ['none', 'hard', 'half-size', 'pixel-off']
    config = write_config(tmp_path)
    done = in_process('score_truth.py', config, '--faults', *faults, '--out', tmp_path / 'out')
    assert done.returncode == 0, done.stderr[-3000:]
    assert '[4/4]' in done.stderr and '4 scenes' in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith('| ')]
    assert [row[1] for row in rows] == ['truth', '---', *faults]
    assert rows[2][3] == '100.00' and all(float(row[3]) < 100 for row in rows[3:])
    sheet = json.loads((tmp_path / 'out/hard.json').read_text())
    assert sheet['images'] == 4
    assert f'{sheet["imq"]["0.5"]["MQ_MAD"]:.2f}' == rows[3][5]


def test_a_few_scenes_are_enough(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    done = in_process('score_truth.py', write_config(tmp_path), '--faults', 'none', '--count', '2')
    assert done.returncode == 0 and '2 scenes' in done.stdout


def test_what_is_wrong_is_named(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    config = write_config(tmp_path)
    done = in_process('score_truth.py', config, '--faults', 'magic')
    assert_one_line_error(done, "'magic'", 'use one of')
    done = in_process('score_truth.py', config, '--count', '0')
    assert_one_line_error(done, '--count 0')
    (tmp_path / 'file').write_text('kept')
    done = in_process('score_truth.py', config, '--out', tmp_path / 'file')
    assert_one_line_error(done, 'is a file', 'name a folder')
    done = in_process('score_truth.py', 'trimap/gca')
    assert_one_line_error(done, 'solves trimaps')


def test_other_metrics_show_what_they_have(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    given = ['--faults', 'hard', '--count', '1', '--cfg-options']
    for option, shown in (
        ('test_evaluator.type=ErrorPlaceMetric', '| truth | matched | error | contour |'),
        ('test_evaluator.parts=("soft_ap",)', '| truth | soft_AP |'),
    ):
        done = in_process('score_truth.py', write_config(tmp_path), *given, option)
        assert done.returncode == 0, done.stderr[-3000:]
        assert shown in done.stdout
