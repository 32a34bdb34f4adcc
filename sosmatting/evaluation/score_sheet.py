"""From the numbers of every image to the one sheet that is printed and written.

Letters: M ground truths of an image, K matched pairs, T IMQ thresholds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sosmatting.evaluation.coco_mask import MaskRecord, coco_mask_ap
from sosmatting.functional.average_precision import Overlaps, average_precision
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import imq_scores

PARTS = ('per_instance', 'imq', 'soft_ap', 'mask_ap')


@dataclass(frozen=True)
class ImageScores:
    """What is kept of one image.

    Attributes:
        img_id: The image's id, by which the set is ordered.
        instances: Number M of ground truths.
        predictions: Number of predictions, confident enough to count.
        match_iou: (K,) mask IoU of the matched pairs.
        errors: (M, 5) raw errors in the order of ``PRINTED``, or None if not asked for.
        imq: (T, 7) numbers that IMQ adds up, or None.
        overlaps: What soft AP needs, or None.
        masks: What mask AP needs, or None.
    """

    img_id: Any
    instances: int
    predictions: int
    match_iou: np.ndarray
    errors: np.ndarray | None
    imq: np.ndarray | None
    overlaps: Overlaps | None
    masks: MaskRecord | None


def score_sheet(
    images: Sequence[ImageScores], parts: Sequence[str], settings: dict[str, Any]
) -> dict[str, Any]:
    """Put all scores of a set together.

    The images are ordered by id and sums are exact before they are rounded, so that the sheet does
    not depend on who scored which image.

    Args:
        images: The numbers of every image.
        parts: Which of ``PARTS`` the images were scored for; the others are left out.
        settings: What the numbers depend on; goes into the sheet as it is.

    Returns:
        The score file: ``images, instances, predictions``, then as asked for ``imq``, ``soft_AP``,
        ``soft_AP50``, ``soft_AP75``, ``mask_AP`` (x 100), ``per_instance`` (as printed), and
        ``settings``. NaN where there is nothing to average.
    """
    images = sorted(images, key=lambda image: (isinstance(image.img_id, str), image.img_id))
    sheet: dict[str, Any] = {
        'images': len(images),
        'instances': sum(image.instances for image in images),
        'predictions': sum(image.predictions for image in images),
    }
    if 'imq' in parts:
        sums = _exact_sum([image.imq for image in images if image.imq is not None], (2, 7))
        sheet['imq'] = imq_scores(torch.from_numpy(sums))
    if 'soft_ap' in parts:
        soft = average_precision([image.overlaps for image in images if image.overlaps is not None])
        sheet |= {f'soft_{name}': 100 * value for name, value in soft.items()}
    if 'mask_ap' in parts:
        records = [image.masks for image in images if image.masks is not None]
        sheet['mask_AP'] = 100 * coco_mask_ap(records)
    if 'per_instance' in parts:
        sheet['per_instance'] = _per_instance(images)
    return sheet | {'settings': settings}


def flat(sheet: dict[str, Any]) -> dict[str, float]:
    """Give each number of a sheet one name, for logs: ``SAD``, ``IMQ_Grad_50``, ``mask_AP``."""
    metrics = {name: float(value) for name, value in sheet.get('per_instance', {}).items()}
    for threshold, scores in sheet.get('imq', {}).items():
        percent = round(100 * float(threshold))
        metrics |= {f'{name}_{percent}': float(value) for name, value in scores.items()}
    for name in ('soft_AP', 'soft_AP50', 'soft_AP75', 'mask_AP'):
        if name in sheet:
            metrics[name] = float(sheet[name])
    return metrics


def without_nan(value: Any) -> Any:
    """Replace NaN by None, which JSON can hold, anywhere in nested dicts."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _per_instance(images: Sequence[ImageScores]) -> dict[str, float]:
    """Average the errors over all ground truths and count who was matched."""
    rows = [image.errors for image in images if image.errors is not None]
    instances = sum(len(row) for row in rows)
    sums = _exact_sum([row for part in rows for row in part], (len(PRINTED),))
    scores: dict[str, float] = {
        name: float(value) * scale / instances if instances else float('nan')
        for (name, scale), value in zip(PRINTED.items(), sums, strict=True)
    }
    ious = [iou for image in images for iou in image.match_iou.tolist()]
    predictions = sum(image.predictions for image in images)
    return scores | {
        'matched': len(ious),
        'missed': instances - len(ious),
        'spurious': predictions - len(ious),
        'match_iou': math.fsum(ious) / len(ious) if ious else 0.0,
    }


def _exact_sum(arrays: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Add arrays of one shape, rounding once per element: the order does not matter."""
    stacked = np.stack([np.zeros(shape), *arrays]).reshape(len(arrays) + 1, -1)
    return np.array([math.fsum(column) for column in stacked.T]).reshape(shape)
