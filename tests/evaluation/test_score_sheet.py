"""The sheet: means, counts, order and the names in it."""

import json
import math
import random

import numpy as np
import pytest

from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.rules import PARTS
from sosmatting.evaluation.score_sheet import flat, score_sheet, without_nan
from sosmatting.functional.average_precision import Overlaps


def image(img_id: int | str, errors: list, predictions: int, match_iou: list, imq: list):
    return ImageScores(
        img_id=img_id,
        instances=len(errors),
        predictions=predictions,
        match_iou=np.array(match_iou),
        errors=np.array(errors, np.float64).reshape(-1, 5),
        imq=np.array(imq, np.float64),
        overlaps=Overlaps(
            np.ones((1, len(errors))),
            np.ones(1),
            np.zeros(1, int),
            np.zeros(len(errors), int),
            np.zeros(len(errors), bool),
        ),
        masks=None,
    )


HALF = [[1, 1, 1, 0.5, 0.75, 1, 0], [0, 2, 2, 0, 0, 0, 0]]
NOTHING = [[0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]]
IMAGES = [
    image(5, [[2000, 0.1, 0.01, 500, 100], [0, 0, 0, 0, 0]], 2, [0.8], HALF),
    image(2, [[1000, 0.2, 0.02, 100, 500]], 0, [], [[0, 0, 1, 0, 0, 0, 0]] * 2),
]


def test_the_sheet_by_hand() -> None:
    sheet = score_sheet(IMAGES, ('per_instance', 'imq', 'soft_ap'), {'floor': 1})
    assert list(sheet) == [
        'images',
        'instances',
        'predictions',
        'imq',
        'soft_AP',
        'soft_AP50',
        'soft_AP75',
        'per_instance',
        'breakdowns',
        'per_image',
        'settings',
    ]
    assert (sheet['images'], sheet['instances'], sheet['predictions']) == (2, 3, 2)
    assert sheet['per_instance'] == pytest.approx(
        {
            'SAD': 1.0,
            'MAD': 100.0,
            'MSE': 10.0,
            'Grad': 0.2,
            'Conn': 0.2,
            'matched': 1,
            'missed': 2,
            'spurious': 1,
            'match_iou': 0.8,
        }
    )
    assert set(sheet['imq']) == {'0.5', '0.75'}
    assert sheet['imq']['0.5']['IMQ_MAD'] == pytest.approx(100 * 0.5 / 2.5)
    assert sheet['imq']['0.5']['MQ_MSE'] == pytest.approx(75)
    assert sheet['settings'] == {'floor': 1}


def test_parts_are_left_out() -> None:
    assert list(score_sheet(IMAGES, ('imq',), {})) == [
        'images',
        'instances',
        'predictions',
        'imq',
        'breakdowns',
        'per_image',
        'settings',
    ]


def test_the_order_of_the_images_changes_no_bit() -> None:
    rng = np.random.default_rng(0)
    images = [image(k, rng.random((3, 5)).tolist(), 2, rng.random(2), HALF) for k in range(60)]
    sheets = []
    for seed in range(4):
        random.Random(seed).shuffle(images)
        sheets.append(score_sheet(images, ('per_instance', 'imq', 'soft_ap'), {}))
    assert sheets[0] == sheets[1] == sheets[2] == sheets[3]


def test_flat_names() -> None:
    metrics = flat(score_sheet(IMAGES, ('per_instance', 'imq', 'soft_ap'), {}))
    assert all(type(value) is float for value in metrics.values())
    assert metrics['SAD'] == pytest.approx(1.0)
    assert metrics['missed'] == 2
    assert metrics['IMQ_MAD_50'] == pytest.approx(20)
    assert {'IMQ_Conn_75', 'MQ_Grad_50', 'RQ_75', 'soft_AP', 'soft_AP50'} <= set(metrics)


def test_an_empty_set_is_no_perfect_score() -> None:
    sheet = score_sheet([], PARTS, {})
    assert sheet['images'] == 0 and math.isnan(sheet['per_instance']['SAD'])
    assert math.isnan(sheet['mask_AP']) and math.isnan(sheet['imq']['0.5']['RQ'])
    written = json.dumps(without_nan(sheet), allow_nan=False)
    assert json.loads(written)['per_instance']['SAD'] is None


def test_ids_may_be_names() -> None:
    images = [image('b', [], 0, [], NOTHING), image('a', [[1] * 5], 1, [1.0], HALF)]
    assert score_sheet(images, ('per_instance',), {})['per_instance']['matched'] == 1
