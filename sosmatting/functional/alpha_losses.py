"""Differences between two alphas that a network is trained by, and that validation reports.

Letters: B images, H W pixels. Alphas are (B, 1, H, W) floats; a region is (B, 1, H, W) bool or
float, and without one every pixel counts. Every function returns a scalar: the mean over the pixels
of the region, 0 where the region is empty.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LEVELS = 5


def region_mean(values: Tensor, region: Tensor | None = None) -> Tensor:
    """Average (B, C, H, W) values over the pixels of a (B, 1, H, W) region, and over channels."""
    if region is None:
        return values.mean()
    weights = region.to(values.dtype)
    return (values * weights).sum() / (weights.sum() * values.shape[1]).clamp(min=1e-6)


def l1(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Average ``abs(p - g)``."""
    return region_mean((pred - target).abs(), region)


def charbonnier(
    pred: Tensor, target: Tensor, region: Tensor | None = None, eps: float = 1e-6
) -> Tensor:
    """Average ``sqrt((p - g)^2 + eps^2)``, an L1 that is smooth at 0.

    With ``eps`` 1e-6 it is the alpha-prediction loss of Deep Image Matting (Xu et al., CVPR 2017).
    On colours, (B, 3, H, W), it is that paper's compositional loss.
    """
    return region_mean(((pred - target).square() + eps**2).sqrt(), region)


def composition(alpha: Tensor, foreground: Tensor, background: Tensor) -> Tensor:
    """Compose ``a F + (1 - a) B``: (B, 1, H, W) and twice (B, 3, H, W) -> (B, 3, H, W)."""
    return alpha * foreground + (1 - alpha) * background


def laplacian(
    pred: Tensor, target: Tensor, region: Tensor | None = None, levels: int = LEVELS
) -> Tensor:
    """Compare two Laplacian pyramids: ``sum over levels k of 2^k mean abs(L_k(p) - L_k(g))``.

    Hou and Liu, "Context-Aware Image Matting", ICCV 2019. A pyramid ends where a side gets shorter
    than 2 pixels. A region outside which both count as equal is applied before the pyramids.
    """
    difference = pred - target
    if region is not None:
        difference = difference * region.to(difference.dtype)
    total = difference.new_zeros(())
    for level in range(levels):
        if min(difference.shape[-2:]) < 2:
            break
        smaller = _reduce(difference)
        band = difference - _expand(smaller, difference.shape[-2:])
        total = total + 2**level * band.abs().mean()
        difference = smaller
    return total


def _blurred(alphas: Tensor) -> Tensor:
    """Blur by the 5 x 5 binomial kernel; pixels beyond the border repeat it."""
    taps = alphas.new_tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    padded = F.pad(alphas, (2, 2, 2, 2), mode='replicate')
    return F.conv2d(F.conv2d(padded, taps.view(1, 1, 1, 5)), taps.view(1, 1, 5, 1))


def _reduce(alphas: Tensor) -> Tensor:
    """Blur, and keep every second row and column."""
    return _blurred(alphas)[..., ::2, ::2]


def _expand(alphas: Tensor, size_hw: torch.Size) -> Tensor:
    """Bring a level back to the size of the one it was made from."""
    return F.interpolate(alphas, tuple(size_hw), mode='bilinear', align_corners=False)


def sobel(alphas: Tensor) -> Tensor:
    """Take Sobel's two derivatives of (B, 1, H, W), divided by 8: (B, 2, H, W), per pixel."""
    smooth, slope = alphas.new_tensor([1.0, 2.0, 1.0]), alphas.new_tensor([-1.0, 0.0, 1.0])
    kernels = torch.stack([smooth[:, None] * slope, slope[:, None] * smooth])[:, None] / 8
    return F.conv2d(F.pad(alphas, (1, 1, 1, 1), mode='replicate'), kernels)


def gradient(pred: Tensor, target: Tensor, region: Tensor | None = None) -> Tensor:
    """Average the absolute difference of Sobel's derivatives."""
    return region_mean((sobel(pred) - sobel(target)).abs(), region)


def gradient_penalty(
    pred: Tensor, target: Tensor, region: Tensor | None = None, sparsity: float = 0.01
) -> Tensor:
    """Compare derivatives and keep the prediction's own small: ``gradient + s mean abs(dp)``.

    As Yao et al., "ViTMatte", Information Fusion 2024, train.
    """
    own = sobel(pred)
    return region_mean((own - sobel(target)).abs() + sparsity * own.abs(), region)
