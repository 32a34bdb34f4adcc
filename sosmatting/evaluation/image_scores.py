"""One image becomes numbers: who was matched, the errors of every instance, what the APs need.

Letters: N predictions, M ground truths, K matched pairs, S spurious predictions, T IMQ thresholds,
H W pixels of the original photo.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sosmatting.evaluation.coco_mask import MaskRecord, mask_record
from sosmatting.evaluation.instances import Instances, Traits, traits_of
from sosmatting.evaluation.rules import MATCH_IOU, Rules
from sosmatting.functional.average_precision import Overlaps
from sosmatting.functional.errors import PRINTED, mad
from sosmatting.functional.matching import eight_bit, hungarian, imq_sums, mask_iou, soft_iou
from sosmatting.functional.protocols import PROTOCOLS, Protocol, errors, missed_by, pair_errors


def _no_traits() -> Traits:
    return Traits(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.str_))


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
        name: The image's name, by which two runs are compared.
        truth: M traits of the ground truths.
        spurious: S traits of the predictions without a match.
        pairs: (M,) int64, the prediction that an instance is matched with, -1 for none.
        pair_iou: (M,) its mask IoU, 0 for none.
        pair_scores: (M,) its confidence, 0 for none.
        union_errors: (M, 4) IMQ's errors of the pair, 1 for none; NaN where not asked for.
        truth_names: M names of the ground truths, their files for instance.
        pred_names: Names of the predictions that ``pairs`` counts.
        pictures: By place of a ground truth, its panels as PNG; filled for few.
    """

    img_id: Any
    instances: int
    predictions: int
    match_iou: np.ndarray
    errors: np.ndarray | None
    imq: np.ndarray | None
    overlaps: Overlaps | None
    masks: MaskRecord | None
    name: str = ''
    truth: Traits = field(default_factory=_no_traits)
    spurious: Traits = field(default_factory=_no_traits)
    pairs: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    pair_iou: np.ndarray = field(default_factory=lambda: np.zeros(0))
    pair_scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    union_errors: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    truth_names: tuple[str, ...] = ()
    pred_names: tuple[str, ...] = ()
    pictures: dict[int, dict[str, bytes]] = field(default_factory=dict)


def score_single(
    img_id: Any,
    name: str,
    pred: Tensor | None,
    truth: Tensor,
    rules: Rules,
    unknown: Tensor | None = None,
) -> ImageScores:
    """Score the one matte of a photo against its one true matte, whatever their overlap.

    Args:
        img_id: Number or name that orders the set.
        name: The image's name.
        pred: (H, W) float64 in [0, 1], or None where there is no prediction.
        truth: (H, W) float64 in [0, 1].
        rules: How; of its parts ``'per_instance'`` and ``'imq'`` are taken.
        unknown: (H, W) bool, the unknown band, for protocols that count there only.
    """
    protocol = PROTOCOLS[rules.protocol]
    hit = pred is not None
    law = protocol if hit else missed_by(protocol)
    found = pred if pred is not None else torch.zeros_like(truth)
    band = None if unknown is None else unknown[None]
    raw = torch.stack(list(errors(found[None], truth[None], law, band).values()), 1).numpy()
    p8, g8 = eight_bit(found), eight_bit(truth)
    iou = float(mask_iou(p8[None], g8[None])) if hit else 0.0
    union = np.ones((1, 4))
    if hit:
        if 'imq' in rules.parts:
            union[0] = pair_errors(p8, g8, law.empty, rules.imq_empty)[1].numpy()
        else:
            both = ((found > 0) | (truth > 0))[None]
            union[0] = [float(mad(found[None], truth[None], both)), *[math.nan] * 3]
    number = int(hit)
    sums = imq_sums(torch.full((number,), iou), torch.from_numpy(union[:number]), number, 1)
    label = torch.full((1,), -1, dtype=torch.int64)
    return ImageScores(
        img_id=img_id,
        instances=1,
        predictions=number,
        match_iou=np.full(number, iou),
        errors=raw,
        imq=sums.numpy(),
        overlaps=None,
        masks=None,
        name=name,
        truth=traits_of(Instances(g8[None], label, torch.ones(1))),
        pairs=np.array([0 if hit else -1]),
        pair_iou=np.full(1, iou),
        pair_scores=np.full(1, float(hit)),
        union_errors=union,
    )


@dataclass(frozen=True)
class _Matches:
    """Every ground truth with its prediction; see the attributes of :class:`ImageScores`."""

    pairs: np.ndarray
    iou: np.ndarray
    errors: np.ndarray
    union_errors: np.ndarray


