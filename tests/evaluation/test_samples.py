"""Fetching: one frame, one type, whatever the model and the data set give."""

from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures.mask import BitmapMasks

from sosmatting.evaluation.samples import cutouts_of, predicted, true
from sosmatting.exceptions import InputError


class StoredMattes:
    """What carries ground-truth mattes: only ``to_tensor`` is used of it."""

    def __init__(self, alphas: torch.Tensor) -> None:
        self.alphas = alphas

    def to_tensor(self, dtype: torch.dtype, device: Any) -> torch.Tensor:
        assert dtype == torch.uint8
        return self.alphas.to(device)


def sample(**fields: Any) -> dict[str, Any]:
    return {'ori_shape': (2, 3), 'img_id': 7, **fields}


def found(**fields: Any) -> dict[str, Any]:
    n = len(next(iter(fields.values())))
    return {'scores': torch.ones(n), 'labels': torch.zeros(n, dtype=torch.int64), **fields}


def test_alphas_as_they_are() -> None:
    alphas = torch.tensor([[[0, 1, 2], [4, 5, 255]]], dtype=torch.uint8)
    ours = predicted(sample(pred_instances=found(alphas=alphas)))
    assert torch.equal(ours.alphas, alphas)
    assert ours.labels.dtype == torch.int64 and ours.scores.dtype == torch.float64


def test_the_floor_cuts_faint_alphas() -> None:
    alphas = torch.tensor([[[0, 1, 4], [5, 6, 255]]], dtype=torch.uint8)
    ours = predicted(sample(pred_instances=found(alphas=alphas)), floor=5)
    assert ours.alphas.tolist() == [[[0, 0, 0], [5, 6, 255]]]
    assert alphas[0, 0, 1] == 1


def test_masks_and_floats_become_8_bit() -> None:
    masks = torch.tensor([[[True, False, False], [False, True, True]]])
    ours = predicted(sample(pred_instances=found(masks=masks)))
    assert torch.equal(ours.alphas, masks.to(torch.uint8) * 255)
    ours = predicted(sample(pred_instances=found(alphas=masks.float() * 0.5)))
    assert torch.equal(ours.alphas, masks.to(torch.uint8) * 128)


@pytest.mark.parametrize(
    'fields',
    [
        {},
        {'pred_instances': {}},
        {'pred_instances': {'labels': torch.zeros(0), 'scores': torch.zeros(0)}},
        {'pred_instances': found(alphas=torch.zeros(0, 9, 9))},
    ],
)
def test_no_predictions_have_the_types_of_some(fields: dict[str, Any]) -> None:
    ours = predicted(sample(**fields))
    assert len(ours) == 0 and ours.alphas.shape == (0, 2, 3)
    assert (ours.alphas.dtype, ours.labels.dtype) == (torch.uint8, torch.int64)
    assert ours.scores.dtype == torch.float64


def test_a_score_that_is_no_number_counts_as_0() -> None:
    fields = found(alphas=torch.ones(2, 2, 3)) | {'scores': torch.tensor([float('nan'), 0.4])}
    ours = predicted(sample(pred_instances=fields))
    assert ours.scores.tolist() == pytest.approx([0, 0.4])
    assert len(ours.select(ours.scores >= 0.1)) == 1


def test_ground_truth_soft_and_binary() -> None:
    alphas = torch.tensor([[[0, 100, 255], [0, 0, 1]]], dtype=torch.uint8)
    truth = {'masks': StoredMattes(alphas), 'labels': torch.tensor([2])}
    ours = true(sample(gt_instances=truth))
    assert torch.equal(ours.alphas, alphas) and ours.labels.tolist() == [2]
    binary = BitmapMasks((alphas.numpy() > 0).astype(np.uint8), 2, 3)
    ours = true(sample(gt_instances={'masks': binary, 'labels': np.array([2])}))
    assert ours.alphas.tolist() == [[[0, 255, 255], [0, 0, 255]]]


def test_nothing_there_and_nothing_ignored() -> None:
    empty = {'masks': StoredMattes(torch.zeros(0, 2, 3, dtype=torch.uint8)), 'labels': []}
    assert len(true(sample(gt_instances=empty))) == 0
    assert len(true(sample(gt_instances={'labels': torch.zeros(0)}))) == 0
    assert len(true(sample(), key='ignored_instances')) == 0


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(InputError, match=r'image 7: .*neither alphas nor masks'):
        predicted(sample(pred_instances=found(bboxes=torch.zeros(1, 4))))
    with pytest.raises(InputError, match='predictions are 5x4, the photo is 3x2'):
        predicted(sample(pred_instances=found(alphas=torch.zeros(1, 4, 5))))
    with pytest.raises(InputError, match='ground-truth mattes'):
        true(sample())
    truth = {'masks': StoredMattes(torch.zeros(1, 9, 9, dtype=torch.uint8)), 'labels': [0]}
    with pytest.raises(InputError, match=r'a\.jpg: its ground truth are 9x9'):
        true(sample(gt_instances=truth, img_path='a.jpg'))


def test_cutouts_name_every_true_matte_or_none() -> None:
    assert cutouts_of(sample(), 2) == () == cutouts_of(sample(cutouts=()), 2)
    assert cutouts_of(sample(cutouts=('s/a', 's/b')), 2) == ('s/a', 's/b')
    with pytest.raises(InputError, match='names 2 cut-outs for 3 true mattes'):
        cutouts_of(sample(cutouts=('s/a', 's/b')), 3)
