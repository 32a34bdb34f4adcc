"""Mask AP from the samples: hand arithmetic, crowds, and soft AP on binary mattes."""

import math

import numpy as np
import pytest
import torch

from sosmatting.evaluation.coco_mask import MaskRecord, coco_mask_ap, mask_record
from sosmatting.evaluation.samples import Instances
from sosmatting.functional.average_precision import Overlaps, average_precision
from sosmatting.functional.matching import soft_iou


def instances(boxes: list[tuple[int, int, int, int]], scores: list[float] | None = None, a=255):
    """Rectangles y1, x1, y2, x2 of one alpha on 20 x 30 pixels, all of category 1."""
    alphas = torch.zeros(len(boxes), 20, 30, dtype=torch.uint8)
    for alpha, (y1, x1, y2, x2) in zip(alphas, boxes, strict=True):
        alpha[y1:y2, x1:x2] = a
    confidence = torch.ones(len(boxes)) if scores is None else torch.tensor(scores)
    return Instances(alphas, torch.ones(len(boxes), dtype=torch.int64), confidence.double())


NONE = instances([])
OBJECT = instances([(2, 2, 12, 12)])


def test_half_opaque_counts() -> None:
    for alpha, expected in ((255, 1), (128, 1), (127, 0)):
        record = mask_record(instances([(2, 2, 12, 12)], [0.5], alpha), OBJECT, NONE)
        assert coco_mask_ap([record]) == pytest.approx(expected)


def test_by_hand() -> None:
    # 80 of 100 pixels: IoU 0.8, right at 7 of the 10 thresholds
    record = mask_record(instances([(2, 2, 10, 12)], [0.5]), OBJECT, NONE)
    assert coco_mask_ap([record]) == pytest.approx(0.7)


def test_a_prediction_in_a_crowd_does_not_count() -> None:
    found = instances([(2, 2, 12, 12), (3, 15, 8, 25)], [0.5, 0.9])
    crowd = instances([(0, 13, 20, 30)])
    assert coco_mask_ap([mask_record(found, OBJECT, NONE)]) == pytest.approx(0.5)
    assert coco_mask_ap([mask_record(found, OBJECT, crowd)]) == pytest.approx(1)


def test_nothing_predicted_nothing_there() -> None:
    assert coco_mask_ap([mask_record(NONE, OBJECT, NONE)]) == 0
    assert math.isnan(coco_mask_ap([mask_record(OBJECT, NONE, NONE)]))
    assert math.isnan(coco_mask_ap([mask_record(OBJECT, NONE, OBJECT)]))
    assert math.isnan(coco_mask_ap([]))
    # a background image with a confident prediction in it
    good = mask_record(instances([(2, 2, 12, 12)], [0.5]), OBJECT, NONE)
    bad = mask_record(instances([(2, 2, 12, 12)], [0.9]), NONE, NONE)
    assert coco_mask_ap([good, bad]) == pytest.approx(0.5)


def test_only_run_lengths_are_kept() -> None:
    record = mask_record(OBJECT, OBJECT, NONE)
    assert isinstance(record, MaskRecord) and record.size_hw == (20, 30)
    assert isinstance(record.found[0]['segmentation']['counts'], bytes)
    assert len(record.found[0]['segmentation']['counts']) < 100


@pytest.mark.parametrize('seed', range(4))
def test_soft_ap_of_binary_mattes_is_mask_ap(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def some(count: int, hit: torch.Tensor | None = None) -> Instances:
        alphas = torch.from_numpy(rng.random((count, 20, 30)) < 0.5)
        if hit is not None and len(hit):
            alphas = hit[rng.integers(0, len(hit), count)].bool() ^ (alphas & alphas.flip(-1))
        labels = torch.from_numpy(rng.integers(0, 2, count))
        scores = torch.from_numpy(rng.random(count).round(1))
        return Instances(alphas.to(torch.uint8) * 255, labels, scores)

    records, overlaps = [], []
    for _ in range(6):
        truth, ignored = some(rng.integers(0, 4)), some(rng.integers(0, 2))
        found = some(rng.integers(0, 8), truth.alphas)
        records.append(mask_record(found, truth, ignored))
        both = torch.cat([truth.alphas, ignored.alphas])
        crowd = torch.arange(len(both)) >= len(truth)
        overlaps.append(
            Overlaps(
                soft_iou(found.alphas, both, crowd).numpy(),
                found.scores.numpy(),
                found.labels.numpy(),
                torch.cat([truth.labels, ignored.labels]).numpy(),
                crowd.numpy(),
            )
        )
    score = coco_mask_ap(records)
    assert score > 0
    assert average_precision(overlaps)['AP'] == pytest.approx(score, abs=1e-12)
