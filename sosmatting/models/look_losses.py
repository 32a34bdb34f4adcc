"""What the second look's alphas and qualities cost.

Letters: K crops, C categories, s the side of a crop.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.exceptions import check_numbers
from sosmatting.functional.alpha import contour_band, ignored_bands
from sosmatting.models.look_settling import AlphaSettler
from sosmatting.models.look_targets import Lesson

NEAR = 4  # pixels of a crop to a contour
CHANGE = 0.1  # of the alpha, which makes a contour
SPOILT = 0.1  # error inside the union that leaves nothing of a matte
QUALITY_SCALE = 4.0  # the focusing factor is at most 1 and mostly far below


class LookLosses:
    """Cross entropy and soft IoU on alphas, focused cross entropy on qualities.

    Args:
        bce: Weight of the cross entropy of the alphas.
        iou: Weight of 1 - soft IoU.
        edge: Weight of the cross entropy of the alphas near the truth's contour alone. Hard masks
            have no part in it: their contours are drawn by hand, or guessed.
        rough: Weight of the cross entropy of the rough mattes.
        quality: Weight of the qualities' loss.
        ignore_band: Half width in pixels of a crop of the widest band around a hard mask's contour
            that counts nothing.

    Raises:
        InputError: An option is out of its range.
    """

    def __init__(
        self,
        bce: float,
        iou: float,
        edge: float,
        rough: float,
        quality: float,
        ignore_band: int,
    ) -> None:
        weights = dict(bce=bce, iou=iou, edge=edge, rough=rough, quality=quality)
        check_numbers(
            'SecondLook: loss_', **{name: (each, 0.0, math.inf) for name, each in weights.items()}
        )
        check_numbers('SecondLook: ', ignore_band=(ignore_band, 0, 1000))
        self.bce = bce
        self.iou = iou
        self.edge = edge
        self.rough = rough
        self.quality = quality
        self.ignore_band = ignore_band

    def __call__(
        self,
        logits: Tensor,
        rough: Tensor,
        quality: Tensor,
        wanted: Tensor,
        before: Tensor,
        lesson: Lesson,
    ) -> dict[str, Tensor]:
        """Compare K crops with what they are to become.

        Args:
            logits: (K, s, s) of alpha.
            rough: (K, s / r, s / r) logits of the rough matte.
            quality: (K, C + 1) logits: by category, and whatever the category.
            wanted: (K, s, s) alphas.
            before: (K, s, s) the first look's alphas.
            lesson: Whose and what they are.

        Returns:
            (K,) each: the losses ``loss_again_bce``, ``loss_again_iou``, ``loss_again_edge``,
            ``loss_again_rough``, ``loss_again_quality``, the soft IoUs ``again_iou`` and
            ``first_iou``, ``matched``, 1 where there is a truth, and ``contours``, 1 where that is
            soft. All but the quality are 0 where there is no truth.
        """
        matched = (lesson.labels >= 0).float()
        wanted, counts = self._believed(wanted, lesson.hard)
        near = contour_band(wanted, NEAR, CHANGE) * ~lesson.hard[:, None, None]
        iou = soft_overlap(logits.sigmoid(), wanted, counts)
        return {
            'loss_again_bce': self.bce * cross_entropy(logits, wanted, counts) * matched,
            'loss_again_iou': self.iou * (1 - iou) * matched,
            'loss_again_edge': self.edge * cross_entropy(logits, wanted, counts * near) * matched,
            'loss_again_rough': self.rough * self._misdrawn(rough, wanted, counts) * matched,
            'loss_again_quality': self._misjudged(quality, iou.detach() * matched, lesson),
            'again_iou': iou.detach() * matched,
            'first_iou': soft_overlap(before, wanted, counts) * matched,
            'matched': matched,
            'contours': matched * ~lesson.hard,
        }

    @staticmethod
    def _misdrawn(rough: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
        """Compare the rough mattes with averaged alphas: (K,)."""
        stride = wanted.shape[-1] // rough.shape[-1]
        share = F.avg_pool2d(counts, stride)
        small = F.avg_pool2d(wanted * counts, stride) / share.clamp(min=1e-6)
        return cross_entropy(rough, small, share)

    def _believed(self, wanted: Tensor, hard: Tensor) -> tuple[Tensor, Tensor]:
        """Binarise hard masks again, and say what each pixel counts."""
        counts = torch.ones_like(wanted)
        if not hard.any():
            return wanted, counts
        wanted = wanted.clone()
        wanted[hard] = (wanted[hard] >= 0.5).float()
        counts[hard] = (~ignored_bands(wanted[hard], self.ignore_band)).float()
        return wanted, counts

    def _misjudged(self, quality: Tensor, iou: Tensor, lesson: Lesson) -> Tensor:
        """Compare (K, C + 1) qualities with the soft IoU in the truth's column and in the last.

        As in Generalized Focal Loss (Li et al., NeurIPS 2020): the further off, the more it counts.
        """
        known = lesson.labels >= 0
        columns = F.one_hot(lesson.labels.clamp(min=0), quality.shape[1])
        columns[:, -1] = 1
        target = columns * iou[:, None]
        far = (quality.sigmoid().detach() - target).square()
        wrong = F.binary_cross_entropy_with_logits(quality, target, reduction='none')
        judged = torch.cat([lesson.judged, lesson.judged.all(1, keepdim=True)], dim=1)
        judged = judged | known[:, None]
        return self.quality * QUALITY_SCALE * (wrong * far * judged).sum(1)


def missettled(
    settle: AlphaSettler, logits: Tensor, photos: Tensor, wanted: Tensor, lesson: Lesson
) -> Tensor:
    """Compare what K crops' alphas settle at with soft truths: ``e / (e + 0.1)``, (K,).

    e is 1 - soft IoU, the error inside the union, of which 0.1 leaves nothing of IMQ (T = 0.5): the
    nearer a matte is to its truth, the more of it is still to be won. 0 where there is no truth, or
    a hard mask, whose contours are not the photo's.
    """
    misfit = logits.new_zeros(len(logits))
    soft = ((lesson.labels >= 0) & ~lesson.hard).nonzero()[:, 0]
    if not len(soft):
        return misfit
    settled = settle.small(logits[soft].sigmoid(), photos[soft])
    iou = soft_overlap(settled, wanted[soft], torch.ones_like(settled))
    error = 1 - iou
    return misfit.index_add(0, soft, error / (error + SPOILT))


def cross_entropy(logits: Tensor, target: Tensor, counts: Tensor) -> Tensor:
    """Average the cross entropy of (K, s, s) logits over the pixels that count: (K,)."""
    each = F.binary_cross_entropy_with_logits(logits, target, reduction='none')
    return (each * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)


def soft_overlap(pred: Tensor, target: Tensor, counts: Tensor) -> Tensor:
    """Score mattes by ``sum(min(p, g)) / sum(max(p, g))`` over the pixels that count.

    One minus it is the error inside the union, which is what IMQ and soft AP ask for.

    Args:
        pred: (K, s, s) in [0, 1].
        target: (K, s, s) in [0, 1].
        counts: (K, s, s) what each pixel counts.

    Returns:
        (K,) in [0, 1].
    """
    shared = (torch.minimum(pred, target) * counts).sum((1, 2))
    union = (torch.maximum(pred, target) * counts).sum((1, 2))
    return shared / union.clamp(min=1e-6)
