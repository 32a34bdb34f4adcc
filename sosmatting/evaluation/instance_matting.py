"""The one metric of a config: per-instance errors, IMQ, soft AP and mask AP in one pass.

Letters: N predictions, M ground truths, K matched pairs, H W pixels of the original photo.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from torch import Tensor

from sosmatting.evaluation.coco_mask import mask_record
from sosmatting.evaluation.samples import Instances, predicted, true
from sosmatting.evaluation.score_sheet import PARTS, ImageScores, flat, score_sheet, without_nan
from sosmatting.exceptions import InputError
from sosmatting.files import write_json
from sosmatting.functional.average_precision import Overlaps
from sosmatting.functional.errors import PRINTED, Empty
from sosmatting.functional.matching import hungarian, imq_sums, mask_iou, soft_iou
from sosmatting.functional.protocols import pair_errors

MATCH_IOU = 0.5


@METRICS.register_module()
class InstanceMattingMetric(BaseMetric):
    """Score predicted mattes against true ones.

    Predictions and ground truths are paired by the IoU of their ``alpha > 0`` masks (Hungarian
    matching), whatever their class; a pair counts from IoU 0.5. Errors are taken over the whole
    image and averaged over all ground truths; one without a match is scored against an all-zero
    matte, its Conn under the rule ``'previous'`` (under ``'matlab'`` it would cost nothing).
    Regions to ignore are COCO's crowds in both APs, and take no part in the rest.

    Args:
        parts: Which scores to take, of ``'per_instance'``, ``'imq'``, ``'soft_ap'``, ``'mask_ap'``.
        floor: Predicted alphas below floor / 255 count as 0, everywhere.
        min_score: Predictions below this confidence count in the two APs only.
        imq_empty: Conn's rule inside IMQ: ``'matlab'``, or ``'previous'`` as IMQ's authors have it.
        score_file: Where to write the score sheet as JSON; nowhere by default.
        collect_device: mmengine's: where the ranks' results meet.
        prefix: mmengine's: what the names of the scores begin with.
        collect_dir: mmengine's: the folder in which the ranks' results meet.

    Raises:
        InputError: An option has an unknown value.
    """

    default_prefix = 'instance'

    def __init__(
        self,
        parts: Sequence[str] = PARTS,
        floor: int = 1,
        min_score: float = 0.0,
        imq_empty: Empty = 'matlab',
        score_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        unknown = sorted(set(parts) - set(PARTS))
        if unknown or not parts:
            raise InputError(f'parts: {unknown or "nothing"} cannot be scored; use some of {PARTS}')
        if not 1 <= floor <= 255:
            raise InputError(f'floor: {floor} is not in 1..255; give a level of 8-bit alpha')
        if imq_empty not in ('matlab', 'previous'):
            raise InputError(f"imq_empty: '{imq_empty}' is unknown; use 'matlab' or 'previous'")
        self.parts = tuple(parts)
        self.floor = floor
        self.min_score = min_score
        self.imq_empty: Empty = imq_empty
        self.score_file = score_file

    @property
    def settings(self) -> dict[str, Any]:
        """What the scores depend on, printed beside them."""
        return {
            'parts': list(self.parts),
            'floor': self.floor,
            'min_score': self.min_score,
            'match_iou': MATCH_IOU,
            'region': {'per_instance': 'whole', 'imq': 'union'},
            'scale': dict(PRINTED),
            'grad_normalise': 'none',
            'conn_empty': {'matched': 'matlab', 'missed': 'previous', 'imq': self.imq_empty},
        }

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Reduce every sample to its numbers; no matte is kept."""
        self.results.extend(self.score_image(sample) for sample in data_samples)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Put the images together, write the score file if asked for, and name the scores."""
        sheet = score_sheet(results, self.parts, self.settings)
        if self.score_file is not None:
            write_json(self.score_file, without_nan(sheet))
        return flat(sheet)

    def score_image(self, sample: dict) -> ImageScores:
        """Score one data sample (a dict).

        Raises:
            InputError: It has no ground truth, or mattes of another size than the photo.
        """
        found = predicted(sample, self.floor)
        device = found.alphas.device
        truth = true(sample, device)
        ignored = true(sample, device, 'ignored_instances')
        counted = found.select(found.scores >= self.min_score) if self.min_score > 0 else found
        errors = imq = None
        match_iou = torch.zeros(0)
        if {'per_instance', 'imq'} & set(self.parts):
            match_iou, errors, imq = self._match(counted, truth)
        return ImageScores(
            img_id=sample['img_id'],
            instances=len(truth),
            predictions=len(counted),
            match_iou=match_iou.cpu().numpy(),
            errors=errors,
            imq=imq,
            overlaps=_overlaps(found, truth, ignored) if 'soft_ap' in self.parts else None,
            masks=mask_record(found, truth, ignored) if 'mask_ap' in self.parts else None,
        )

    def _match(self, found: Instances, truth: Instances) -> tuple[Tensor, np.ndarray, np.ndarray]:
        """Pair one image's mattes and take their errors.

        Returns:
            (K,) IoU of the pairs from ``MATCH_IOU`` on; (M, 5) raw errors; (T, 7) numbers for IMQ.
        """
        iou = mask_iou(found.alphas, truth.alphas)
        rows, columns = hungarian(iou)
        close = iou[rows, columns] >= MATCH_IOU
        rows, columns = rows[close], columns[close]
        errors = torch.zeros((len(truth), len(PRINTED)), dtype=torch.float64)
        union_errors = torch.zeros((len(rows), 4), dtype=torch.float64)
        for k, (i, j) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
            errors[j], union_errors[k] = pair_errors(
                found.alphas[i], truth.alphas[j], imq_empty=self.imq_empty
            )
        for j in sorted(set(range(len(truth))) - set(columns.tolist())):
            nothing = torch.zeros_like(truth.alphas[j])
            errors[j], _ = pair_errors(nothing, truth.alphas[j], 'previous', 'previous')
        match_iou = iou[rows, columns].cpu()
        imq = imq_sums(match_iou, union_errors, len(found), len(truth))
        return match_iou, errors.numpy(), imq.numpy()


def _overlaps(found: Instances, truth: Instances, ignored: Instances) -> Overlaps:
    """Reduce one image to what soft AP needs; regions to ignore become crowds."""
    alphas = torch.cat([truth.alphas, ignored.alphas])
    crowd = torch.arange(len(alphas), device=alphas.device) >= len(truth)
    return Overlaps(
        iou=soft_iou(found.alphas, alphas, crowd).cpu().numpy(),
        scores=found.scores.cpu().numpy(),
        labels=found.labels.cpu().numpy(),
        gt_labels=torch.cat([truth.labels, ignored.labels]).cpu().numpy(),
        crowd=crowd.cpu().numpy(),
    )
