"""AP of resamples: pycocotools on the images repeated, and hand arithmetic."""

import math
import time

import numpy as np
import pytest
import torch

from sosmatting.evaluation.coco_mask import SIZES, MaskRecord, coco_mask_scores, mask_record
from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.resampled_ap import ResampledAP, match_text


def boxes(rng: np.random.Generator, count: int, side: int) -> torch.Tensor:
    """Draw opaque rectangles on 120 x 120 pixels."""
    alphas = torch.zeros(count, 120, 120, dtype=torch.uint8)
    for alpha in alphas:
        y, x = rng.integers(0, 120 - side // 2, 2)
        high, wide = rng.integers(side // 2, side, 2)
        alpha[y : y + high, x : x + wide] = 255
    return alphas


def record(rng: np.random.Generator, categories: int = 2) -> MaskRecord:
    """Draw an image: objects of all of COCO's sizes, a crowd at times, predictions near both."""
    true = torch.cat([boxes(rng, int(rng.integers(0, 3)), side) for side in (30, 80, 118)])
    crowd = boxes(rng, int(rng.integers(0, 2)), 60)
    near = torch.roll(torch.cat([true, true, crowd]), int(rng.integers(0, 8)), 2)
    found = torch.cat([near, boxes(rng, 3, 70)])

    def some(alphas: torch.Tensor, labels: np.ndarray) -> Instances:
        scores = torch.from_numpy(rng.random(len(alphas)))  # no two alike
        return Instances(alphas, torch.from_numpy(labels), scores)

    labels = rng.integers(0, categories, len(true))
    crowds = rng.integers(0, categories, len(crowd))
    guessed = np.concatenate([labels, labels, crowds, rng.integers(0, categories, 3)])
    return mask_record(some(found, guessed), some(true, labels), some(crowd, crowds))


@pytest.fixture(scope='module')
def records() -> list[MaskRecord]:
    rng = np.random.default_rng(0)
    return [record(rng) for _ in range(12)]


@pytest.mark.parametrize('seed', range(4))
def test_it_is_pycocotools_on_the_images_repeated(records: list[MaskRecord], seed: int) -> None:
    matches = coco_mask_scores(records).matches
    times = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12))
    repeated = [each for each, n in zip(records, times, strict=True) for _ in range(n)]
    peer = coco_mask_scores(repeated)
    drawn = times[None].astype(float)
    whole = [row['all'] for row in matches]
    assert 0.1 < peer.ap < 0.9 and peer.ap != coco_mask_scores(records).ap
    assert ResampledAP(whole)(drawn)[0] == pytest.approx(100 * peer.ap, abs=1e-9)
    assert ResampledAP(whole, 1)(drawn)[0] == pytest.approx(100 * peer.ap50, abs=1e-9)
    for size in SIZES:
        ours = ResampledAP([row[size] for row in matches])(drawn)[0]
        assert ours == pytest.approx(100 * peer.by_size[size], abs=1e-9, nan_ok=True)


def test_the_set_itself(records: list[MaskRecord]) -> None:
    scores = coco_mask_scores(records)
    score = ResampledAP([row['all'] for row in scores.matches])
    assert score(np.ones((1, 12)))[0] == pytest.approx(100 * scores.ap, abs=1e-9)
    many = np.random.default_rng(1).multinomial(12, np.full(12, 1 / 12), 70).astype(float)
    assert np.array_equal(score(many), np.concatenate([score(each[None]) for each in many]))


def test_by_hand() -> None:
    right, wrong = np.ones((10, 1), bool), np.zeros((10, 1), bool)
    rows = [
        {'truths': {'3': 1}, 'found': match_text(3, [0.5], right, wrong)},
        {'truths': {}, 'found': match_text(3, [0.9], wrong, wrong)},
        {'truths': {'3': 1}, 'found': match_text(3, [0.8], wrong, right)},  # in a crowd: left out
    ]
    score = ResampledAP(rows)
    assert rows[2]['found'] == ''
    drawn = np.array([[1, 0, 0], [1, 1, 0], [1, 3, 0], [0, 2, 0], [1, 0, 1], [0, 0, 2]], float)
    # precision 1, 1/2, 1/4; nothing to find; half found: 51 of 101 recalls; nothing found
    expected = [100, 50, 25, math.nan, 5100 / 101, 0]
    assert score(drawn) == pytest.approx(expected, nan_ok=True)
    assert np.isnan(ResampledAP([])(np.zeros((2, 0)))).all()


def test_thousands_of_resamples_take_seconds() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            'truths': {str(k): 2 for k in range(5)},
            'found': ';'.join(
                match_text(k, rng.random(6), rng.random((10, 6)) < 0.4, np.zeros((10, 6), bool))
                for k in range(5)
            ),
        }
        for _ in range(100)
    ]
    drawn = rng.multinomial(100, np.full(100, 0.01), 500).astype(float)
    start = time.process_time()
    assert np.isfinite(ResampledAP(rows)(drawn)).all()
    assert time.process_time() - start < 10
