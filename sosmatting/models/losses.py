"""The losses of SOSO, one class each around one formula.

Letters: K mattes, P pixels of a matte, S cells, C classes. All of them compute in float32.
"""

import torch
from mmdet.registry import MODELS
from torch import Tensor, nn
from torchvision.ops import sigmoid_focal_loss


def squared_dice(pred: Tensor, target: Tensor, eps: float = 1e-3) -> Tensor:
    """Score every matte by ``1 - 2 <p, q> / (|p|^2 + |q|^2)``.

    The squared form (Milletari et al., V-Net, 3DV 2016) is smallest at p = q for soft q too; the
    linear form is smallest at p = 1 and hardens mattes.

    Args:
        pred: (K, ...) alphas in [0, 1].
        target: (K, ...) alphas in [0, 1].
        eps: Added to each of the two squared norms.

    Returns:
        (K,) losses in [0, 1].
    """
    pred, target = pred.flatten(1), target.flatten(1)
    overlap = (pred * target).sum(1)
    norms = (pred * pred).sum(1) + (target * target).sum(1) + 2 * eps
    return 1 - 2 * overlap / norms


def masked_mse(pred: Tensor, target: Tensor, ignore: Tensor | None = None) -> Tensor:
    """Average every matte's squared error over the pixels that count.

    Args:
        pred: (K, ...) alphas in [0, 1].
        target: (K, ...) alphas in [0, 1].
        ignore: (K, ...) bool, the pixels that say nothing.

    Returns:
        (K,) mean squared errors; 0 where every pixel is ignored.
    """
    error = (pred - target).flatten(1).square()
    if ignore is None:
        return error.mean(1)
    counts = (~ignore).flatten(1).float()
    return (error * counts).sum(1) / counts.sum(1).clamp(min=1)


@MODELS.register_module()
class SquaredDiceLoss(nn.Module):
    """Dice in its squared form, :func:`squared_dice`, for soft mattes.

    Args:
        loss_weight: Factor of the loss (SOLOv2 takes 3).
        eps: See :func:`squared_dice`.
    """

    def __init__(self, loss_weight: float = 3.0, eps: float = 1e-3) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.eps = eps

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return (K,) weighted losses of (K, ...) alphas in [0, 1]."""
        return self.loss_weight * squared_dice(pred.float(), target.float(), self.eps)


@MODELS.register_module()
class MatteMSELoss(nn.Module):
    """Squared error of alphas, averaged over each matte's pixels, :func:`masked_mse`.

    Args:
        loss_weight: Factor of the loss.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor, ignore: Tensor | None = None) -> Tensor:
        """Return (K,) weighted losses of (K, ...) alphas; ``ignore`` marks what does not count."""
        return self.loss_weight * masked_mse(pred.float(), target.float(), ignore)


@MODELS.register_module()
class SigmoidFocalLoss(nn.Module):
    """Focal loss by torchvision (Lin et al., ICCV 2017), a stand-in for mmdet's ``FocalLoss``.

    mmdet's calls a compiled operator of mmcv on GPUs; this one needs none.

    Args:
        gamma: Focusing exponent.
        alpha: Weight of positives; negatives get ``1 - alpha``.
        loss_weight: Factor of the loss.
        use_sigmoid: Only ``True``; mmdet's heads ask for it.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float = 0.25,
        loss_weight: float = 1.0,
        use_sigmoid: bool = True,
    ) -> None:
        super().__init__()
        if not use_sigmoid:
            raise ValueError('SigmoidFocalLoss has no softmax form')
        self.gamma = gamma
        self.alpha = alpha
        self.loss_weight = loss_weight
        self.use_sigmoid = use_sigmoid

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
    ) -> Tensor:
        """Sum the loss over cells and classes and divide it.

        Args:
            logits: (..., C) category logits.
            labels: (...) int64 class of every cell; C for none.
            weight: Broadcastable to ``logits``: what each entry counts.
            avg_factor: Divides the sum; the number of cells where not given.

        Returns:
            A scalar.
        """
        classes = logits.shape[-1]
        one_hot = (labels[..., None] == torch.arange(classes, device=labels.device)).float()
        loss = sigmoid_focal_loss(logits.float(), one_hot, self.alpha, self.gamma, 'none')
        if weight is not None:
            loss = loss * weight
        return (
            self.loss_weight * loss.sum() / (labels.numel() if avg_factor is None else avg_factor)
        )
