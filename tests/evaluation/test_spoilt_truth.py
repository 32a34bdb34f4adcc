"""Every fault against its definition, written another way; and what the spoilt truth scores."""

import copy

import numpy as np
import pytest
import torch
from mmdet.registry import METRICS
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from PIL import Image
from scipy import ndimage

import sosmatting.register  # noqa: F401
from sosmatting.evaluation.spoilt_truth import FAULTS, score_faults, spoilt
from sosmatting.exceptions import InputError
from sosmatting.structures import SoftMattes


def disc(hw=(41, 57), centre=(25, 20), radius=12, edge=3.0):
    y, x = np.mgrid[: hw[0], : hw[1]] + 0.5
    far = np.hypot(x - centre[0], y - centre[1])
    return (np.clip((radius + edge / 2 - far) / edge, 0, 1) * 255).round().astype(np.uint8)


def spoil(name, alpha, photo=None):
    photo = np.zeros((*alpha.shape, 3), np.uint8) if photo is None else photo
    before = alpha.copy()
    made = FAULTS[name](alpha, photo)
    assert np.array_equal(alpha, before)
    assert made.shape == alpha.shape and made.dtype == np.uint8
    return made.astype(float)


def test_masks_are_hard_and_their_edges_may_be_blurred():
    alpha = disc()
    mask = 255.0 * (alpha / 255 >= 0.5)
    assert np.array_equal(spoil('hard', alpha), mask)
    blurred = ndimage.gaussian_filter(mask, 0.7, mode='mirror', truncate=4)
    assert np.abs(spoil('hard-blurred', alpha) - blurred).max() <= 4


@pytest.mark.parametrize(('name', 'factor'), [('half-size', 2), ('quarter-size', 4)])
def test_smaller_ones_are_means_of_blocks(name, factor):
    alpha = disc()
    rows, columns = (-(-side // factor) for side in alpha.shape)
    extra = (0, rows * factor - alpha.shape[0]), (0, columns * factor - alpha.shape[1])
    whole = np.pad(alpha, extra, mode='edge').astype(np.float32)
    few = whole.reshape(rows, factor, columns, factor).mean((1, 3))
    size = columns * factor, rows * factor
    again = np.asarray(Image.fromarray(few).resize(size, Image.Resampling.BILINEAR))
    made = spoil(name, alpha)
    assert np.abs(made - again[: alpha.shape[0], : alpha.shape[1]]).max() <= 1.5
    assert np.abs(made - alpha).max() > 20


def test_moved_ones_are_off_by_so_much():
    alpha = disc()
    assert np.array_equal(spoil('pixel-off', alpha)[:, 1:], alpha[:, :-1])
    between = (alpha[:, 1:].astype(float) + alpha[:, :-1]) / 2
    assert np.abs(spoil('half-pixel-off', alpha)[:, 1:] - between).max() <= 1


def test_grown_ones_have_the_greatest_of_their_neighbours():
    alpha = disc()
    cross = ndimage.generate_binary_structure(2, 1)
    assert np.array_equal(
        spoil('grown', alpha), ndimage.grey_dilation(alpha, footprint=cross, mode='nearest')
    )


def test_closed_form_solves_what_is_half_transparent():
    alpha = disc(edge=6.0)
    share = alpha[..., None] / 255
    photo = (share * (220, 60, 40) + (1 - share) * (30, 90, 200)).round().astype(np.uint8)
    # Two plain colours: the alpha is linear in them, which closed-form matting finds exactly.
    for name in ('closed-form', 'closed-form-1', 'closed-form-3'):
        assert np.abs(spoil(name, alpha, photo) - alpha).max() < 8
    # On a photo that shows nothing it cannot know better than a smooth transition; what is sure
    # stays.
    blind = spoil('closed-form-1', alpha, np.full_like(photo, 90))
    unknown = ndimage.binary_dilation((alpha > 0) & (alpha < 255))
    assert np.array_equal(blind[~unknown], alpha[~unknown])
    assert np.abs(blind - alpha).max() > 8


def test_what_has_nothing_sure_stays_unknown():
    thin = np.zeros((30, 30), np.uint8)
    thin[5:25, 14] = 140
    assert spoil('closed-form', thin).max() == 128
    assert np.array_equal(spoil('closed-form', thin) > 0, thin > 0)
    assert spoil('closed-form-3', np.zeros_like(thin)).max() == 0


def scene():
    alphas = np.stack([disc(), disc(centre=(45, 30), radius=6)])
    shape = alphas.shape[1:]
    sample = DetDataSample(metainfo=dict(img_id=3, img_path='a.png', ori_shape=shape))
    sample.gt_instances = InstanceData(
        masks=SoftMattes(alphas, *shape), labels=torch.tensor([1, 0])
    )
    return sample, np.zeros((*shape, 3), np.uint8)


def test_the_truth_is_predicted_with_its_labels():
    sample, photo = scene()
    before = copy.deepcopy(sample.gt_instances.masks.to_tensor(torch.uint8, 'cpu'))
    found = spoilt(sample, photo, 'pixel-off').pred_instances
    assert found.labels.tolist() == [1, 0] and found.scores.tolist() == [1, 1]
    assert torch.equal(found.alphas[:, :, 1:], before[:, :, :-1])
    assert 'pred_instances' not in sample
    assert torch.equal(sample.gt_instances.masks.to_tensor(torch.uint8, 'cpu'), before)


def metric():
    made = METRICS.build(dict(type='InstanceMattingMetric'))
    made.dataset_meta = {'classes': ('one', 'other')}
    return made


def test_faults_cost_what_they_are():
    sample, photo = scene()
    seen = []
    scores = score_faults(
        [(sample, photo)], {name: metric() for name in ('none', 'pixel-off')}, seen.append
    )
    assert seen == [1]
    assert scores['none']['IMQ_MAD_50'] == pytest.approx(100)
    assert scores['none']['soft_AP'] == pytest.approx(100)
    assert scores['none']['SAD'] == 0
    qualities = []
    for alpha in sample.gt_instances.masks.to_tensor(torch.uint8, 'cpu').numpy().astype(float):
        moved = np.zeros_like(alpha)
        moved[:, 1:] = alpha[:, :-1]
        union = ((moved > 0) | (alpha > 0)).sum() + 1
        qualities.append(max(0, 1 - 10 * np.abs(moved - alpha).sum() / 255 / union))
    assert scores['pixel-off']['MQ_MAD_50'] == pytest.approx(100 * np.mean(qualities), abs=0.01)
    assert scores['pixel-off']['RQ_50'] == 100


def test_unknown_faults_are_named():
    with pytest.raises(InputError, match=r"fault 'magic': use one of none, hard"):
        score_faults([scene()], {'magic': metric()})
