"""Errors by place: squares by hand, and the IMQ metric's own error."""

import json

import numpy as np
import pytest
import torch

import sosmatting.register  # noqa: F401
from sosmatting.evaluation.error_places import ErrorPlaceMetric, distance_to_contour
from sosmatting.evaluation.instance_matting import IMQMetric
from sosmatting.evaluation.tables import conditions, tables_of
from sosmatting.exceptions import InputError
from tests.evaluation.test_instance_matting import disc, sample


def square(x1: int, x2: int, alpha: int = 255) -> torch.Tensor:
    matte = torch.zeros(48, 48, dtype=torch.uint8)
    matte[10:30, x1:x2] = alpha
    return matte


def places_of(*samples, **options) -> dict[str, float]:
    metric = ErrorPlaceMetric(**options)
    metric.process(None, samples)
    scores = metric.evaluate(len(samples))
    assert all(name.startswith('error/') for name in scores)
    return {name.removeprefix('error/'): value for name, value in scores.items()}


def test_a_square_that_is_too_wide_by_hand():
    """The rim of columns 10..29 are 9 and 30 outside; four columns too many are 30 to 33."""
    scores = places_of(sample([square(10, 30)], [square(10, 34)]))
    union = 20 * 24 + 1
    assert scores['matched'] == 1
    assert scores['error'] == pytest.approx(100 * 80 / union)
    assert scores['contour'] == pytest.approx(100 * 20 / union)
    assert scores['to_2px'] == pytest.approx(100 * 40 / union)
    assert scores['to_5px'] == pytest.approx(100 * 20 / union)
    assert scores['to_12px'] == scores['beyond'] == scores['missing'] == 0
    assert scores['extra'] == pytest.approx(scores['error']) and scores['extra_in_others'] == 0
    assert scores['MQ_MAD'] == 0
    assert scores['MQ_MAD_without_to_2px'] == pytest.approx(100 * (1 - 10 * 40 / union))


def test_what_is_missing_and_what_belongs_to_others():
    """Of the left square eight columns are taken by the right one, which is too large by these."""
    true = [square(4, 24), square(24, 44)]
    scores = places_of(sample(true, [square(4, 16), square(16, 44)]))
    less, more = 160 / (400 + 1), 160 / (560 + 1)
    assert scores['matched'] == 2
    assert scores['missing'] == pytest.approx(100 * less / 2)
    assert scores['extra'] == scores['extra_in_others'] == pytest.approx(100 * more / 2)
    other = places_of(sample([square(24, 44)], [square(16, 44)]))
    assert other['extra_in_others'] == 0


def test_the_whole_is_the_error_of_imq():
    true = [disc(15, 15, 9), disc(33, 31, 10), disc(8, 40, 4)]
    found = [disc(16, 15, 9), disc(33, 30, 9), disc(40, 8, 3)]
    one = sample(true, found, scores=[0.9, 0.5, 0.8])
    scores = places_of(one)
    imq = IMQMetric()
    imq.process(None, [one])
    assert scores['matched'] == 2
    assert scores['MQ_MAD'] == pytest.approx(imq.evaluate(1)['imq/MQ_MAD_50'])
    parts = sum(scores[name] for name in ('contour', 'to_2px', 'to_5px', 'to_12px', 'beyond'))
    assert parts == pytest.approx(scores['error'])
    assert scores['extra'] + scores['missing'] == pytest.approx(scores['error'])
    assert places_of(one, min_score=0.6)['matched'] == 1
    assert places_of(one, floor=200)['error'] != scores['error']


def test_distances_are_those_to_the_nearest_pixel_of_the_contour():
    matte = disc(20, 24, 9).numpy()
    ys, xs = np.nonzero((matte > 8) & (matte < 247))
    rows, columns = np.mgrid[:48, :48]
    slow = np.sqrt(((rows[..., None] - ys) ** 2 + (columns[..., None] - xs) ** 2).min(-1))
    assert np.allclose(distance_to_contour(matte), slow, atol=1e-3)
    assert np.isinf(distance_to_contour(np.full((4, 4), 255, np.uint8))).all()


def test_the_scores_are_written_and_laid_out(tmp_path):
    file = tmp_path / 'scores.json'
    scores = places_of(sample([square(10, 30)], [square(10, 34)]), score_file=str(file))
    sheet = json.loads(file.read_text())
    assert (sheet['images'], sheet['instances'], sheet['predictions']) == (1, 1, 1)
    assert sheet['error_places'] == pytest.approx(scores)
    title, head, (row,) = tables_of(sheet)[-1]
    assert title == 'where the error lies' and row[head.index('contour')] == '4.158'
    assert conditions(sheet).endswith('confidence from 0')


def test_without_pairs_there_is_nothing_to_say():
    scores = places_of(sample([square(10, 30)], []), distances=(3,))
    assert scores['matched'] == 0 and np.isnan(scores['error'])
    assert 'MQ_MAD_without_to_3px' in scores
    with pytest.raises(InputError, match='the test set is empty'):
        ErrorPlaceMetric().compute_metrics([])
    for distances in ((5, 2), (2, 2), (0, 1), 'x', None):
        with pytest.raises(InputError, match='ascending'):
            ErrorPlaceMetric(distances=distances)
