"""Grad's error map: where two mattes differ in the steepness of their edges.

Letters: N instances, H W pixels. Alphas are floats in [0, 1].

Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009, with the
constants of the Composition-1k evaluation.
"""

import math
from typing import Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.functional.windows import window_of

Normalise = Literal['none', 'min-max']

GRAD_SIGMA = 1.4
GRAD_RADIUS = 4
TILE = 128


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
    maps = torch.zeros(pred.shape, dtype=torch.float64, device=pred.device)
    for error, p, g in zip(maps, pred.double(), target.double(), strict=True):
        if normalise == 'min-max' and p.numel():
            p, g = _stretched(p), _stretched(g)
        # A pixel's amplitude depends on 4 pixels around it: beyond 4 pixels from any difference the
        # error is 0, and 4 more pixels give those within it their true neighbours.
        window = window_of(p != g, 2 * GRAD_RADIUS)
        if window is None:
            continue
        if p.device.type == 'cpu':
            _fill_tiles(error[window].numpy(), p[window].numpy(), g[window].numpy())
        else:
            amplitudes = gradient_amplitude(torch.stack([p[window], g[window]]))
            error[window] = (amplitudes[0] - amplitudes[1]).square_()
    return maps


def _stretched(alpha: Tensor) -> Tensor:
    """Stretch a (H, W) matte to [0, 1]; a constant one stays."""
    low, high = alpha.amin(), alpha.amax()
    return (alpha - low) / (high - low) if bool(high > low) else alpha


def _fill_tiles(error: np.ndarray, p: np.ndarray, g: np.ndarray) -> None:
    """Write the error map of a pair into ``error``, all (H, W) float64.

    Tile by tile, so that what is worked on stays in the cache, and tiles far from any difference
    are left out. The result does not depend on the tiles but for the last bit.
    """
    bell, slope = kernels()
    height, width = p.shape
    differs = p != g
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            rows, inner_rows = _with_margin(top, height)
            columns, inner_columns = _with_margin(left, width)
            if not differs[rows, columns].any():
                continue
            found = []
            for alpha in (p[rows, columns], g[rows, columns]):
                sides = [
                    cv2.sepFilter2D(alpha, -1, *taps, borderType=cv2.BORDER_REPLICATE)
                    for taps in ((slope, bell), (bell, slope))
                ]
                found.append(cv2.magnitude(*sides)[inner_rows, inner_columns])
            place = error[top : top + TILE, left : left + TILE]
            np.subtract(found[0], found[1], out=place)
            np.multiply(place, place, out=place)


def _with_margin(start: int, length: int) -> tuple[slice, slice]:
    """Widen a tile by the kernel's radius as far as the picture goes.

    Returns:
        The rows or columns to read, and where the tile lies among them.
    """
    first, last = max(start - GRAD_RADIUS, 0), min(start + TILE + GRAD_RADIUS, length)
    return slice(first, last), slice(start - first, min(start + TILE, length) - first)


def kernels() -> tuple[np.ndarray, np.ndarray]:
    """Return the 9 taps of the Gaussian and of its slope, each of L2 norm 1.

    Their outer product is the 9 x 9 kernel of L2 norm 1.
    """
    places = np.arange(-GRAD_RADIUS, GRAD_RADIUS + 1)
    bell = np.exp(-(places**2) / (2 * GRAD_SIGMA**2))
    slope = places * bell
    return bell / math.sqrt((bell**2).sum()), slope / math.sqrt((slope**2).sum())


def gradient_amplitude(alphas: Tensor) -> Tensor:
    """Take the norm of the two first-order Gaussian derivatives of every matte, on any device.

    The 9 x 9 kernels (sigma 1.4) have L2 norm 1 and are applied as two passes of 9 taps.

    Args:
        alphas: (N, H, W) float64.

    Returns:
        (N, H, W) float64 amplitudes.
    """
    bell, slope = (taps[GRAD_RADIUS:].tolist() for taps in kernels())
    padded = F.pad(alphas[None], (GRAD_RADIUS,) * 4, mode='replicate')[0]
    along_x = _even_taps(_odd_taps(padded, slope, dim=2), bell, dim=1)
    along_y = _even_taps(_odd_taps(padded, slope, dim=1), bell, dim=2)
    return (along_x.square_() + along_y.square_()).sqrt_()


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
