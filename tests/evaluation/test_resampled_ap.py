"""AP of resamples: pycocotools on the images repeated, ours on instances repeated, by hand."""

import math
import time

import numpy as np
import pytest
import torch

from sosmatting.evaluation.coco_mask import SIZES, MaskRecord, coco_mask_scores, mask_record
from sosmatting.evaluation.image_scores import ImageScores, score_image
from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.resampled_ap import ResampledAP, match_text
from sosmatting.evaluation.resampled_scores import of_instances
from sosmatting.evaluation.rules import Rules
from sosmatting.evaluation.score_sheet import score_sheet
from sosmatting.functional.average_precision import Overlaps, average_precision


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


def scene(rng: np.random.Generator) -> ImageScores:
    """Draw discs apart from each other, each with guesses that lie on it, and guesses on none."""
    pixels = np.arange(160)
    count = int(rng.integers(0, 5))

    def discs(places: np.ndarray, radii: np.ndarray) -> torch.Tensor:
        near = (pixels - places[:, None, None] * 32 - 16) ** 2 + (pixels[:32, None] - 16) ** 2
        return torch.from_numpy(np.where(near < radii[:, None, None] ** 2, 255, 0).astype(np.uint8))

    true = discs(np.arange(count), rng.uniform(8, 14, count))
    on = rng.integers(0, count, 2 * count) if count else np.zeros(0, np.int64)
    found = torch.cat(
        [discs(on, rng.uniform(5, 15, len(on))), discs(np.array([4, 4]), np.full(2, 6))]
    )
    labels = torch.from_numpy(rng.integers(0, 2, count))
    guessed = torch.cat([labels[on], torch.tensor([0, 1])])
    instances = Instances(found, guessed, torch.from_numpy(rng.random(len(found))))
    truth = Instances(true, labels, torch.ones(count).double())
    none = Instances(true[:0], labels[:0], torch.ones(0).double())
    number = int(rng.integers(1 << 30))
    names = [f's/{k}' for k in range(count)]
    rules = Rules(parts=('per_instance', 'soft_ap'))
    return score_image(number, str(number), instances, truth, none, rules, cutouts=names)


def of_none(image: Overlaps, keep: np.ndarray) -> Overlaps:
    """Keep some predictions and no ground truth."""
    return Overlaps(
        image.iou[keep][:, :0],
        image.scores[keep],
        image.labels[keep],
        image.gt_labels[:0],
        image.crowd[:0],
    )


def of_one(image: Overlaps, j: int) -> Overlaps:
    """Keep one ground truth and the predictions that touch it."""
    keep, one = image.iou[:, j] > 0, slice(j, j + 1)
    return Overlaps(
        image.iou[keep][:, one],
        image.scores[keep],
        image.labels[keep],
        image.gt_labels[one],
        image.crowd[one],
    )


@pytest.mark.parametrize('seed', range(3))
def test_drawn_instances_are_ground_truths_repeated_with_what_lies_on_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [scene(rng) for _ in range(8)]
    images.sort(key=lambda image: image.img_id)
    sheet = score_sheet(images, ('per_instance', 'soft_ap'), {})
    times = rng.multinomial(8, np.full(8, 1 / 8))
    repeated, drawn = [], []
    for image, n in zip(images, times, strict=True):
        overlaps = image.overlaps
        assert overlaps is not None
        repeated += n * [of_none(overlaps, (overlaps.iou > 0).sum(1) == 0)]
        for j in range(image.instances):
            each = n * int(rng.integers(0, 4))  # as often as its cut-out is drawn
            repeated += each * [of_one(overlaps, j)]
            drawn.append(each)
    peer = average_precision(repeated)
    score = of_instances(sheet['per_image'])
    columns = np.array([[*times, *drawn]], float)
    assert 0.1 < peer['AP'] < 0.9 and 100 * peer['AP'] != pytest.approx(sheet['soft_AP'])
    assert score['soft_AP'](columns)[0] == pytest.approx(100 * peer['AP'], abs=1e-9)
    assert score['soft_AP50'](columns)[0] == pytest.approx(100 * peer['AP50'], abs=1e-9)
    once = np.ones_like(columns)
    assert score['soft_AP'](once)[0] == pytest.approx(sheet['soft_AP'], abs=1e-9)
    sheet['per_image'][0]['soft_ap']['found'] = '0 0.5 1 0 99'
    with pytest.raises(ValueError, match='no ground truth 99'):
        of_instances(sheet['per_image'])


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
