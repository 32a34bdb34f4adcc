"""The five errors of a matte against its ground truth: SAD, MAD, MSE, Grad and Conn.

Letters: N instances, H W pixels. Alphas are floats in [0, 1]; a region is (N, H, W) bool, and
without one the whole image counts. Every function returns float64 values that are raw: sums over
pixels (SAD, Grad, Conn) or means (MAD, MSE), to be multiplied by ``PRINTED`` for a table. Sums are
taken so that they do not depend on the number of threads.

Grad and Conn: Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR
2009, with the constants of the Composition-1k evaluation.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.exceptions import InputError

Normalise = Literal['none', 'min-max']
Empty = Literal['matlab', 'previous']

PRINTED: Mapping[str, float] = MappingProxyType(
    {'SAD': 1e-3, 'MAD': 1e3, 'MSE': 1e3, 'Grad': 1e-3, 'Conn': 1e-3}
)
"""What a raw error is multiplied by where it is printed."""

GRAD_SIGMA = 1.4
GRAD_RADIUS = 4
CONN_STEPS = 10
CONN_TOLERANCE = 0.15


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
    """Sum the gradient error: (N, H, W) twice -> (N,). See :func:`gradient_map`."""
    return total(gradient_map(pred, target, normalise), region)


def conn(
    pred: Tensor, target: Tensor, region: Tensor | None = None, empty: Empty = 'matlab'
) -> Tensor:
    """Sum the connectivity error: (N, H, W) twice -> (N,). See :func:`connectivity_map`."""
    return total(connectivity_map(pred, target, empty), region)


def absolute_map(pred: Tensor, target: Tensor) -> Tensor:
    """Return abs(p - g) of every pixel, (N, H, W) float64."""
    return (pred.double() - target.double()).abs_()


def squared_map(pred: Tensor, target: Tensor) -> Tensor:
    """Return (p - g)^2 of every pixel, (N, H, W) float64."""
    return (pred.double() - target.double()).square_()


def gradient_map(pred: Tensor, target: Tensor, normalise: Normalise = 'none') -> Tensor:
    """Square the difference of the two gradient amplitudes at every pixel.

    Args:
        pred: (N, H, W) alphas in [0, 1].
        target: (N, H, W) alphas in [0, 1], on the device of ``pred``.
        normalise: ``'min-max'`` first stretches each matte of the pair to [0, 1] (MATLAB's
            ``mat2gray``, as the Composition-1k evaluation does); a constant matte stays as it is.

    Returns:
        (N, H, W) float64. The pixels beyond the border repeat it.

    Raises:
        InputError: ``normalise`` is unknown.
    """
    if normalise not in ('none', 'min-max'):
        raise InputError(f"normalise: '{normalise}' is unknown; use 'none' or 'min-max'")
    pair = torch.stack([pred.double(), target.double()], dim=1)
    if normalise == 'min-max' and pair.numel():
        low, high = pair.amin((2, 3), keepdim=True), pair.amax((2, 3), keepdim=True)
        pair = torch.where(high > low, (pair - low) / (high - low).clamp(min=1e-300), pair)
    maps = torch.zeros(pred.shape, dtype=torch.float64, device=pred.device)
    for error, both in zip(maps, pair, strict=True):
        # A pixel's amplitude depends on 4 pixels around it: beyond 4 pixels from any difference the
        # error is 0, and # 4 more pixels give those within it their true neighbours.
        window = window_of(both[0] != both[1], 2 * GRAD_RADIUS)
        if window is not None:
            amplitudes = gradient_amplitude(both[(slice(None), *window)])
            error[window] = (amplitudes[0] - amplitudes[1]).square_()
    return maps


def gradient_amplitude(alphas: Tensor) -> Tensor:
    """Take the norm of the two first-order Gaussian derivatives of every matte.

    The 9 x 9 kernels (sigma 1.4) have L2 norm 1 and are applied as two passes of 9 taps.

    Args:
        alphas: (N, H, W) float64.

    Returns:
        (N, H, W) float64 amplitudes.
    """
    bell = [math.exp(-(k**2) / (2 * GRAD_SIGMA**2)) for k in range(GRAD_RADIUS + 1)]
    slope = [k * bell[k] for k in range(GRAD_RADIUS + 1)]
    bell_norm = math.sqrt(bell[0] ** 2 + 2 * sum(b**2 for b in bell[1:]))
    slope_norm = math.sqrt(2 * sum(s**2 for s in slope))
    bell = [b / bell_norm for b in bell]
    slope = [s / slope_norm for s in slope]
    padded = F.pad(alphas[None], (GRAD_RADIUS,) * 4, mode='replicate')[0]
    along_x = _even_taps(_odd_taps(padded, slope, dim=2), bell, dim=1)
    along_y = _even_taps(_odd_taps(padded, slope, dim=1), bell, dim=2)
    return (along_x.square_() + along_y.square_()).sqrt_()


def connectivity_map(pred: Tensor, target: Tensor, empty: Empty = 'matlab') -> Tensor:
    """Compare how firmly every pixel hangs on to the part that both mattes share.

    ``Omega_i`` is the largest 4-connected component of ``{p >= t_i and g >= t_i}``, with t_i = 0,
    0.1 .. 1 (the first in reading order among equals, never the background). ``l`` is the last t_i
    of the unbroken run of levels for which the pixel lies inside. With ``d = a - l``,
    ``phi(a) = 1 - d [d >= 0.15]``.

    Args:
        pred: (N, H, W) alphas in [0, 1].
        target: (N, H, W) alphas in [0, 1], of the type and on the device of ``pred``.
        empty: At the first level where ``Omega_i`` is empty, the pixels still inside get l = 1
            (``'matlab'``, the reference code: an all-zero prediction costs nothing) or l = t_{i-1}
            (``'previous'``, its Python ports).

    Returns:
        (N, H, W) float64, abs(phi(p) - phi(g)). The components are found on the CPU.

    Raises:
        InputError: ``empty`` is unknown.
    """
    if empty not in ('matlab', 'previous'):
        raise InputError(f"empty: '{empty}' is unknown; use 'matlab' or 'previous'")
    maps = torch.zeros(pred.shape, dtype=torch.float64, device=pred.device)
    for error, p, g in zip(maps, pred, target, strict=True):
        # Where both mattes are 0, they have the same phi and belong to no component above level 0.
        window = window_of((p > 0) | (g > 0))
        if window is None:
            continue
        alphas = torch.stack([p[window], g[window]]).cpu().numpy()
        distance = alphas.astype(np.float64) - _connected_level(alphas.min(axis=0), empty)
        distance[distance < CONN_TOLERANCE] = 0
        error[window] = torch.from_numpy(np.abs(distance[0] - distance[1])).to(error.device)
    return maps


def window_of(mask: Tensor, margin: int = 0) -> tuple[slice, slice] | None:
    """Find the rows and columns that hold all of a (H, W) bool mask.

    Args:
        mask: (H, W) bool.
        margin: Pixels added on each side, as far as the image goes.

    Returns:
        Slices of rows and columns, or None for an empty mask.
    """
    height, width = mask.shape
    rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    return (
        slice(max(top - margin, 0), min(bottom + margin, height)),
        slice(max(left - margin, 0), min(right + margin, width)),
    )


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


def _even_taps(padded: Tensor, weights: list[float], dim: int) -> Tensor:
    """Correlate along ``dim`` with symmetric ``weights``, the middle one first; 8 shorter."""
    length = padded.shape[dim] - 2 * GRAD_RADIUS
    result = padded.narrow(dim, GRAD_RADIUS, length) * weights[0]
    for k in range(1, GRAD_RADIUS + 1):
        before = padded.narrow(dim, GRAD_RADIUS - k, length)
        after = padded.narrow(dim, GRAD_RADIUS + k, length)
        # The product is rounded before it is added, so that no processor's fused instruction
        # changes the result.
        result += (after + before).mul_(weights[k])
    return result


def _odd_taps(padded: Tensor, weights: list[float], dim: int) -> Tensor:
    """Correlate along ``dim`` with antisymmetric ``weights``, the middle 0 first; 8 shorter."""
    length = padded.shape[dim] - 2 * GRAD_RADIUS
    result = torch.zeros_like(padded.narrow(dim, GRAD_RADIUS, length))
    for k in range(1, GRAD_RADIUS + 1):
        before = padded.narrow(dim, GRAD_RADIUS - k, length)
        after = padded.narrow(dim, GRAD_RADIUS + k, length)
        result += (after - before).mul_(weights[k])
    return result


def _connected_level(joint: np.ndarray, empty: Empty) -> np.ndarray:
    """Find l (:func:`connectivity_map`) of ``joint`` = min(p, g): (H, W) -> (H, W) float64."""
    level = np.zeros(joint.shape)
    inside = np.ones(joint.shape, dtype=bool)
    rest = 1.0
    for step in range(1, CONN_STEPS + 1):
        # Compared in the alphas' own type: 0.6 stored as float32 reaches the level 0.6.
        reached = (joint >= joint.dtype.type(step / CONN_STEPS)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(reached, connectivity=4)
        if count == 1:
            rest = 1.0 if empty == 'matlab' else (step - 1) / CONN_STEPS
            break
        largest = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        level[inside & ~largest] = (step - 1) / CONN_STEPS
        inside &= largest
        if not inside.any():
            break
    level[inside] = rest
    return level
