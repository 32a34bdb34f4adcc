"""Where the error of matched mattes lies: on the contour, near it, or far from it.

A mean error says how wrong mattes are, not why. A contour that is half a pixel off and a leg that
is missing cost the same, and call for different remedies: finer crops, or better recognition. So
IMQ's error inside the union is divided by its distance from the true contour, and into what is too
much (of it, what belongs to other instances) and what is missing.

Letters: H W pixels of the original photo, P places.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric

from sosmatting.evaluation.rules import MATCH_IOU
from sosmatting.evaluation.samples import predicted, true
from sosmatting.evaluation.score_sheet import without_nan
from sosmatting.exceptions import InputError
from sosmatting.files import write_json
from sosmatting.functional.matching import hungarian, mask_iou

SOFT = (8, 247)  # of 255: what lies between is of the contour itself


@METRICS.register_module()
class ErrorPlaceMetric(BaseMetric):
    """Divide the error of matched mattes by place.

    Pairs are those of IMQ at T = 0.5, and so is the error: ``sum |p - g|`` over the union U of
    ``p > 0`` and ``g > 0``, divided by ``|U| + 1``. All scores are means over the pairs, x 100.

    ``error`` is the whole; ``extra`` and ``missing`` are its two signs, and ``extra_in_others`` is
    the part of ``extra`` that other true mattes hold. ``contour`` is the part on the true contour
    itself (half-transparent pixels, and the rim of ``alpha >= 0.5``), ``to_2px``, ... the parts at
    distances up to there, ``beyond`` the rest. ``MQ_MAD`` is MQ at T = 0.5, and
    ``MQ_MAD_without_X`` what it would be if the place X were without error.

    Args:
        floor: Predicted alphas below floor / 255 count as 0.
        min_score: Predictions below this confidence do not count.
        distances: Ends of the places in pixels, ascending.
        score_file: Where to write the scores as JSON; nowhere by default.
        collect_device: mmengine's: where the ranks' results meet.
        prefix: mmengine's: what the names of the scores begin with.
        collect_dir: mmengine's: the folder in which the ranks' results meet.

    Raises:
        InputError: ``distances`` are not ascending numbers above 0, or no photo was tested.
    """

    default_prefix: str | None = 'error'

    def __init__(
        self,
        floor: int = 1,
        min_score: float = 0.0,
        distances: Sequence[float] = (2, 5, 12),
        score_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        ends = list(distances) if isinstance(distances, Sequence) else [distances]
        numbers = all(isinstance(each, int | float) and each > 0 for each in ends)
        if not numbers or ends != sorted(set(ends)):
            raise InputError(
                f'ErrorPlaceMetric: distances={distances}: give numbers above 0, ascending'
            )
        self.floor, self.min_score, self.distances = floor, min_score, tuple(ends)
        self.score_file = score_file
        self.places = ('contour', *[f'to_{each:g}px' for each in ends], 'beyond')

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count every sample's mattes, and reduce its pairs to (K, P + 3) shares."""
        for sample in data_samples:
            found = predicted(sample, self.floor)
            found = found.select(found.scores >= self.min_score)
            truth = true(sample, found.alphas.device)
            iou = mask_iou(found.alphas, truth.alphas)
            whole = truth.alphas.int().sum(0).cpu().numpy()
            rows = []
            for i, j in zip(*(each.tolist() for each in hungarian(iou)), strict=True):
                if iou[i, j] >= MATCH_IOU:
                    pred, gt = found.alphas[i].cpu().numpy(), truth.alphas[j].cpu().numpy()
                    rows.append(pair_places(pred, gt, whole - gt, self.distances))
            shares = np.reshape(rows, (len(rows), len(self.places) + 3))
            self.results.append((len(truth), len(found), shares))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average over the pairs; without any, all scores are NaN but their number."""
        if not results:
            raise InputError('no photo was tested; the test set is empty')
        found = np.concatenate([shares for _, _, shares in results])
        rows = found if len(found) else np.full((1, found.shape[1]), np.nan)
        parts = rows[:, : len(self.places)]
        names = (*self.places, 'extra', 'missing', 'extra_in_others')
        scores = {'matched': float(len(found)), 'error': _percent(parts.sum(1))}
        scores |= {name: _percent(column) for name, column in zip(names, rows.T, strict=True)}
        scores['MQ_MAD'] = _percent(_quality(parts.sum(1)))
        for name, column in zip(self.places, parts.T, strict=True):
            scores[f'MQ_MAD_without_{name}'] = _percent(_quality(parts.sum(1) - column))
        if self.score_file is not None:
            sheet = {
                'images': len(results),
                'instances': sum(instances for instances, _, _ in results),
                'predictions': sum(predictions for _, predictions, _ in results),
                'error_places': scores,
                'settings': {
                    'text': 'errors inside the union, x 100, means over the pairs of IMQ at IoU '
                    f'{MATCH_IOU}; alphas below {self.floor}/255 are 0; confidence from '
                    f'{self.min_score:g}'
                },
            }
            write_json(self.score_file, without_nan(sheet))
        return scores


def pair_places(
    pred: np.ndarray, true: np.ndarray, others: np.ndarray, distances: Sequence[float]
) -> np.ndarray:
    """Divide the error of one pair.

    Args:
        pred: (H, W) uint8.
        true: (H, W) uint8.
        others: (H, W) sum of the other true alphas, in the same unit.
        distances: Ends of the places in pixels, ascending.

    Returns:
        (P + 3,) float64 shares of the union: the places from the contour outwards, then what is too
        much, what is missing, and what is too much where other instances are.
    """
    union = ((pred > 0) | (true > 0)).sum() + 1
    away = pred.astype(np.float64) - true
    error = np.abs(away) / (255 * union)
    reach = distance_to_contour(true)
    ends = [-np.inf, 0, *distances, np.inf]
    parts = [
        error[(reach > least) & (reach <= most)].sum() for least, most in itertools.pairwise(ends)
    ]
    extra = away.clip(min=0)
    signs = [extra.sum(), (-away).clip(min=0).sum(), np.minimum(extra, others).sum()]
    return np.array([*parts, *[each / (255 * union) for each in signs]])


def distance_to_contour(true: np.ndarray) -> np.ndarray:
    """Measure how far each pixel is from the contour of a (H, W) uint8 matte; 0 on it.

    Where there is no contour, everything is infinitely far away.
    """
    solid = (true >= 128).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, cross) > 0
    contour = rim | ((true > SOFT[0]) & (true < SOFT[1]))
    if not contour.any():
        return np.full(true.shape, np.inf)
    return cv2.distanceTransform((~contour).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _quality(errors: np.ndarray) -> np.ndarray:
    return 1 - (10 * errors).clip(max=1)


def _percent(values: np.ndarray) -> float:
    return 100 * float(values.mean())
