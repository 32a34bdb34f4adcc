"""Which prediction belongs to which object, and the instance matting quality (IMQ).

Letters: N predictions, M ground truths, K matched pairs, T thresholds, H W pixels. Mattes come as
uint8 0..255 (exact and small) or as floats in [0, 1], which are rounded to 8 bits first; overlaps
are whole numbers until they are divided.

IMQ: Sun et al., "Human instance matting via mutual guidance and multi-instance refinement", CVPR
2022.
"""

from collections.abc import Iterable

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from sosmatting.functional.alpha import quantise
from sosmatting.functional.windows import window_of

IMQ_THRESHOLDS = (0.5, 0.75)
IMQ_ERRORS = ('MAD', 'MSE', 'Grad', 'Conn')
CHUNK_PIXELS = 1 << 24


def mask_iou(pred: Tensor, target: Tensor, floor: int = 1) -> Tensor:
    """Score the overlap of the masks ``alpha > 0`` of every prediction and every ground truth.

    Args:
        pred: (N, H, W) mattes, uint8 or floats in [0, 1].
        target: (M, H, W) mattes, likewise, on the device of ``pred``.
        floor: Predicted alphas below floor / 255 count as 0. The ground truth counts wherever it is
            above 0.

    Returns:
        (N, M) float64 intersection over union; 0 for two empty masks.
    """
    inside = (eight_bit(pred) >= max(floor, 1)).to(torch.uint8)
    return soft_iou(inside, (eight_bit(target) > 0).to(torch.uint8))


def soft_iou(pred: Tensor, target: Tensor, crowd: Tensor | None = None) -> Tensor:
    """Score the overlap of every predicted matte with every ground-truth matte.

    ``sum(min(p, g)) / sum(max(p, g))`` over pixels; on binary mattes the usual IoU, to the last
    bit.

    Args:
        pred: (N, H, W) mattes, uint8 or floats in [0, 1].
        target: (M, H, W) mattes, likewise, on the device of ``pred``.
        crowd: (M,) bool; a crowd's overlap is ``sum(min(p, g)) / sum(p)``, the share of the
            prediction inside it.

    Returns:
        (N, M) float64 scores in [0, 1]; 0 for two empty mattes.
    """
    pred, target = eight_bit(pred), eight_bit(target)
    shared = _shared(pred, target)
    pred_area = pred.sum((1, 2), dtype=torch.int64)[:, None]
    target_area = target.sum((1, 2), dtype=torch.int64)[None]
    union = pred_area + target_area - shared
    if crowd is not None:
        union = torch.where(crowd.to(union.device)[None], pred_area, union)
    return shared.double() / union.clamp(min=1).double()


def hungarian(iou: Tensor) -> tuple[Tensor, Tensor]:
    """Pair predictions with ground truths so that the summed IoU is largest, each used once.

    Args:
        iou: (N, M) scores; NaN counts as 0.

    Returns:
        (K,) int64 prediction indices, ascending, and (K,) int64 ground-truth indices; K = min(N,
        M). Pairs of low IoU are included.
    """
    rows, columns = linear_sum_assignment(iou.nan_to_num(nan=0.0).cpu().numpy(), maximize=True)
    return (
        torch.as_tensor(rows, dtype=torch.int64, device=iou.device),
        torch.as_tensor(columns, dtype=torch.int64, device=iou.device),
    )


def imq_sums(ious: Tensor, union_errors: Tensor, predictions: int, instances: int) -> Tensor:
    """Reduce one image to the numbers that IMQ adds up over a set.

    Args:
        ious: (K,) mask IoU of the matched pairs; those below the lowest threshold may be left out.
        union_errors: (K, 4) errors of the pairs in the order of ``IMQ_ERRORS``, each ``sum_U e /
            (|U| + 1)`` over the union U of p > 0 and g > 0.
        predictions: Number of predictions of the image, matched or not.
        instances: Number of ground truths of the image, matched or not.

    Returns:
        (T, 7) float64, a row per threshold: TP, FP, FN and the four sums of ``S = 1 - min(10 e,
        1)``.
    """
    quality = 1 - (10 * union_errors.double()).clamp(max=1)
    rows = []
    for threshold in IMQ_THRESHOLDS:
        hit = ious >= threshold
        tp = hit.sum().double()
        counts = torch.stack([tp, predictions - tp, instances - tp])
        rows.append(torch.cat([counts, quality[hit].sum(0)]))
    return torch.stack(rows)


def imq_scores(sums: Tensor) -> dict[str, dict[str, float]]:
    """Turn the summed numbers of all images into IMQ = MQ x RQ.

    Args:
        sums: (T, 7), :func:`imq_sums` added over the images.

    Returns:
        By threshold (``'0.5'``, ``'0.75'``): TP, FP, FN and, x 100, RQ and ``IMQ_e``, ``MQ_e`` for
        every error. MQ is 0 without a match; RQ and IMQ are NaN where there was neither a
        prediction nor an instance.
    """
    scores = {}
    for threshold, row in zip(IMQ_THRESHOLDS, sums.tolist(), strict=True):
        tp, fp, fn, *qualities = row
        weight = tp + fp / 2 + fn / 2
        score = {'TP': int(tp), 'FP': int(fp), 'FN': int(fn), 'RQ': _percent(tp, weight)}
        for name, quality in zip(IMQ_ERRORS, qualities, strict=True):
            score[f'IMQ_{name}'] = _percent(quality, weight)
            score[f'MQ_{name}'] = _percent(quality, max(tp, 1))
        scores[str(threshold)] = score
    return scores


def eight_bit(mattes: Tensor) -> Tensor:
    """Return mattes as uint8: bool becomes 0 and 255, floats in [0, 1] are rounded (NaN to 0).

    Those of 16 bits, which travel as int32 of 0..65535, are rounded, too.
    """
    if mattes.dtype == torch.uint8:
        return mattes
    if mattes.dtype == torch.bool:
        return mattes.to(torch.uint8).mul_(255)
    if mattes.dtype == torch.int32:
        return ((mattes + 128) // 257).to(torch.uint8)
    return quantise(mattes.nan_to_num(nan=0.0))


def _shared(pred: Tensor, target: Tensor) -> Tensor:
    """Sum min(p, g) of every pair inside the targets' boxes: uint8 mattes -> (N, M) int64."""
    shared = torch.zeros((len(pred), len(target)), dtype=torch.int64, device=pred.device)
    for j, matte in enumerate(target):
        window = window_of(matte > 0)
        if window is None:
            continue
        inside = matte[window]
        for some in _chunks(len(pred), inside.numel()):
            lesser = torch.minimum(pred[(some, *window)], inside)
            shared[some, j] = lesser.sum((1, 2), dtype=torch.int64)
    return shared


def _chunks(count: int, pixels: int) -> Iterable[slice]:
    """Split ``count`` mattes of ``pixels`` pixels into pieces of at most ``CHUNK_PIXELS``."""
    step = max(CHUNK_PIXELS // max(pixels, 1), 1)
    return (slice(start, start + step) for start in range(0, count, step))


def _percent(part: float, whole: float) -> float:
    """Return 100 part / whole, NaN where there is nothing to divide by."""
    return 100 * part / whole if whole else float('nan')
