"""Scores as functions of how often each image, or each instance, of a set is drawn.

Letters: I images, M instances, B resamples. Rows are what a score file holds of every image.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sosmatting.evaluation.coco_mask import SIZES
from sosmatting.evaluation.resampled_ap import ResampledAP
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import IMQ_ERRORS, IMQ_THRESHOLDS

Row = Mapping[str, Any]
Statistic = Callable[[np.ndarray], np.ndarray]
"""How often what is drawn -> (B,) scores, NaN where there is none."""


def truths_of(row: Row) -> Sequence[Row]:
    """List the instances of an image, where its row has them; none where the image has none."""
    truths = row.get('truths')
    return truths if isinstance(truths, list) else ()


def of_images(rows: Sequence[Row]) -> dict[str, Statistic]:
    """List the scores that numbers per image allow, as functions of (B, I)."""
    found: dict[str, Statistic] = {}
    instances = np.array([row['instances'] for row in rows], np.float64)
    if all('errors' in row for row in rows):
        for name in PRINTED:
            sums = np.array([row['errors'][name] for row in rows])
            found[name] = _ratio(sums, instances)
        matched = np.array([row['matched'] for row in rows], np.float64)
        found['matched, %'] = _ratio(100 * matched, instances)
    if all('imq' in row for row in rows):
        for threshold in map(str, IMQ_THRESHOLDS):
            some = [row['imq'][threshold] for row in rows]
            right = np.array([x['TP'] for x in some])
            weight = np.array([x['TP'] + x['FP'] / 2 + x['FN'] / 2 for x in some])
            percent = round(100 * float(threshold))
            for name in IMQ_ERRORS:
                quality = np.array([100 * x[f'S_{name}'] for x in some])
                found[f'IMQ_{name}_{percent}'] = _ratio(quality, weight)
                found[f'MQ_{name}_{percent}'] = _ratio(quality, right)
            found[f'RQ_{percent}'] = _ratio(100 * right, weight)
    if all('soft_ap' in row for row in rows):
        matches = [row['soft_ap'] for row in rows]
        found |= {'soft_AP': ResampledAP(matches), 'soft_AP50': ResampledAP(matches, 1)}
    if all('mask_ap' in row for row in rows):
        matches = [row['mask_ap']['all'] for row in rows]
        found |= {'mask_AP': ResampledAP(matches), 'mask_AP50': ResampledAP(matches, 1)}
        for size in SIZES:
            found[f'mask_AP_{size}'] = ResampledAP([row['mask_ap'][size] for row in rows])
    return found


def of_instances(rows: Sequence[Row]) -> dict[str, Statistic]:
    """List the scores that numbers per instance allow, as functions of (B, I + M).

    The images are drawn for the predictions that were paired with none, the instances, in the
    images' order, for all else. Mask AP is left out: pycocotools does not say what a prediction
    that is wrong lies on.
    """
    truths = [truth for row in rows for truth in truths_of(row)]
    none, each = np.zeros(len(rows)), np.ones(len(truths))

    def ratio(own: ArrayLike, count: np.ndarray) -> Statistic:
        return _ratio(np.concatenate([none, np.asarray(own)]), count)

    found: dict[str, Statistic] = {}
    instances = np.concatenate([none, each])
    if all('errors' in truth for truth in truths):
        for name in PRINTED:
            found[name] = ratio([truth['errors'][name] for truth in truths], instances)
        matched = [100 * truth['matched'] for truth in truths]
        found['matched, %'] = ratio(matched, instances)
    if all('imq' in one for one in (*rows, *truths)):
        for threshold in map(str, IMQ_THRESHOLDS):
            own = [truth['imq'][threshold] for truth in truths]
            right = np.array([x['TP'] for x in own])
            # A pair below the threshold is spurious as often as its instance is missed.
            alone = [
                row['imq'][threshold]['FP'] - sum(t['imq'][threshold]['FP'] for t in truths_of(row))
                for row in rows
            ]
            half = [(x['FP'] + x['FN']) / 2 for x in own]
            weight = np.concatenate([np.divide(alone, 2), right + half])
            percent = round(100 * float(threshold))
            for name in IMQ_ERRORS:
                quality = [100 * x[f'S_{name}'] for x in own]
                found[f'IMQ_{name}_{percent}'] = ratio(quality, weight)
                found[f'MQ_{name}_{percent}'] = ratio(quality, np.concatenate([none, right]))
            found[f'RQ_{percent}'] = ratio(100 * right, weight)
    matches = [{'labels': [], **row.get('soft_ap', {})} for row in rows]
    if all(
        'found' in one and len(one['labels']) == len(truths_of(row))
        for one, row in zip(matches, rows, strict=True)
    ):
        found['soft_AP'] = ResampledAP(matches, instances=True)
        found['soft_AP50'] = ResampledAP(matches, 1, instances=True)
    return found


def _ratio(parts: np.ndarray, wholes: np.ndarray) -> Statistic:
    """Return the score ``sum parts / sum wholes``."""

    def score(drawn: np.ndarray) -> np.ndarray:
        with np.errstate(invalid='ignore', divide='ignore'):
            return np.where(drawn @ wholes > 0, drawn @ parts / (drawn @ wholes), np.nan)

    return score
