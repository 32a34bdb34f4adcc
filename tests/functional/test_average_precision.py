"""Average precision against pycocotools on random binary masks, and against hand arithmetic."""

import contextlib
import io
import math

import numpy as np
import pytest
import torch
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from sosmatting.functional.average_precision import Overlaps, average_precision
from sosmatting.functional.matching import soft_iou

Scene = dict[str, np.ndarray]


def scene(rng: np.random.Generator, height: int = 24, width: int = 31) -> Scene:
    """Rectangles with holes, and predictions that are shifted, doubled or wrong."""

    def rectangle() -> np.ndarray:
        mask = np.zeros((height, width), bool)
        y, x = rng.integers(0, height - 4), rng.integers(0, width - 4)
        mask[y : y + rng.integers(3, 14), x : x + rng.integers(3, 14)] = True
        return mask & (rng.random(mask.shape) > 0.02)

    m = rng.integers(0, 5)
    truths = np.array([rectangle() for _ in range(m)]).reshape(m, height, width)
    found = [
        np.roll(truth, rng.integers(-2, 3), axis=rng.integers(0, 2))
        for truth in truths
        for _ in range(rng.integers(0, 4))
    ]
    found += [rectangle() for _ in range(rng.integers(0, 3))]
    n = len(found)
    return {
        'true': truths,
        'true_labels': rng.integers(0, 3, m),
        'crowd': rng.random(m) < 0.25,
        'found': np.array(found).reshape(n, height, width).astype(bool),
        'labels': rng.integers(0, 3, n),
        'scores': rng.integers(0, 12, n) / 10,
    }


def by_pycocotools(scenes: list[Scene]) -> dict[str, float]:
    truth, found = [], []
    for number, s in enumerate(scenes):
        for masks, labels, entries in (
            (s['true'], s['true_labels'], truth),
            (s['found'], s['labels'], found),
        ):
            for k, (mask, label) in enumerate(zip(masks, labels, strict=True)):
                code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
                entry = {
                    'id': len(entries) + 1,
                    'image_id': number,
                    'category_id': int(label),
                    'segmentation': code,
                    'area': float(mask.sum()),
                    'iscrowd': 0,
                }
                if entries is found:
                    entry['score'] = float(s['scores'][k])
                else:
                    entry['iscrowd'] = int(s['crowd'][k])
                entries.append(entry)
    cocos = []
    with contextlib.redirect_stdout(io.StringIO()):
        for entries in (truth, found):
            coco = COCO()
            coco.dataset = {
                'images': [{'id': k, 'height': 24, 'width': 31} for k in range(len(scenes))],
                'categories': [{'id': k, 'name': str(k)} for k in range(3)],
                'annotations': entries,
            }
            coco.createIndex()
            cocos.append(coco)
        evaluation = COCOeval(cocos[0], cocos[1], 'segm')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(('AP', 'AP50', 'AP75'), evaluation.stats[:3].tolist(), strict=True))


def overlaps(s: Scene) -> Overlaps:
    crowd = torch.from_numpy(s['crowd'])
    iou = soft_iou(torch.from_numpy(s['found']), torch.from_numpy(s['true']), crowd)
    return Overlaps(iou.numpy(), s['scores'], s['labels'], s['true_labels'], s['crowd'])


@pytest.mark.parametrize('seed', range(12))
def test_equals_pycocotools_on_binary_mattes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scenes = [scene(rng) for _ in range(8)]
    ours, theirs = average_precision([overlaps(s) for s in scenes]), by_pycocotools(scenes)
    assert 0 < theirs['AP'] < 1
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_more_than_100_predictions_in_an_image() -> None:
    rng = np.random.default_rng(5)
    scenes = [scene(rng) for _ in range(4)]
    s = scenes[0]
    s['found'] = np.concatenate([s['found'], rng.random((150, 24, 31)) < 0.5])
    s['labels'] = np.concatenate([s['labels'], np.zeros(150, int)])
    s['scores'] = np.concatenate([s['scores'], 2 + rng.random(150)])
    ours = average_precision([overlaps(s) for s in scenes])
    assert ours == pytest.approx(by_pycocotools(scenes), abs=1e-12)


def one(iou: list[list[float]], scores: list[float], crowd: list[bool] | None = None) -> Overlaps:
    matrix = np.array(iou, dtype=np.float64).reshape(len(scores), len(iou[0]) if iou else 0)
    m = matrix.shape[1]
    return Overlaps(
        matrix,
        np.array(scores),
        np.zeros(len(scores), int),
        np.zeros(m, int),
        np.array(crowd if crowd is not None else [False] * m, dtype=bool),
    )


def test_by_hand() -> None:
    # IoU 0.72: right at 0.5, 0.55 .. 0.7 (5 of the 10 thresholds), wrong from 0.75 on
    assert average_precision([one([[0.72]], [0.3])]) == {
        'AP': pytest.approx(0.5),
        'AP50': pytest.approx(1),
        'AP75': 0,
    }
    # a wrong prediction before the right one halves the precision; after it, it costs nothing
    assert average_precision([one([[0.0], [1.0]], [0.9, 0.8])])['AP'] == pytest.approx(0.5)
    assert average_precision([one([[0.0], [1.0]], [0.7, 0.8])])['AP'] == pytest.approx(1)
    # one of two found: recalls 0 .. 0.5 are 51 of the 101
    assert average_precision([one([[1.0, 0.0]], [0.8])])['AP'] == pytest.approx(51 / 101)
    # a second prediction of the same object is wrong, however good
    first = one([[0.6, 0.0], [0.99, 0.0], [0.0, 1.0]], [0.9, 0.8, 0.7])
    assert average_precision([first])['AP50'] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_predictions_in_a_crowd_do_not_count() -> None:
    inside = one([[1.0, 0.0], [0.0, 0.9], [0.0, 0.8]], [0.5, 0.9, 0.8], [False, True])
    assert average_precision([inside])['AP50'] == pytest.approx(1)
    outside = one([[1.0, 0.0], [0.0, 0.4]], [0.5, 0.9], [False, True])
    assert average_precision([outside])['AP50'] == pytest.approx(0.5)


def test_nothing_predicted_and_nothing_there() -> None:
    assert average_precision([one([], []), one([], [])]) == pytest.approx(
        dict.fromkeys(('AP', 'AP50', 'AP75'), math.nan), nan_ok=True
    )
    missed = Overlaps(
        np.zeros((0, 2)), np.zeros(0), np.zeros(0, int), np.zeros(2, int), np.zeros(2, bool)
    )
    assert average_precision([missed]) == {'AP': 0, 'AP50': 0, 'AP75': 0}
    assert math.isnan(average_precision([])['AP'])


def test_better_mattes_score_better() -> None:
    soft = [average_precision([one([[iou]], [0.5])])['AP'] for iou in np.linspace(0.4, 1, 13)]
    assert soft == sorted(soft) and soft[0] == 0 and soft[-1] == pytest.approx(1)
