"""A model's mattes alone and refined, scored by the metric of the tests."""

import copy

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import METRICS
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

import sosmatting.register  # noqa: F401
from sosmatting.structures import SoftMattes
from sosmatting.trimap_methods.refiner import Refiner
from sosmatting.trimap_methods.scenes import ALONE, Contender, scene_lines, score_scenes
from tests.trimap_methods.test_refiner import scene


@pytest.fixture
def sample(tmp_path):
    """Hard discs as the prediction, soft ones as the truth; the third has a low score."""
    image, alphas, true = scene()
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), np.ascontiguousarray(image[..., ::-1]))
    shape = image.shape[:2]
    made = DetDataSample(
        metainfo=dict(img_id=0, img_path=str(path), ori_shape=shape, img_shape=shape)
    )
    made.pred_instances = InstanceData(
        alphas=torch.from_numpy(alphas), scores=torch.tensor([0.9, 0.8, 0.2]),
        labels=torch.tensor([0, 0, 0]), bboxes=torch.zeros(3, 4), areas=torch.zeros(3),
    )  # fmt: skip
    truth = SoftMattes(np.round(true * 255).astype(np.uint8), *shape)
    made.gt_instances = InstanceData(masks=truth, labels=torch.tensor([0, 0, 0]))
    return made, alphas, true


def contenders(**refiners):
    made = {}
    for name, refiner in {ALONE: None, **refiners}.items():
        metric = METRICS.build(dict(type='InstanceMattingMetric', min_score=0.0))
        metric.dataset_meta = {'classes': ('thing',)}
        made[name] = Contender(refiner, metric)
    return made


@pytest.mark.parametrize('bits', [8, 16])
def test_each_is_scored_on_its_own_mattes(sample, bits):
    one, alphas, true = sample
    if bits == 16:
        one.pred_instances.alphas = torch.from_numpy(alphas.astype(np.int32) * 257)
    before = copy.deepcopy(one.pred_instances.alphas)
    taken = contenders(none=Refiner('none'), bayesian=Refiner('bayesian'))
    seen = []
    scores = score_scenes([one], taken, 0.0, seen.append)
    assert torch.equal(one.pred_instances.alphas, before) and seen == [1]
    # MSE x 1000 over the whole image, mean over instances, by hand.
    image = scene()[0]
    stored = np.round(true * 255) / 255
    for name, mattes in (('alone', alphas), ('bayesian', Refiner('bayesian')(image, alphas))):
        expected = 1000 * ((mattes / 255 - stored) ** 2).mean((1, 2)).mean()
        assert scores[name]['MSE'] == pytest.approx(expected, rel=1e-3 if bits == 8 else 0.02)
    assert scores['bayesian']['MSE'] < scores['alone']['MSE']
    assert scores['bayesian']['IMQ_MAD_50'] > scores['alone']['IMQ_MAD_50']
    lines = scene_lines(scores, taken, 1)
    assert lines[0].startswith('| mattes | IMQ_MAD | MQ_MAD | RQ | soft_AP | SAD | MAD | MSE')
    assert lines[2].startswith('| alone |') and lines[2].endswith('|  |  |')
    assert lines[4].split('|')[-3].strip() == '0 of 3'


def test_only_what_a_user_would_see_is_refined(sample):
    one, alphas, _ = sample
    taken = contenders(none=Refiner('none'), half=Refiner('bayesian'))
    given = []

    class Keeps:
        def process(self, batch, samples):
            given.append(samples[0]['pred_instances']['alphas'].numpy())

        def evaluate(self, size):
            return {}

    taken['half'].metric = Keeps()
    score_scenes([one], taken, 0.5)
    assert np.array_equal(given[0][2], alphas[2]) and (given[0][:2] != alphas[:2]).any()
    assert taken['half'].mattes == 2


def test_a_scene_without_a_prediction(sample):
    one, _, _ = sample
    one.pred_instances = one.pred_instances[:0]
    scores = score_scenes([one], contenders(none=Refiner('none')), 0.3)
    assert scores['none']['MSE'] == scores['alone']['MSE'] > 0
