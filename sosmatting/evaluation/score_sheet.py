"""From the numbers of every image to the one sheet that is printed and written.

Letters: M ground truths of an image, K matched pairs, T IMQ thresholds.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from sosmatting.evaluation.breakdowns import breakdowns, exact_sum, mean_errors
from sosmatting.evaluation.coco_mask import coco_mask_scores
from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.resampled_ap import match_text
from sosmatting.functional.average_precision import Overlaps, average_precision, category_matches
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import (
    IMQ_ERRORS,
    IMQ_THRESHOLDS,
    imq_scores,
    imq_sums,
)

LEAST_OVERLAP = 0.1  # soft IoU from which a prediction lies on a ground truth, if on no other more


def score_sheet(
    images: Sequence[ImageScores],
    parts: Sequence[str],
    settings: dict[str, Any],
    classes: Sequence[str] = (),
) -> dict[str, Any]:
    """Put all scores of a set together.

    The images are ordered by id and sums are exact before they are rounded, so that the sheet does
    not depend on who scored which image.

    Args:
        images: The numbers of every image.
        parts: Which of ``PARTS`` the images were scored for; the others are left out.
        settings: What the numbers depend on; goes into the sheet as it is.
        classes: The name of every category, for the breakdown.

    Returns:
        The score file: ``images, instances, predictions``, then as asked for ``imq``, ``soft_AP``,
        ``soft_AP50``, ``soft_AP75``, ``mask_AP``, ``mask_AP50`` (x 100), ``per_instance`` (as
        printed), ``breakdowns`` (:mod:`~sosmatting.evaluation.breakdowns`), ``per_image`` (sums
        that add up to the scores) and ``settings``. NaN where there is nothing to average.
    """
    images = in_order(images)
    sheet: dict[str, Any] = {
        'images': len(images),
        'instances': sum(image.instances for image in images),
        'predictions': sum(image.predictions for image in images),
    }
    if 'imq' in parts:
        sums = exact_sum([image.imq for image in images if image.imq is not None], (2, 7))
        sheet['imq'] = imq_scores(torch.from_numpy(sums))
    if 'soft_ap' in parts:
        soft = average_precision([image.overlaps for image in images if image.overlaps is not None])
        sheet |= {f'soft_{name}': 100 * value for name, value in soft.items()}
    masks = None
    if 'mask_ap' in parts:
        masks = coco_mask_scores([image.masks for image in images if image.masks is not None])
        sheet['mask_AP'] = 100 * masks.ap
        sheet['mask_AP50'] = 100 * masks.ap50
    if 'per_instance' in parts:
        sheet['per_instance'] = _per_instance(images)
    agnostic = settings.get('categories') == 'ignored'
    sheet['breakdowns'] = breakdowns(images, parts, classes, masks, agnostic)
    sheet['per_image'] = [_of_one(image, parts) for image in images]
    if masks is not None:
        judged = [row for row, image in zip(sheet['per_image'], images, strict=True) if image.masks]
        for row, matches in zip(judged, masks.matches, strict=True):
            row['mask_ap'] = matches
    return sheet | {'settings': settings}


def in_order(images: Sequence[ImageScores]) -> list[ImageScores]:
    """Sort by id, numbers before names."""
    return sorted(images, key=lambda image: (isinstance(image.img_id, str), image.img_id))


def flat(sheet: dict[str, Any]) -> dict[str, float]:
    """Give each number of a sheet one name, for logs: ``SAD``, ``IMQ_Grad_50``, ``mask_AP``."""
    metrics = {name: float(value) for name, value in sheet.get('per_instance', {}).items()}
    for threshold, scores in sheet.get('imq', {}).items():
        percent = round(100 * float(threshold))
        metrics |= {f'{name}_{percent}': float(value) for name, value in scores.items()}
    for name in ('soft_AP', 'soft_AP50', 'soft_AP75', 'mask_AP', 'mask_AP50'):
        if name in sheet:
            metrics[name] = float(sheet[name])
    return metrics


def without_nan(value: Any) -> Any:
    """Replace NaN by None, which JSON can hold, anywhere in nested dicts and lists."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _per_instance(images: Sequence[ImageScores]) -> dict[str, float]:
    """Average the errors over all ground truths and count who was matched."""
    rows = [image.errors for image in images if image.errors is not None]
    scores = mean_errors(np.concatenate([np.zeros((0, len(PRINTED))), *rows]))
    instances = sum(len(row) for row in rows)
    ious = [iou for image in images for iou in image.match_iou.tolist()]
    predictions = sum(image.predictions for image in images)
    return scores | {
        'matched': len(ious),
        'missed': instances - len(ious),
        'spurious': predictions - len(ious),
        'match_iou': math.fsum(ious) / len(ious) if ious else 0.0,
    }


