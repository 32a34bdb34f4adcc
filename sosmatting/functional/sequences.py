"""Errors of a matte over time: how it flickers where the truth does not.

Letters: N sequences, T frames, H W pixels. Alphas are floats in [0, 1]; values are averaged over
the T - 1 steps and not scaled.

Erofeev et al., "Perceptually motivated benchmark for video matting", BMVC 2015.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.functional.errors import total


def dt_ssd(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Measure how differently prediction and truth change from frame to frame.

    Of a step from t to t + 1, ``sqrt(sum_R ((p_{t+1} - p_t) - (g_{t+1} - g_t))^2)``; the region R
    is that of the later frame.

    Args:
        pred: (N, T, H, W) alphas in [0, 1].
        target: (N, T, H, W) alphas in [0, 1], on the device of ``pred``.
        region: (N, T, H, W) bool, where errors count; everywhere without it.

    Returns:
        (N,) float64, the mean over the steps.

    Raises:
        InputError: There are fewer than two frames, or sizes do not fit.
    """
    _check(pred, target, region)
    difference = pred.double() - target.double()
    change = (difference[:, 1:] - difference[:, :-1]).square_()
    inside = None if region is None else region[:, 1:].flatten(0, 1)
    steps = total(change.flatten(0, 1), inside).sqrt()
    return steps.unflatten(0, change.shape[:2]).mean(1)


def messd_dt(pred: Tensor, target: Tensor, flow: Tensor, region: Tensor | None = None) -> Tensor:
    """Measure how the squared error of a moving point changes from frame to frame.

    Of a step from t to t + 1, ``sum_R abs((p_t - g_t)^2(x) - (p_{t+1} - g_{t+1})^2(x + v(x)))``,
    with v the motion of the true scene, followed bilinearly. Points that leave the frame do not
    count. The region R is that of the earlier frame, where the points start.

    Args:
        pred: (N, T, H, W) alphas in [0, 1].
        target: (N, T, H, W) alphas in [0, 1], on the device of ``pred``.
        flow: (N, T - 1, H, W, 2) x and y motion in pixels from each frame to the next.
        region: (N, T, H, W) bool, where errors count; everywhere without it.

    Returns:
        (N,) float64, the mean over the steps.

    Raises:
        InputError: There are fewer than two frames, or sizes do not fit.
    """
    _check(pred, target, region)
    n, frames, height, width = pred.shape
    if flow.shape != (n, frames - 1, height, width, 2):
        raise InputError(
            f'flow: is {tuple(flow.shape)}; give {(n, frames - 1, height, width, 2)}, a motion for '
            'each pixel and step'
        )
    squared = (pred.double() - target.double()).square_()
    moved, stays = _follow(squared[:, 1:].flatten(0, 1), flow.flatten(0, 1).double())
    change = (squared[:, :-1] - moved.unflatten(0, (n, frames - 1))).abs_()
    counts = stays.unflatten(0, (n, frames - 1))
    if region is not None:
        counts = counts & region[:, :-1]
    steps = total(change.flatten(0, 1), counts.flatten(0, 1))
    return steps.unflatten(0, (n, frames - 1)).mean(1)


def _follow(maps: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Read (B, H, W) maps where (B, H, W, 2) flow leads, and tell which points stay inside."""
    height, width = maps.shape[1:]
    ys, xs = torch.meshgrid(
        torch.arange(height, device=maps.device, dtype=torch.float64),
        torch.arange(width, device=maps.device, dtype=torch.float64),
        indexing='ij',
    )
    x, y = xs + flow[..., 0], ys + flow[..., 1]
    stays = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    # -1 and 1 are the outer edges of the border pixels: align_corners=False.
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    moved = F.grid_sample(maps[:, None], grid, padding_mode='border', align_corners=False)
    return moved[:, 0], stays


def _check(pred: Tensor, target: Tensor, region: Tensor | None) -> None:
    """Refuse what is no pair of sequences."""
    if pred.ndim != 4 or pred.shape[1] < 2:
        raise InputError(f'pred: is {tuple(pred.shape)}; give (N, T, H, W) with two frames or more')
    for name, other in (('target', target), ('region', region)):
        if other is not None and other.shape != pred.shape:
            raise InputError(
                f'{name}: is {tuple(other.shape)}, pred is {tuple(pred.shape)}; give both alike'
            )
