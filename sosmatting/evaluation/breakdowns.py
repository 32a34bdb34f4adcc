"""The scores again, for groups of instances: per category, size, unknown share, cut-out, its set.

A ground truth and the prediction matched with it belong to the ground truth's group, a spurious
prediction to the group of its own category, size or unknown share; it belongs to no cut-out or set.

Letters: M ground truths of an image, T IMQ thresholds.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

from sosmatting.evaluation.coco_mask import SIZES, MaskScores
from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.instances import Traits
from sosmatting.functional.average_precision import Overlaps, category_precision
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import imq_scores, imq_sums

Belongs = Callable[[Traits], np.ndarray]

SIZE_EDGES = (0.0, 32.0**2, 96.0**2, math.inf)
"""COCO's: pixels of alpha >= 0.5."""
UNKNOWN_EDGES = (0.0, 0.1, 0.3, math.inf)
UNKNOWN_NAMES = ('under 10 %', '10 to 30 %', '30 % and more')


def breakdowns(
    images: Sequence[ImageScores],
    parts: Sequence[str],
    classes: Sequence[str],
    masks: MaskScores | None = None,
    agnostic: bool = False,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Score every group that has an instance or a spurious prediction.

    Args:
        images: The set, in a fixed order.
        parts: Which of ``PARTS`` were scored.
        classes: The name of every category; empty leaves the categories out.
        masks: Mask AP of the whole set, where it was taken.
        agnostic: The APs ignored categories, so that no category has one of its own.

    Returns:
        Under ``category``, ``size``, ``unknown`` and, where the scenes name their cut-outs,
        ``cutout_set`` and ``cutout``, by name of the group: ``instances``; with
        errors or IMQ ``matched``, ``missed``, ``spurious``, ``match_iou``; the mean errors as
        printed; ``imq``; and, x 100, per category ``soft_AP`` and ``mask_AP``, per size
        ``mask_AP``.
    """
    result: dict[str, dict[str, dict[str, Any]]] = {'size': {}, 'unknown': {}}
    for k, name in enumerate(SIZES):
        row = _row(images, parts, _between('areas', SIZE_EDGES, k))
        if row is not None:
            if masks is not None:
                row['mask_AP'] = 100 * masks.by_size[name]
            result['size'][name] = row
    for k, name in enumerate(UNKNOWN_NAMES):
        row = _row(images, parts, _between('unknown', UNKNOWN_EDGES, k))
        if row is not None:
            result['unknown'][name] = row
    scored = [image for image in images if image.errors is not None]
    cutouts = sorted({name for image in scored for name in image.truth.cutouts.tolist()} - {''})
    if cutouts:
        sets = sorted({name.partition('/')[0] for name in cutouts})
        members = {
            part: [name for name in cutouts if name.partition('/')[0] == part] for part in sets
        }
        for kind, groups in (
            ('cutout_set', members),
            ('cutout', {name: [name] for name in cutouts}),
        ):
            rows = {name: _row(scored, parts, _of_cutouts(some)) for name, some in groups.items()}
            result[kind] = {name: row for name, row in rows.items() if row is not None}
    if classes:
        result = {'category': _categories(images, parts, classes, masks, agnostic)} | result
    return result


def _categories(
    images: Sequence[ImageScores],
    parts: Sequence[str],
    classes: Sequence[str],
    masks: MaskScores | None,
    agnostic: bool,
) -> dict[str, dict[str, Any]]:
    """Score every category."""
    overlaps = [image.overlaps for image in images if image.overlaps is not None]
    rows = {}
    for label, name in enumerate(classes):
        row = _row(images, parts, _of_label(label))
        if row is None:
            continue
        if 'soft_ap' in parts and not agnostic:
            row['soft_AP'] = 100 * _soft_ap(overlaps, label)
        if masks is not None and not agnostic:
            row['mask_AP'] = 100 * masks.by_label.get(label, math.nan)
        rows[name] = row
    return rows


def _of_label(label: int) -> Belongs:
    return lambda traits: traits.labels == label


def _of_cutouts(names: Sequence[str]) -> Belongs:
    return lambda traits: np.isin(traits.cutouts, names)


def _between(trait: str, edges: Sequence[float], k: int) -> Belongs:
    low, high = edges[k], edges[k + 1]
    return lambda traits: (getattr(traits, trait) >= low) & (getattr(traits, trait) < high)


def _soft_ap(overlaps: Sequence[Overlaps], label: int) -> float:
    """Take one category's soft AP; NaN without a ground truth."""
    if not any(((one.gt_labels == label) & ~one.crowd).any() for one in overlaps):
        return math.nan
    return float(category_precision(overlaps, label).mean())


def _row(
    images: Iterable[ImageScores], parts: Sequence[str], belongs: Belongs
) -> dict[str, Any] | None:
    """Score one group; None where nothing belongs to it."""
    instances = spurious = 0
    errors: list[np.ndarray] = []
    ious: list[float] = []
    sums: list[np.ndarray] = []
    for image in images:
        mine = belongs(image.truth)
        instances += int(mine.sum())
        if image.errors is None:
            continue
        extra = int(belongs(image.spurious).sum())
        spurious += extra
        errors.append(image.errors[mine])
        hit = mine & (image.pairs >= 0)
        ious += image.pair_iou[hit].tolist()
        numbers = imq_sums(
            torch.from_numpy(image.pair_iou[hit]),
            torch.from_numpy(image.union_errors[hit]),
            extra + int(hit.sum()),
            int(mine.sum()),
        )
        sums.append(numbers.numpy())
    if not instances and not spurious:
        return None
    row: dict[str, Any] = {'instances': instances}
    if not errors:
        return row
    row |= {
        'matched': len(ious),
        'missed': instances - len(ious),
        'spurious': spurious,
        'match_iou': math.fsum(ious) / len(ious) if ious else 0.0,
    }
    if 'per_instance' in parts:
        row |= mean_errors(np.concatenate(errors))
    if 'imq' in parts:
        row['imq'] = imq_scores(torch.from_numpy(exact_sum(sums, (2, 7))))
    return row


def mean_errors(rows: np.ndarray) -> dict[str, float]:
    """Average (M, 5) raw errors and scale them as printed; NaN without a row."""
    sums = exact_sum(list(rows), (len(PRINTED),))
    return {
        name: float(value) * scale / len(rows) if len(rows) else math.nan
        for (name, scale), value in zip(PRINTED.items(), sums, strict=True)
    }


def exact_sum(arrays: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Add arrays of one shape, rounding once per element: the order does not matter."""
    stacked = np.stack([np.zeros(shape), *arrays]).reshape(len(arrays) + 1, -1)
    return np.array([math.fsum(column) for column in stacked.T]).reshape(shape)
