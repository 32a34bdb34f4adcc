"""Confidences side by side, one prediction of each photo; the scores by hand."""

import json
import shutil

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.structures import InstanceData

from sosmatting.engine.launch import load_config
from sosmatting.models.soso import SOSO
from tests.engine.tiny import assert_one_line_error, in_process, write_config

CONFIDENCES = (0, 0.5, 0.9)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp('confidences')
    config = write_config(folder, iterations=1, interval=1)
    built = load_config(str(config))
    built.model.backbone.init_cfg = None
    torch.save(MODELS.build(built.model).state_dict(), folder / 'drawn.pth')
    return folder


@pytest.fixture
def seen(monkeypatch):
    """Let the network know the truth: its first instance at 0.3, its second at 0.6."""
    photos = []

    def predict(self, inputs, samples, rescale=True):
        for sample in samples:
            photos.append(sample.img_path)
            alphas = torch.as_tensor(sample.gt_instances.masks.alphas)
            assert len(alphas) == 2
            sample.pred_instances = InstanceData(
                alphas=alphas, scores=torch.tensor([0.3, 0.6]), labels=sample.gt_instances.labels
            )
        return samples

    monkeypatch.setattr(SOSO, 'predict', predict)
    return photos


def chosen(made, *more):
    return in_process(
        'choose_confidence.py', made / 'tiny.py', made / 'drawn.pth', *more,
        '--work-dir', made / 'w', '--json', made / 'chosen.json',
        '--from', *CONFIDENCES, CONFIDENCES[0],  # one of them twice
    )  # fmt: skip


def test_scores_by_hand_with_one_prediction_a_photo(made, seen):
    done = chosen(made)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(seen) == len(set(seen)) == 4
    rows = json.loads((made / 'chosen.json').read_text())[str(made / 'tiny.py')]
    # RQ = TP / (TP + FP / 2 + FN / 2): all 8; 4 of 8 and none wrong; none.
    expected = {'0.0': (100, 100, 100), '0.5': (200 / 3, 100, 200 / 3), '0.9': (0, 0, 0)}
    names = ('IMQ_MAD_50', 'MQ_MAD_50', 'RQ_50')
    assert {value: tuple(row[name] for name in names) for value, row in rows.items()} == {
        value: pytest.approx(scores) for value, scores in expected.items()
    }
    assert f'| {made / "tiny.py"} | 0.5 | 66.67 | 100 | 66.67 |' in done.stdout


def test_sets_are_folders_with_a_split(made, seen):
    other = made / 'other'
    shutil.copytree(made / 'data/sofi200', other)
    done = chosen(made, made / 'data/sofi200', other, '--split', 'test')
    assert done.returncode == 0, done.stderr[-2000:]
    by_set = json.loads((made / 'chosen.json').read_text())
    assert list(by_set) == [str(made / 'data/sofi200'), str(other)]
    assert by_set[str(other)] == by_set[str(made / 'data/sofi200')]
    assert sum(path.startswith(str(other)) for path in seen) == 4


def test_bad_arguments(made):
    assert_one_line_error(chosen(made, made / 'nowhere'), 'nowhere')
    done = in_process('choose_confidence.py', made / 'tiny.py', made / 'drawn.pth', '--from', 2)
    assert_one_line_error(done, '--from 2')
    done = in_process('choose_confidence.py', 'trimap/gca_mini', made / 'drawn.pth')
    assert_one_line_error(done, 'solves given trimaps')
