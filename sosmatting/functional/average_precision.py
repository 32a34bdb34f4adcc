"""Average precision as COCO defines it, from overlaps that anybody may have measured.

Letters: N predictions, M ground truths (crowds included), T thresholds, R recalls. Given mask IoU
this is COCO's mask AP; given the soft IoU of mattes it is soft AP. Areas play no part.

COCO: Lin et al., "Microsoft COCO: common objects in context", ECCV 2014.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
MAX_DETECTIONS = 100


@dataclass(frozen=True)
class Overlaps:
    """All that average precision needs of one image.

    Attributes:
        iou: (N, M) float64 overlaps in [0, 1]; of a crowd, the share of the prediction inside it.
        scores: (N,) float64 confidences.
        labels: (N,) int64 predicted categories.
        gt_labels: (M,) int64 true categories.
        crowd: (M,) bool; predictions that fall into a crowd are neither right nor wrong.
    """

    iou: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    gt_labels: np.ndarray
    crowd: np.ndarray


def average_precision(images: Sequence[Overlaps]) -> dict[str, float]:
    """Average the precision over thresholds, recalls and the categories that have a ground truth.

    Args:
        images: The set, in a fixed order: equal scores are ranked by it.

    Returns:
        ``AP`` (thresholds 0.5 to 0.95), ``AP50`` and ``AP75`` in [0, 1]; NaN without any ground
        truth.
    """
    categories = sorted({int(label) for image in images for label in image.gt_labels[~image.crowd]})
    if not categories:
        return dict.fromkeys(('AP', 'AP50', 'AP75'), float('nan'))
    precision = np.stack([category_precision(images, category) for category in categories])
    by_threshold = precision.mean(axis=(0, 2))
    at_75 = int(np.abs(THRESHOLDS - 0.75).argmin())
    return {
        'AP': float(precision.mean()),
        'AP50': float(by_threshold[0]),
        'AP75': float(by_threshold[at_75]),
    }


def category_precision(images: Sequence[Overlaps], category: int) -> np.ndarray:
    """Take one category's precision at 101 recalls, each the best at that recall or beyond.

    Args:
        images: The set.
        category: A label that at least one ground truth outside crowds has.

    Returns:
        (T, R) float64 in [0, 1].
    """
    matches = [category_matches(image, category) for image in images]
    instances = sum(int(((i.gt_labels == category) & ~i.crowd).sum()) for i in images)
    pairs = zip(images, matches, strict=True)
    scores = np.concatenate([image.scores[one.ranked] for image, one in pairs])
    order = np.argsort(-scores, kind='stable')
    hit = np.concatenate([one.hit for one in matches], axis=1)[:, order]
    ignored = np.concatenate([one.in_crowd for one in matches], axis=1)[:, order]
    return precision_at_recalls(hit, (~ignored).astype(np.float64), instances)


class CategoryMatches(NamedTuple):
    """What an image's predictions of one category matched.

    Attributes:
        ranked: (K,) int64, which predictions they are, best first, at most 100.
        hit: (T, K) bool, whether each is matched.
        in_crowd: (T, K) bool, whether with a crowd.
    """

    ranked: np.ndarray
    hit: np.ndarray
    in_crowd: np.ndarray


def category_matches(image: Overlaps, category: int) -> CategoryMatches:
    """Match one image's predictions of one category."""
    mine, true = np.flatnonzero(image.labels == category), image.gt_labels == category
    ranked = mine[np.argsort(-image.scores[mine], kind='stable')[:MAX_DETECTIONS]]
    return CategoryMatches(ranked, *match_greedily(image.iou[ranked][:, true], image.crowd[true]))


def precision_at_recalls(hit: np.ndarray, weights: np.ndarray, instances: float) -> np.ndarray:
    """Interpolate precision at 101 recalls, each the best at that recall or beyond.

    Args:
        hit: (T, K) bool, predictions by descending score.
        weights: (T, K) float64, how often each counts; 0 for one in a crowd.
        instances: Number of ground truths, counted likewise; above 0.

    Returns:
        (T, R) float64 in [0, 1].
    """
    right = np.cumsum(hit * weights, axis=1)
    wrong = np.cumsum(~hit * weights, axis=1)
    precision = right / (right + wrong + np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    curve = np.zeros((len(THRESHOLDS), len(RECALLS)))
    for row, values, recall in zip(curve, precision, right / instances, strict=True):
        places = np.searchsorted(recall, RECALLS, side='left')
        reached = places < len(values)
        row[reached] = values[places[reached]]
    return curve


def match_greedily(iou: np.ndarray, crowd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each prediction, best score first, the free ground truth it overlaps most.

    Args:
        iou: (N, M) overlaps of one image and category, predictions by descending score.
        crowd: (M,) bool. A crowd takes any number of predictions, but only those no ground truth
            takes.

    Returns:
        (T, N) bool, whether the prediction was matched at the threshold, to an instance or a crowd;
        and (T, N) bool, whether to a crowd.
    """
    instances, crowds = iou[:, ~crowd], iou[:, crowd]
    count, sizes = len(THRESHOLDS), instances.shape[1]
    matched = np.zeros((count, len(iou)), dtype=bool)
    in_crowd = np.zeros((count, len(iou)), dtype=bool)
    free = np.ones((count, sizes), dtype=bool)
    for k in range(len(iou)):
        if sizes:
            offered = np.where(free, instances[k], -1.0)
            best = sizes - 1 - offered[:, ::-1].argmax(axis=1)  # the last among equals, as COCO
            matched[:, k] = offered[np.arange(count), best] >= THRESHOLDS
            hit = np.flatnonzero(matched[:, k])
            free[hit, best[hit]] = False
        if crowds.shape[1]:
            in_crowd[:, k] = ~matched[:, k] & (crowds[k].max() >= THRESHOLDS)
    return matched | in_crowd, in_crowd
