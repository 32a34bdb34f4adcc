"""Matrix NMS: every instance's score decays by what overlaps it, all at once.

Wang et al., SOLOv2: Dynamic and Fast Instance Segmentation, NeurIPS 2020, equations 4 and 5.
Letters: N instances, h w pixels of the quarter-scale masks.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.functional.precision import multiplies_int8

BLOCK = 128  # masks that are compared with all at one time
PIXELS = 1 << 14  # of every mask that are floats at one time
TILE = 1 << 20  # alphas that are held at one time on the host, so that they stay in the cache


def mask_statistics(
    kernels: Tensor, mask_feature: Tensor, threshold: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Decode candidates, binarise them, and measure them; their alphas are not kept.

    Args:
        kernels: (N, E).
        mask_feature: (E, h, w).
        threshold: A pixel is inside where its alpha is greater.

    Returns:
        Masks (N, h, w) bool, their sizes (N,) float32 in pixels, and the mean alpha inside (N,),
        which is SOLOv2's maskness; 0 where nothing is inside.
    """
    count, pixels = len(kernels), mask_feature[0].numel()
    flat = mask_feature.flatten(1)
    masks = kernels.new_empty((count, pixels), dtype=torch.bool)
    sums = kernels.new_zeros(count)
    # All candidates on a part of the frame: few rows at a time would multiply half as fast.
    step = max(1, TILE // max(1, count)) if kernels.device.type == 'cpu' else pixels
    room = kernels.new_empty(count * min(step, pixels))  # once: new pages are slow to get
    for first in range(0, pixels, step):
        part = slice(first, first + step)
        columns = flat[:, part]
        alphas = room[: count * columns.shape[1]].view(count, columns.shape[1])
        torch.mm(kernels, columns, out=alphas).sigmoid_()
        torch.gt(alphas, threshold, out=masks[:, part])
        sums += F.threshold(alphas, threshold, 0.0, inplace=True).sum(1)
    sizes = row_counts(masks)
    return masks.view(count, *mask_feature.shape[1:]), sizes, sums / sizes.clamp(min=1)


def row_counts(masks: Tensor) -> Tensor:
    """Count what is true in every row: (N, P) bool -> (N,) float32, exact.

    On the host as 8-bit integers, some rows at a time: thirty times as fast as truth values.
    """
    if masks.device.type != 'cpu' or not masks.numel():
        return masks.sum(1).float()
    bytes_ = masks.contiguous().view(torch.int8)
    rows = bytes_.split(max(1, TILE // masks.shape[1]))
    return torch.cat([each.sum(1, dtype=torch.int32) for each in rows]).float()


def pairwise_intersections(masks: Tensor) -> Tensor:
    """Count the pixels that every two masks share: (N, P) bool -> (N, N) float32, exact.

    On hosts that can (:func:`multiplies_int8`) the product is one of 8-bit integers: it reads a
    quarter of the memory, and they multiply them four times as fast. On others it is one of floats,
    a part of the pixels at a time; these count exactly up to 2^24.
    """
    count, pixels = masks.shape
    if masks.device.type != 'cpu' or not masks.numel():
        flat = masks.float()
        return flat @ flat.T
    # The other half of the pairs is the same.
    parts = [(slice(first, first + BLOCK), slice(first, None)) for first in range(0, count, BLOCK)]
    if multiplies_int8():
        bytes_ = masks.contiguous().view(torch.int8)
        upper = torch.zeros((count, count), dtype=torch.int32)
        for rows, others in parts:
            upper[rows, others] = torch._int_mm(bytes_[rows], bytes_[others].T)
    else:
        upper = torch.zeros((count, count))
        for first in range(0, pixels, PIXELS):
            flat = masks[:, first : first + PIXELS].float()
            for rows, others in parts:
                upper[rows, others].addmm_(flat[rows], flat[others].T)
    upper = upper.triu()
    return (upper + upper.triu(1).T).float()


def pairwise_mask_iou(masks: Tensor, areas: Tensor | None = None) -> Tensor:
    """Score the overlap of every two masks.

    Args:
        masks: (N, h, w) bool.
        areas: (N,) pixels of every mask, counted anew where not given.

    Returns:
        (N, N) float32 in [0, 1]; 0 where both masks are empty.
    """
    flat = masks.flatten(1)
    areas = row_counts(flat) if areas is None else areas.float()
    intersection = pairwise_intersections(flat)
    union = areas[:, None] + areas[None, :] - intersection
    return intersection / union.clamp(min=1)


def decay_factors(
    ious: Tensor, labels: Tensor, kernel: str = 'gaussian', sigma: float = 2.0
) -> Tensor:
    """Find by how much every instance's score decays.

    ``decay_j = min over i < j of f(iou_ij) / f(comp_i)`` over instances i of the same class with a
    higher score, ``comp_i`` being the largest overlap of i with what stands above it; ``f`` is
    ``exp(-sigma iou^2)`` (gaussian) or ``1 - iou`` (linear).

    Args:
        ious: (N, N) overlaps of instances sorted by score, best first.
        labels: (N,) classes.
        kernel: ``'gaussian'`` or ``'linear'``.
        sigma: Steepness of the gaussian kernel.

    Returns:
        (N,) factors in [0, 1].
    """
    if not len(labels):
        return ious.new_ones(0)
    above = (labels[:, None] == labels[None, :]).triu(diagonal=1)
    overlap = torch.where(above, ious, 0.0)
    compensation = overlap.amax(0)[:, None]
    if kernel == 'gaussian':
        decay = torch.exp(-sigma * overlap**2) / torch.exp(-sigma * compensation**2)
    elif kernel == 'linear':
        decay = (1 - overlap) / (1 - compensation).clamp(min=1e-6)
    else:
        raise ValueError(f"kernel={kernel!r}: must be 'gaussian' or 'linear'")
    return decay.amin(0)


def matrix_nms(
    masks: Tensor,
    labels: Tensor,
    scores: Tensor,
    areas: Tensor | None = None,
    *,
    kernel: str = 'gaussian',
    sigma: float = 2.0,
    nms_pre: int = -1,
    max_num: int = -1,
    filter_thr: float = -1.0,
) -> tuple[Tensor, Tensor]:
    """Decay the scores of overlapping instances and keep the best.

    Args:
        masks: (N, h, w) bool.
        labels: (N,) classes; only instances of one class suppress each other.
        scores: (N,) in [0, 1].
        areas: (N,) pixels of every mask, counted anew where not given.
        kernel: ``'gaussian'`` or ``'linear'``.
        sigma: Steepness of the gaussian kernel.
        nms_pre: Only that many of the best take part; all where it is negative.
        max_num: At most that many are kept; all where it is negative.
        filter_thr: Smallest score, after the decay, that is kept.

    Returns:
        (M,) decayed scores, best first, and (M,) indices into the input.
    """
    order = torch.argsort(scores, descending=True, stable=True)
    if nms_pre >= 0:
        order = order[:nms_pre]
    ious = pairwise_mask_iou(masks[order], None if areas is None else areas[order])
    decayed = scores[order] * decay_factors(ious, labels[order], kernel, sigma)
    rank = torch.argsort(decayed, descending=True, stable=True)
    rank = rank[decayed[rank] >= filter_thr]
    if max_num >= 0:
        rank = rank[:max_num]
    return decayed[rank], order[rank]
