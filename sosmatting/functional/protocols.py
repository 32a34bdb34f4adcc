"""The named ways to take the five errors: which region, which gradient, which connectivity.

Letters: N instances, H W pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.functional.connectivity import Empty, connectivity_map
from sosmatting.functional.errors import absolute_map, conn, grad, mad, mse, sad, squared_map, total
from sosmatting.functional.gradient import GRAD_RADIUS, Normalise, gradient_map
from sosmatting.functional.windows import window_of


@dataclass(frozen=True)
class Protocol:
    """One published way to take the errors; numbers of two protocols do not compare.

    Attributes:
        region: Where errors count: ``'whole'`` image, the ground truth's ``'unknown'`` band, or the
            ``'union'`` of p > 0 and g > 0.
        normalise: Grad: whether both mattes are stretched to [0, 1] first.
        empty: Conn: what holds above the level at which prediction and ground truth no longer share
            a pixel.
    """

    region: Literal['whole', 'unknown', 'union']
    normalise: Normalise
    empty: Empty


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        'dim': Protocol('unknown', 'min-max', 'matlab'),
        'instance': Protocol('whole', 'none', 'matlab'),
        'imq': Protocol('union', 'none', 'matlab'),
        'ports': Protocol('unknown', 'none', 'previous'),
    }
)
"""``dim``: Composition-1k's MATLAB code; ``ports``: its Python ports; ``imq``: a matched pair."""


def missed_by(protocol: Protocol) -> Protocol:
    """Return the protocol for an instance that nothing was predicted for.

    Under MATLAB's rule of Conn an all-zero prediction costs nothing; here it costs the opacity.
    """
    return replace(protocol, empty='previous')


def errors(
    pred: Tensor, target: Tensor, protocol: Protocol, unknown: Tensor | None = None
) -> dict[str, Tensor]:
    """Take all five errors under one protocol.

    Args:
        pred: (N, H, W) alphas in [0, 1].
        target: (N, H, W) alphas in [0, 1], on the device of ``pred``.
        protocol: One of ``PROTOCOLS``, or another.
        unknown: (N, H, W) bool, the unknown band; needed where ``protocol.region`` says so.

    Returns:
        (N,) float64 raw errors by the names of ``PRINTED``.

    Raises:
        InputError: The protocol needs the unknown band and there is none; the mattes are not of one
            size, not in [0, 1], or NaN.
    """
    check_pair(pred, target)
    region = None
    if protocol.region == 'union':
        region = (pred > 0) | (target > 0)
    elif protocol.region == 'unknown':
        if unknown is None:
            raise InputError('unknown: this protocol counts the unknown band only; give its region')
        region = unknown
    return {
        'SAD': sad(pred, target, region),
        'MAD': mad(pred, target, region),
        'MSE': mse(pred, target, region),
        'Grad': grad(pred, target, region, protocol.normalise),
        'Conn': conn(pred, target, region, protocol.empty),
    }


def check_pair(pred: Tensor, target: Tensor) -> None:
    """Refuse what is no pair of mattes: (N, H, W) floats in [0, 1], of one size, without NaN.

    Raises:
        InputError: With what is wrong, and with which of the two.
    """
    if pred.shape != target.shape:
        raise InputError(
            f'pred: is {tuple(pred.shape)}, target is {tuple(target.shape)}; give both in one size'
        )
    for name, alphas in (('pred', pred), ('target', target)):
        if not alphas.is_floating_point():
            raise InputError(f'{name}: holds {alphas.dtype}; give floats in [0, 1]')
        if not bool(((alphas >= 0) & (alphas <= 1)).all()):
            what = 'NaN' if bool(alphas.isnan().any()) else 'values outside [0, 1]'
            raise InputError(f'{name}: holds {what}; give alphas in [0, 1]')


def pair_errors(
    pred: Tensor, target: Tensor, empty: Empty = 'matlab', imq_empty: Empty = 'matlab'
) -> tuple[Tensor, Tensor]:
    """Take the errors of one pair of mattes, cut to where they are and exact all the same.

    Args:
        pred: (H, W) uint8.
        target: (H, W) uint8, on the device of ``pred``.
        empty: Conn's rule over the whole image.
        imq_empty: Conn's rule inside the union.

    Returns:
        (5,) float64 raw errors over the whole image in the order of ``PRINTED``, and (4,) float64
        MAD, MSE, Grad, Conn summed over the union U of both mattes and divided by |U| + 1; on the
        CPU.
    """
    window = window_of((pred > 0) | (target > 0), GRAD_RADIUS)
    if window is None:
        return torch.zeros(5, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    p, g = pred[window][None].double() / 255, target[window][None].double() / 255
    union = (p > 0) | (g > 0)
    gradient = gradient_map(p, g)
    connectivity = connectivity_map(p, g, empty)
    absolute, squared = total(absolute_map(p, g)), total(squared_map(p, g))
    conn = total(connectivity)
    imq_conn = conn if imq_empty == empty else total(connectivity_map(p, g, imq_empty))
    pixels = pred.numel()
    whole = [absolute, absolute / pixels, squared / pixels, total(gradient), conn]
    inside = [absolute, squared, total(gradient, union), imq_conn]
    return torch.cat(whole).cpu(), (torch.cat(inside) / (union.sum() + 1)).cpu()
