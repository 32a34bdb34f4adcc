"""The losses of trimap networks, by name in a config; the formulas are in functional.

Letters: B images, H W pixels. All of them compute in float32 and return a weighted scalar.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mmdet.registry import MODELS
from torch import Tensor, nn

from sosmatting.exceptions import InputError
from sosmatting.functional import alpha_losses

REGIONS = ('unknown', 'known', 'whole')


@dataclass(frozen=True)
class TrimapTruth:
    """What a prediction is compared with.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1].
        unknown: (B, 1, H, W) bool.
        image: (B, 3, H, W) RGB in [0, 1].
        foreground: (B, 3, H, W) RGB in [0, 1], or None where it is not known.
        background: The same.
    """

    alpha: Tensor
    unknown: Tensor
    image: Tensor
    foreground: Tensor | None = None
    background: Tensor | None = None

    def region(self, name: str) -> Tensor | None:
        """Return the region of a name of :data:`REGIONS`; None for the whole image."""
        if name == 'whole':
            return None
        return self.unknown if name == 'unknown' else ~self.unknown


class TrimapLoss(nn.Module):
    """Base: a difference of alphas inside a region, times a weight.

    Args:
        loss_weight: Factor of the loss.
        region: One of :data:`REGIONS`.

    Raises:
        InputError: The region is unknown.
    """

    difference: Callable[..., Tensor]

    def __init__(self, loss_weight: float = 1.0, region: str = 'unknown') -> None:
        super().__init__()
        if region not in REGIONS:
            raise InputError(f'region={region!r} of {type(self).__name__}: use one of {REGIONS}')
        self.loss_weight = loss_weight
        self.region = region

    def forward(self, pred: Tensor, truth: TrimapTruth) -> Tensor:
        """Compare (B, 1, H, W) alphas with the truth."""
        region = truth.region(self.region)
        return self.loss_weight * self._difference(pred.float(), truth, region)

    def _difference(self, pred: Tensor, truth: TrimapTruth, region: Tensor | None) -> Tensor:
        return type(self).difference(pred, truth.alpha.float(), region)


@MODELS.register_module()
class AlphaL1Loss(TrimapLoss):
    """Absolute error; with ``region='known'`` and ``'unknown'`` each gets a weight of its own."""

    difference = staticmethod(alpha_losses.l1)


@MODELS.register_module(name=['AlphaCharbonnierLoss', 'AlphaPredictionLoss'])
class AlphaCharbonnierLoss(TrimapLoss):
    """Charbonnier, ``sqrt((p - g)^2 + eps^2)``.

    Under its other name, ``AlphaPredictionLoss``, and with ``eps`` at 1e-6, it is the loss of Deep
    Image Matting.

    Args:
        eps: Where the error counts as small.
        **kwargs: Those of :class:`TrimapLoss`.
    """

    def __init__(self, eps: float = 1e-6, **kwargs: float | str) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.eps = eps

    def _difference(self, pred: Tensor, truth: TrimapTruth, region: Tensor | None) -> Tensor:
        return alpha_losses.charbonnier(pred, truth.alpha.float(), region, self.eps)


@MODELS.register_module()
class CompositionalLoss(AlphaCharbonnierLoss):
    """Charbonnier of the colours that the predicted alpha composes (Xu et al., CVPR 2017)."""

    def _difference(self, pred: Tensor, truth: TrimapTruth, region: Tensor | None) -> Tensor:
        if truth.foreground is None or truth.background is None:
            raise InputError(
                'CompositionalLoss: the data set gives no foreground and background; train on '
                'composed pictures, or take the loss out of model.losses'
            )
        made = alpha_losses.composition(pred, truth.foreground.float(), truth.background.float())
        return alpha_losses.charbonnier(made, truth.image.float(), region, self.eps)


@MODELS.register_module()
class AlphaLaplacianLoss(TrimapLoss):
    """Difference of Laplacian pyramids."""

    difference = staticmethod(alpha_losses.laplacian)


@MODELS.register_module()
class AlphaGradientLoss(TrimapLoss):
    """Difference of Sobel derivatives."""

    difference = staticmethod(alpha_losses.gradient)


@MODELS.register_module()
class AlphaGradientPenalty(TrimapLoss):
    """Difference of Sobel derivatives, and a little of the prediction's own."""

    difference = staticmethod(alpha_losses.gradient_penalty)
