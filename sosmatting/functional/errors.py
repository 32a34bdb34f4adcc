"""The five errors of a matte against its ground truth: SAD, MAD, MSE, Grad and Conn.

Letters: N instances, H W pixels. Alphas are floats in [0, 1]; a region is (N, H, W) bool, and
without one the whole image counts. Every function returns float64 values that are raw: sums over
pixels (SAD, Grad, Conn) or means (MAD, MSE), to be multiplied by ``PRINTED`` for a table. Sums are
taken so that they do not depend on the number of threads.

Grad and Conn: Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR
2009; see :mod:`~sosmatting.functional.gradient`, :mod:`~sosmatting.functional.connectivity`.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from sosmatting.functional.connectivity import Empty, connectivity_sums
from sosmatting.functional.gradient import Normalise, gradient_map

PRINTED: Mapping[str, float] = MappingProxyType(
    {'SAD': 1e-3, 'MAD': 1e3, 'MSE': 1e3, 'Grad': 1e-3, 'Conn': 1e-3}
)
"""What a raw error is multiplied by where it is printed."""


def sad(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Sum absolute differences: (N, H, W) twice -> (N,) in pixels."""
    return total(absolute_map(pred, target), region)


def mad(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Average absolute differences: (N, H, W) twice -> (N,); 0 for an empty region."""
    return total(absolute_map(pred, target), region) / _pixels(pred, region)


def mse(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Average squared differences: (N, H, W) twice -> (N,); 0 for an empty region."""
    return total(squared_map(pred, target), region) / _pixels(pred, region)


def grad(
    pred: Tensor, target: Tensor, region: Tensor | None = None, normalise: Normalise = 'none'
) -> Tensor:
    """Sum the gradient error: (N, H, W) twice -> (N,).

    See :func:`~sosmatting.functional.gradient.gradient_map`.
    """
    return total(gradient_map(pred, target, normalise), region)


def conn(
    pred: Tensor, target: Tensor, region: Tensor | None = None, empty: Empty = 'matlab'
) -> Tensor:
    """Sum the connectivity error: (N, H, W) twice -> (N,).

    See :func:`~sosmatting.functional.connectivity.connectivity_map`.
    """
    return connectivity_sums(pred, target, region, empty)


def absolute_map(pred: Tensor, target: Tensor) -> Tensor:
    """Return abs(p - g) of every pixel, (N, H, W) float64."""
    return (pred.double() - target.double()).abs_()


def squared_map(pred: Tensor, target: Tensor) -> Tensor:
    """Return (p - g)^2 of every pixel, (N, H, W) float64."""
    return (pred.double() - target.double()).square_()


def total(maps: Tensor, region: Tensor | None = None) -> Tensor:
    """Sum (N, H, W) over the region -> (N,), row by row: the rounding is always the same."""
    if region is not None:
        maps = torch.where(region, maps, 0.0)
    return maps.contiguous().sum(2).sum(1)


def _pixels(pred: Tensor, region: Tensor | None) -> Tensor:
    """Count the pixels of the region, (N,) float64, at least 1."""
    if region is None:
        height, width = pred.shape[1:]
        return torch.full(
            (len(pred),), max(height * width, 1), dtype=torch.float64, device=pred.device
        )
    return region.sum((1, 2)).clamp(min=1).double()
