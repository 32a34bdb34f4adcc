"""The metrics of a config: per-instance errors, IMQ, soft AP and mask AP, in one pass or alone.

Letters: N predictions, M ground truths, H W pixels of the original photo.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric

from sosmatting.evaluation.gallery import Gallery
from sosmatting.evaluation.image_scores import ImageScores, score_image
from sosmatting.evaluation.report import write_report
from sosmatting.evaluation.rules import PARTS, Rules
from sosmatting.evaluation.samples import cutouts_of, predicted, true
from sosmatting.evaluation.score_sheet import flat, score_sheet, without_nan
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo, write_json
from sosmatting.functional.connectivity import Empty


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
        report_dir: Where to write the report, ``index.html``; nowhere by default.
        collect_device: mmengine's: where the ranks' results meet.
        prefix: mmengine's: what the names of the scores begin with.
        collect_dir: mmengine's: the folder in which the ranks' results meet.

    Raises:
        InputError: An option has an unknown value.
    """

    default_prefix: str | None = 'instance'

    def __init__(
        self,
        parts: Sequence[str] = PARTS,
        floor: int = 1,
        min_score: float = 0.0,
        imq_empty: Empty = 'matlab',
        score_file: str | None = None,
        report_dir: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.rules = Rules(
            parts=tuple(parts), floor=floor, min_score=min_score, imq_empty=imq_empty
        )
        self.score_file = score_file
        self.report_dir = report_dir
        self.gallery = Gallery()

    @property
    def settings(self) -> dict[str, Any]:
        """What the scores depend on, printed beside them."""
        return self.rules.settings

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Reduce every sample to its numbers; no matte is kept."""
        self.results.extend(self.score_image(sample) for sample in data_samples)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Put the images together, write the files asked for, and name the scores."""
        classes = (self.dataset_meta or {}).get('classes') or ()
        sheet = score_sheet(results, self.rules.parts, self.settings, classes)
        if self.score_file is not None:
            write_json(self.score_file, without_nan(sheet))
        if self.report_dir is not None:
            write_report(self.report_dir, sheet, results, classes)
        self.gallery = Gallery()
        return flat(sheet)

    def score_image(self, sample: dict) -> ImageScores:
        """Score one data sample (a dict).

        Raises:
            InputError: It has no ground truth, or mattes of another size than the photo.
        """
        found = predicted(sample, self.rules.floor)
        truth = true(sample, found.alphas.device)
        ignored = true(sample, found.alphas.device, 'ignored_instances')
        path = sample.get('img_path')
        name = Path(path).stem if path else str(sample['img_id'])
        cutouts = cutouts_of(sample, len(truth))
        scores = score_image(
            sample['img_id'], name, found, truth, ignored, self.rules, cutouts=cutouts
        )
        if self.report_dir is not None and len(scores.pairs):
            counted = found.select(found.scores >= self.rules.min_score)
            self.gallery.offer(scores, counted, truth, lambda: _photo(sample))
        return scores


@METRICS.register_module()
class IMQMetric(InstanceMattingMetric):
    """Take the instance matting quality alone: IMQ, MQ and RQ with all four errors.

    Args:
        **kwargs: Those of :class:`InstanceMattingMetric`, without ``parts``.
    """

    default_prefix = 'imq'

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parts=('imq',), **kwargs)


@METRICS.register_module()
class SoftAPMetric(InstanceMattingMetric):
    """Take soft AP alone: COCO's AP with the soft IoU of mattes.

    Args:
        **kwargs: Those of :class:`InstanceMattingMetric`, without ``parts``.
    """

    default_prefix = 'soft'

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parts=('soft_ap',), **kwargs)


@METRICS.register_module()
class COCOMaskMetric(InstanceMattingMetric):
    """Take COCO's mask AP alone: pycocotools on ``alpha >= 0.5``.

    Unlike mmdet's ``CocoMetric`` it needs no annotation file: the truth comes with the samples.

    Args:
        **kwargs: Those of :class:`InstanceMattingMetric`, without ``parts``.
    """

    default_prefix = 'coco'

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parts=('mask_ap',), **kwargs)


def _photo(sample: dict) -> np.ndarray | None:
    """Read a sample's photo in the frame that its mattes are in; None where that is not to be had.

    A report without a photo is better than a test that fails at its very end.
    """
    try:
        photo = read_photo(sample['img_path'])
        if photo.shape[:2] != tuple(sample['ori_shape'][:2]):
            photo = read_photo(sample['img_path'], upright=False)
    except (KeyError, InputError):
        return None
    return photo if photo.shape[:2] == tuple(sample['ori_shape'][:2]) else None