def score_image(
    img_id: Any,
    name: str,
    found: Instances,
    truth: Instances,
    ignored: Instances,
    rules: Rules,
    unknown: Tensor | None = None,
    cutouts: Sequence[str] = (),
) -> ImageScores:
    """Score the mattes found in one photo against the true ones.

    Args:
        img_id: Number or name that orders the set.
        name: The image's name.
        found: N predictions, alphas below the floor already 0.
        truth: M ground truths.
        ignored: Regions to ignore: COCO's crowds in the APs.
        rules: Which scores, and how.
        unknown: (M, H, W) bool, the unknown bands, for protocols that count there only.
        cutouts: M names of the cut-outs that the ground truths are, or none.
    """
    counted = found.select(found.scores >= rules.min_score) if rules.min_score > 0 else found
    kept: dict[str, Any] = {'match_iou': np.zeros(0), 'errors': None, 'imq': None}
    if {'per_instance', 'imq'} & set(rules.parts):
        matches = match_instances(counted, truth, rules, unknown)
        hit = matches.pairs >= 0
        sums = imq_sums(
            torch.from_numpy(matches.iou[hit]),
            torch.from_numpy(matches.union_errors[hit]),
            len(counted),
            len(truth),
        )
        confidence = counted.scores.cpu().numpy()
        spare = np.setdiff1d(np.arange(len(counted)), matches.pairs[hit])
        kept = {
            'match_iou': matches.iou[hit],
            'errors': matches.errors,
            'imq': sums.numpy(),
            'spurious': traits_of(counted.select(torch.from_numpy(spare))),
            'pairs': matches.pairs,
            'pair_iou': matches.iou,
            'pair_scores': np.array([confidence[k] if k >= 0 else 0.0 for k in matches.pairs]),
            'union_errors': matches.union_errors,
        }
    return ImageScores(
        img_id=img_id,
        instances=len(truth),
        predictions=len(counted),
        overlaps=_overlaps(found, truth, ignored, rules) if 'soft_ap' in rules.parts else None,
        masks=_masks(found, truth, ignored, rules) if 'mask_ap' in rules.parts else None,
        name=name,
        truth=traits_of(truth, cutouts),
        **kept,
    )


def match_instances(
    found: Instances, truth: Instances, rules: Rules, unknown: Tensor | None
) -> _Matches:
    """Pair one image's mattes and take their errors; a missed instance meets an all-zero matte."""
    iou = mask_iou(found.alphas, truth.alphas)
    rows, columns = hungarian(iou)
    pairs = np.full(len(truth), -1, np.int64)
    ious = np.zeros(len(truth))
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if iou[i, j] >= MATCH_IOU:
            pairs[j], ious[j] = i, float(iou[i, j])
    raw = np.zeros((len(truth), len(PRINTED)))
    union = np.ones((len(truth), 4))
    protocol = PROTOCOLS[rules.protocol]
    for j, i in enumerate(pairs.tolist()):
        true = truth.alphas[j]
        pred = found.alphas[i] if i >= 0 else torch.zeros_like(true)
        law = protocol if i >= 0 else missed_by(protocol)
        imq_empty = rules.imq_empty if i >= 0 else law.empty
        whole, inside = pair_errors(pred, true, law.empty, imq_empty)
        if law.region != 'whole' or law.normalise != 'none':
            band = None if unknown is None else unknown[j : j + 1]
            whole = _errors_of(pred, true, law, band)
        raw[j] = whole.numpy()
        if i >= 0:
            union[j] = inside.numpy()
    return _Matches(pairs, ious, raw, union)


def _errors_of(pred: Tensor, true: Tensor, protocol: Protocol, unknown: Tensor | None) -> Tensor:
    """Take the five raw errors of one pair of (H, W) uint8 mattes under any protocol."""
    p, g = pred[None].double() / 255, true[None].double() / 255
    return torch.cat(list(errors(p, g, protocol, unknown).values())).cpu()


def _overlaps(found: Instances, truth: Instances, ignored: Instances, rules: Rules) -> Overlaps:
    """Reduce one image to what soft AP needs; regions to ignore become crowds."""
    alphas = torch.cat([truth.alphas, ignored.alphas])
    crowd = torch.arange(len(alphas), device=alphas.device) >= len(truth)
    labels, gt_labels = found.labels, torch.cat([truth.labels, ignored.labels])
    if rules.agnostic:
        labels, gt_labels = torch.zeros_like(labels), torch.zeros_like(gt_labels)
    return Overlaps(
        iou=soft_iou(found.alphas, alphas, crowd).cpu().numpy(),
        scores=found.scores.cpu().numpy(),
        labels=labels.cpu().numpy(),
        gt_labels=gt_labels.cpu().numpy(),
        crowd=crowd.cpu().numpy(),
    )


def _masks(found: Instances, truth: Instances, ignored: Instances, rules: Rules) -> MaskRecord:
    """Reduce one image to what mask AP needs."""
    if not rules.agnostic:
        return mask_record(found, truth, ignored)
    same = [Instances(x.alphas, torch.zeros_like(x.labels), x.scores) for x in (found, truth)]
    crowds = Instances(ignored.alphas, torch.zeros_like(ignored.labels), ignored.scores)
    return mask_record(same[0], same[1], crowds)