def _of_one(image: ImageScores, parts: Sequence[str]) -> dict[str, Any]:
    """List one image's sums: errors as printed over its instances, and what IMQ adds up."""
    row: dict[str, Any] = {
        'image': image.name or str(image.img_id),
        'instances': image.instances,
        'predictions': image.predictions,
    }
    if image.overlaps is not None:
        row['soft_ap'] = _soft_matches(image.overlaps, bool(image.truth.cutouts.any()))
    if image.errors is None:
        return row
    row['matched'] = len(image.match_iou)
    if 'per_instance' in parts:
        row['errors'] = _as_printed(exact_sum(list(image.errors), (len(PRINTED),)))
    if 'imq' in parts and image.imq is not None:
        row['imq'] = _imq_row(image.imq)
    if image.truth.cutouts.any():
        row['truths'] = [_of_truth(image, j, parts) for j in range(image.instances)]
    return row


def _of_truth(image: ImageScores, j: int, parts: Sequence[str]) -> dict[str, Any]:
    """List what one ground truth adds to its image's sums, and which cut-out it is."""
    hit = image.pairs[j : j + 1] >= 0
    row: dict[str, Any] = {'cutout': str(image.truth.cutouts[j]), 'matched': int(hit.sum())}
    if 'per_instance' in parts and image.errors is not None:
        row['errors'] = _as_printed(image.errors[j])
    if 'imq' in parts:
        ious, errors = (each[j : j + 1][hit] for each in (image.pair_iou, image.union_errors))
        sums = imq_sums(torch.from_numpy(ious), torch.from_numpy(errors), int(hit.sum()), 1)
        row['imq'] = _imq_row(sums.numpy())
    return row


def _as_printed(errors: np.ndarray) -> dict[str, float]:
    """Name five raw errors and scale them."""
    return {
        name: float(value) * scale
        for (name, scale), value in zip(PRINTED.items(), errors, strict=True)
    }


def _imq_row(sums: np.ndarray) -> dict[str, dict[str, float]]:
    """Name the (T, 7) numbers that IMQ adds up."""
    names = ('TP', 'FP', 'FN', *(f'S_{name}' for name in IMQ_ERRORS))
    return {
        str(threshold): dict(zip(names, map(float, numbers), strict=True))
        for threshold, numbers in zip(IMQ_THRESHOLDS, sums.tolist(), strict=True)
    }


def _soft_matches(image: Overlaps, each: bool) -> dict[str, Any]:
    """List what soft AP takes from one image, as :data:`Matches`, ``each`` ground truth on its own.

    A prediction lies on the ground truth, of whatever category, that it overlaps most; on none
    where it overlaps all of them by less than ``LEAST_OVERLAP``.
    """
    labels = image.gt_labels[~image.crowd]
    iou = np.hstack([np.full((len(image.iou), 1), LEAST_OVERLAP), image.iou[:, ~image.crowd]])
    truths: dict[str, int] = {}
    found = []
    for label in sorted({*image.labels.tolist(), *labels.tolist()}):
        count = int((labels == label).sum())
        if count:
            truths[str(label)] = count
        ranked, hit, in_crowd = category_matches(image, label)
        owners = (iou[ranked].argmax(1) - 1).tolist() if each else ()
        found.append(match_text(label, image.scores[ranked].tolist(), hit, in_crowd, owners))
    matches: dict[str, Any] = {'truths': truths, 'found': ';'.join(filter(None, found))}
    return matches | ({'labels': labels.tolist()} if each else {})
