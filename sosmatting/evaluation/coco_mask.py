"""COCO mask AP by pycocotools on ``alpha >= 0.5``, with the ground truth taken from the samples.

pycocotools knows binary masks only (its run lengths hold no alpha), so a matte counts where it is
at least half opaque.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor

from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.resampled_ap import match_text

SIZES = ('small', 'medium', 'large')


@dataclass(frozen=True)
class MaskRecord:
    """The run-length coded masks of one image, as pycocotools takes them.

    Attributes:
        size_hw: H, W in pixels.
        found: For each prediction: segmentation, category_id, score.
        true: For each ground truth: segmentation, category_id, iscrowd.
    """

    size_hw: tuple[int, int]
    found: list[dict[str, Any]]
    true: list[dict[str, Any]]


def mask_record(found: Instances, truth: Instances, ignored: Instances) -> MaskRecord:
    """Reduce one image to run lengths; ``ignored`` regions become COCO's crowds."""
    height, width = truth.alphas.shape[1:]
    return MaskRecord(
        (height, width),
        [
            {'segmentation': code, 'category_id': label, 'score': score}
            for code, label, score in zip(
                _run_lengths(found.alphas),
                found.labels.tolist(),
                found.scores.tolist(),
                strict=True,
            )
        ],
        [
            {'segmentation': code, 'category_id': label, 'iscrowd': crowd}
            for crowd, some in enumerate((truth, ignored))
            for code, label in zip(_run_lengths(some.alphas), some.labels.tolist(), strict=True)
        ],
    )


@dataclass(frozen=True)
class MaskScores:
    """Mask AP in [0, 1] over IoU 0.50:0.95 with 100 predictions; NaN without any ground truth.

    Attributes:
        ap: Of everything.
        ap50: The same at IoU 0.50 alone.
        by_label: Of every category that has a ground truth.
        by_size: Of COCO's ``small``, ``medium`` and ``large``.
        matches: Of each record, what its predictions matched, by size (``all`` too) in the form of
            :class:`~sosmatting.evaluation.resampled_ap.Matches`.
    """

    ap: float
    ap50: float
    by_label: dict[int, float]
    by_size: dict[str, float]
    matches: list[dict[str, dict[str, Any]]]


def coco_mask_ap(records: Sequence[MaskRecord]) -> float:
    """Score a set with pycocotools: :func:`coco_mask_scores`, the one number."""
    return coco_mask_scores(records).ap


def coco_mask_scores(records: Sequence[MaskRecord]) -> MaskScores:
    """Score a set with pycocotools.

    Args:
        records: The set, in a fixed order: equal scores are ranked by it.
    """
    labels = sorted({entry['category_id'] for record in records for entry in record.true})
    if not labels:
        empty = {size: {'truths': {}, 'found': ''} for size in ('all', *SIZES)}
        nan, matches = float('nan'), [empty] * len(records)
        return MaskScores(nan, nan, {}, dict.fromkeys(SIZES, nan), matches)
    frame = {
        'images': [
            {'id': number, 'height': record.size_hw[0], 'width': record.size_hw[1]}
            for number, record in enumerate(records)
        ],
        'categories': [{'id': label, 'name': str(label)} for label in labels],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth = _coco(frame, [record.true for record in records])
        found = _coco(frame, [record.found for record in records])
        evaluation = COCOeval(truth, found, 'segm')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval['precision']  # thresholds, recalls, categories, sizes, limits
    return MaskScores(
        _mean(precision[:, :, :, 0, -1]),
        _mean(precision[:1, :, :, 0, -1]),
        {label: _mean(precision[:, :, k, 0, -1]) for k, label in enumerate(labels)},
        {size: _mean(precision[:, :, :, k + 1, -1]) for k, size in enumerate(SIZES)},
        _matches(evaluation, labels, len(records)),
    )


def _matches(
    evaluation: COCOeval, labels: Sequence[int], images: int
) -> list[dict[str, dict[str, Any]]]:
    """Read off what pycocotools matched in every image, for its four ranges of size.

    A prediction that counts at no threshold (in a crowd, or of another size) is left out.
    """
    found: list[dict[str, dict[str, Any]]] = [{} for _ in range(images)]
    judged = iter(evaluation.evalImgs)  # by category, by size, by image
    for label in labels:
        for size in ('all', *SIZES):
            for image in found:
                row = image.setdefault(size, {'truths': {}, 'found': ''})
                one = next(judged)
                if one is None:
                    continue
                count = int((np.asarray(one['gtIgnore']) == 0).sum())
                if count:
                    row['truths'][str(label)] = count
                ignored = np.asarray(one['dtIgnore'], bool)
                entries = match_text(label, one['dtScores'], one['dtMatches'] > 0, ignored)
                row['found'] = ';'.join(filter(None, [row['found'], entries]))
    return found


def _mean(precision: np.ndarray) -> float:
    """Average what is not -1, pycocotools' mark for no ground truth; NaN where nothing is left."""
    some = precision[precision > -1]
    return float(some.mean()) if some.size else float('nan')


def _coco(frame: dict[str, list], entries: list[list[dict[str, Any]]]) -> COCO:
    """Build pycocotools' index of the entries of every image; ids start at 1, as it needs."""
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(entries):
        for entry in image:
            annotations.append(
                {
                    'iscrowd': 0,
                    **entry,
                    'id': len(annotations) + 1,
                    'image_id': number,
                    'area': float(rle.area(entry['segmentation'])),
                }
            )
    coco = COCO()
    coco.dataset = {**frame, 'annotations': annotations}
    coco.createIndex()
    return coco


def _run_lengths(alphas: Tensor) -> list[dict[str, Any]]:
    """Code ``alpha >= 0.5`` of (N, H, W) uint8 mattes."""
    masks = (alphas >= 128).cpu().numpy().astype(np.uint8)
    return [rle.encode(np.asfortranarray(mask)) for mask in masks]
