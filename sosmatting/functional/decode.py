"""From a predicted kernel to a matte at full resolution, without ever building the wide map there.

SOSO convolves the sum of the upsampled mask feature and the expanded low-level feature,
``k . (U(F) + V D)``. Everything after the addition is linear, so the same logits are
``U(k . F) + (V^T k) . D``: a matrix product at 1/4 scale, bilinear growth of the few logits that
matter, and a product over C instead of E channels at full resolution.

Letters: N kernels, E kernel channels, C low-level channels, h w = a quarter of the padded image,
H' W' = the padded image at the detail stride.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def decode_coarse(kernels: Tensor, mask_feature: Tensor) -> Tensor:
    """Convolve one image's mask feature with its kernels: (N, E) and (E, h, w) -> (N, h, w)."""
    channels, height, width = mask_feature.shape
    return (kernels @ mask_feature.reshape(channels, -1)).view(-1, height, width)


def upsample(maps: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """Grow (N, h, w) maps bilinearly, corners not aligned."""
    if not len(maps):
        return maps.new_zeros((0, *size_hw))
    if tuple(maps.shape[-2:]) == tuple(size_hw):
        return maps
    return F.interpolate(maps[:, None], size_hw, mode='bilinear', align_corners=False)[:, 0]


def decode_fine(coarse: Tensor, kernels: Tensor, low_level: Tensor, expand: Tensor) -> Tensor:
    """Grow coarse logits to the detail stride and add the low-level term.

    Args:
        coarse: (N, h, w) logits ``k . F``.
        kernels: (N, E) the kernels they came from.
        low_level: (C, H', W') low-level features D of this image.
        expand: (E, C) weights V of the expanding 1x1 convolution.

    Returns:
        (N, H', W') logits, equal to ``k . (U(F) + V D)``.
    """
    grown = upsample(coarse, (low_level.shape[-2], low_level.shape[-1]))
    narrow = kernels @ expand  # (N, C): V^T k
    detail = narrow @ low_level.reshape(low_level.shape[0], -1)
    return grown + detail.view_as(grown)


def points_nms(scores: Tensor) -> Tensor:
    """Keep a cell's score only where no cell above, left or above-left of it is higher.

    Args:
        scores: (B, classes, G, G) in [0, 1].

    Returns:
        The scores, 0 where a neighbour in the 2x2 window is higher.
    """
    local_max = F.max_pool2d(scores, 2, stride=1, padding=1)[:, :, :-1, :-1]
    return torch.where(local_max == scores, scores, 0.0)
