"""The tool on tiny scenes: its row ``alone`` is what tools/test.py says."""

import json

import pytest
import torch
from mmdet.registry import MODELS

import sosmatting.register  # noqa: F401
from sosmatting.engine.launch import load_config
from tests.engine.tiny import assert_one_line_error, in_process, write_config


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp('model')
    config = write_config(folder)
    torch.manual_seed(0)
    loaded = load_config(str(config))
    loaded.model.backbone.init_cfg = None
    torch.save(MODELS.build(loaded.model).state_dict(), folder / 'weights.pth')
    return config, folder / 'weights.pth'


def test_alone_is_what_the_test_tool_says(model, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    done = in_process('test.py', *model, '--work-dir', tmp_path / 't')
    assert done.returncode == 0, done.stderr[-3000:]
    options = ['--methods', 'none', 'bayesian', '--min-score', '0', '--work-dir', tmp_path / 'w']
    done = in_process('compare_refiners.py', *model, *options, '--out', tmp_path / 'out')
    assert done.returncode == 0, done.stderr[-3000:]
    alone = json.loads((tmp_path / 'out/alone.json').read_text())
    assert alone == json.loads((tmp_path / 't/scores.json').read_text())
    assert alone['images'] == 4 and '[4/4]' in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith('| ')]
    assert [row.split()[1] for row in rows] == ['mattes', 'alone', 'none', 'bayesian']
    assert f'{alone["per_instance"]["SAD"]:.2f}' in rows[1]
    assert (tmp_path / 'out/bayesian.json').is_file()


def test_what_is_wrong_is_named(model, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend('tools')
    work = ['--work-dir', tmp_path / 'w']
    done = in_process('compare_refiners.py', *model, *work, '--methods', 'magic')
    assert_one_line_error(done, "'magic'", 'use one of')
    done = in_process('compare_refiners.py', *model, *work, '--count', '0')
    assert_one_line_error(done, '--count 0')
    (tmp_path / 'file').write_text('')
    done = in_process('compare_refiners.py', *model, *work, '--out', tmp_path / 'file')
    assert_one_line_error(done, '--out', 'is a file; name a folder')
    done = in_process('compare_refiners.py', 'trimap/gca', model[1], *work, '--methods', 'none')
    assert_one_line_error(done, 'solves trimaps')
    done = in_process('compare_refiners.py', *model, *work, '--checkpoint', 'gca')
    assert_one_line_error(done, 'NETWORK=FILE')
