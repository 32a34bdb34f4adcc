"""Testing as a user starts it: scores, files, and foreign checkpoints."""

import json
import pickle

import cv2
import pytest
import safetensors.torch
import torch

from sosmatting.checkpoints import read_checkpoint
from tests.engine.tiny import assert_one_line_error, in_process, tool, write_config


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    config = write_config(folder, iterations=2, interval=2)
    done = tool('train.py', config, '--work-dir', folder / 'w')
    assert done.returncode == 0, done.stderr[-3000:]
    return config, folder / 'w/iter_2.pth'


def test_scores_and_mattes(trained, tmp_path):
    config, weights = trained
    done = in_process(
        'test.py', config, weights, '--work-dir', tmp_path, '--out-dir', tmp_path / 'out'
    )
    assert done.returncode == 0, done.stderr[-3000:]
    scores = json.loads((tmp_path / 'scores.json').read_text())
    assert scores['images'] == 4 and scores['instances'] == 8
    assert {'SAD', 'MAD', 'MSE', 'Grad', 'Conn'} <= set(scores['per_instance'])
    assert 'mask_AP' in scores and 'soft_AP' in done.stdout
    for n in range(4):
        folder = tmp_path / 'out' / f'photo_{n}'
        mattes = sorted(folder.glob('[0-9][0-9].png'))
        assert len(mattes) == 5
        assert cv2.imread(str(mattes[0]), cv2.IMREAD_UNCHANGED).shape == (48, 64)
        assert (folder / 'overlay.png').is_file()


def test_safetensors_and_bare_weights_score_the_same(trained, tmp_path):
    config, weights = trained
    state = read_checkpoint(weights)['state_dict']
    packed = {key: value.contiguous() for key, value in state.items()}
    safetensors.torch.save_file(packed, tmp_path / 'w.safetensors')
    torch.save(state, tmp_path / 'bare.pth')
    texts = []
    for k, file in enumerate([weights, tmp_path / 'w.safetensors', tmp_path / 'bare.pth']):
        json_file = tmp_path / f'{k}.json'
        done = in_process(
            'test.py', config, file, '--work-dir', tmp_path / 't', '--json', json_file
        )
        assert done.returncode == 0, done.stderr[-3000:]
        texts.append(json_file.read_text())
    assert texts[0] == texts[1] == texts[2]


def test_report(trained, tmp_path):
    config, weights = trained
    done = tool('test.py', config, weights, '--work-dir', tmp_path, '--report', tmp_path / 'r')
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / 'r/index.html').read_text()
    for words in ('Per category', 'Precision and recall', 'The 8 worst instances', 'photo_0'):
        assert words in page
    assert page.count('alt="image" src="data:image/jpeg') == page.count('class="case"') >= 8
    assert 'per category' in done.stdout
    assert json.loads((tmp_path / 'scores.json').read_text())['per_image'][0]['image'] == 'photo_0'


class Trap:
    def __reduce__(self):
        return (open, ('trapped', 'w'))


def broken(kind, folder, weights):
    path = folder / f'{kind}.pth'
    if kind == 'missing':
        return path
    if kind == 'cut':
        path.write_bytes(weights.read_bytes()[:5000])
    elif kind == 'text':
        path.write_text('not a checkpoint')
    elif kind == 'code':
        torch.save(dict(state_dict={}, trap=Trap()), path)
    elif kind == 'pickle':
        path.write_bytes(pickle.dumps(Trap()))
    elif kind == 'other':
        torch.save(torch.nn.Linear(3, 3).state_dict(), path)
    return path


@pytest.mark.parametrize('kind', ['missing', 'cut', 'text', 'code', 'pickle', 'other'])
def test_bad_checkpoints(trained, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    config, weights = trained
    path = broken(kind, tmp_path, weights)
    done = in_process('test.py', config, path, '--work-dir', tmp_path / 't')
    assert_one_line_error(done, f'{kind}.pth')
    assert not (tmp_path / 'trapped').exists()
    assert not (tmp_path / 't/scores.json').exists()
