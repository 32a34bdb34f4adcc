"""Losses: exact values on 4x4 cases, gradients, and where they are smallest."""

import pytest
import torch
from mmdet.models.losses import DiceLoss, FocalLoss

from sosmatting.models.losses import (
    MatteMSELoss,
    SigmoidFocalLoss,
    SquaredDiceLoss,
    masked_mse,
    squared_dice,
)


def test_dice_by_hand():
    pred = torch.zeros(1, 4, 4)
    target = torch.zeros(1, 4, 4)
    pred[0, 0] = 0.5  # |p|^2 = 4 / 4 = 1
    target[0, :, 0] = 1.0  # |q|^2 = 4, <p, q> = 0.5
    assert squared_dice(pred, target, eps=0.0).item() == pytest.approx(1 - 2 * 0.5 / 5)
    assert SquaredDiceLoss(loss_weight=3.0, eps=0.0)(pred, target).item() == pytest.approx(2.4)


def test_dice_equals_mmdet_on_binary_targets():
    pred = torch.rand(5, 8, 8, generator=torch.Generator().manual_seed(0))
    target = (torch.rand(5, 8, 8, generator=torch.Generator().manual_seed(1)) > 0.5).float()
    peer = DiceLoss(use_sigmoid=True, activate=False, loss_weight=3.0, reduction='none')
    assert torch.allclose(SquaredDiceLoss(3.0)(pred, target), peer(pred, target), atol=1e-6)


def test_mse_by_hand_with_an_ignored_band():
    pred = torch.zeros(2, 4, 4)
    target = torch.zeros(2, 4, 4)
    target[0, 0] = 1.0
    target[1, 0, 0] = 0.5
    assert masked_mse(pred, target).tolist() == pytest.approx([4 / 16, 0.25 / 16])
    ignore = torch.zeros(2, 4, 4, dtype=torch.bool)
    ignore[0, 0, :2] = True
    ignore[1] = True
    assert masked_mse(pred, target, ignore).tolist() == pytest.approx([2 / 14, 0.0])
    assert MatteMSELoss(10.0)(pred, target, ignore).tolist() == pytest.approx([20 / 14, 0.0])


@pytest.mark.parametrize('loss', [squared_dice, masked_mse])
def test_gradcheck(loss):
    generator = torch.Generator().manual_seed(0)
    pred = torch.rand(2, 4, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    target = torch.rand(2, 4, 4, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda p: loss(p, target), pred)


@pytest.mark.parametrize('loss', [squared_dice, masked_mse])
def test_smallest_at_the_soft_truth(loss):
    generator = torch.Generator().manual_seed(2)
    target = torch.rand(1, 6, 6, dtype=torch.float64, generator=generator)
    pred = target.clone().requires_grad_()
    least = loss(pred, target)
    (gradient,) = torch.autograd.grad(least.sum(), pred)
    assert gradient.abs().max() < 1e-3
    for _ in range(50):
        other = (target + 0.3 * torch.randn(target.shape, generator=generator)).clamp(0, 1)
        assert loss(other, target) > least
    hard = (target > 0.5).double()
    assert loss(hard, target) > least + 0.01  # the linear form would prefer this one


def test_linear_dice_would_harden_mattes():
    # Why the squared form: the linear one is smaller for a hardened matte than for the truth.
    target = torch.tensor([[0.7, 0.7, 0.2, 0.1]])
    hard = (target > 0.5).float()
    linear = lambda p: 1 - 2 * (p * target).sum() / (p.sum() + target.sum())  # noqa: E731
    assert linear(hard) < linear(target)


def test_focal_equals_mmdet():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(30, 4, generator=generator)
    labels = torch.randint(0, 5, (30,), generator=generator)
    ours = SigmoidFocalLoss(gamma=2.0, alpha=0.25)(logits, labels, avg_factor=7)
    peer = FocalLoss(use_sigmoid=True, gamma=2.0, alpha=0.25)(logits, labels, avg_factor=7)
    assert torch.allclose(ours, peer, atol=1e-6)


def test_focal_leaves_unlabelled_categories_alone():
    logits = torch.zeros(1, 3, 2, requires_grad=True)
    weight = torch.tensor([[[1.0, 0.0]]])
    SigmoidFocalLoss()(logits, torch.tensor([[0, 1, 2]]), weight, 1.0).backward()
    assert (logits.grad[..., 0] != 0).all()
    assert (logits.grad[..., 1] == 0).all()


def test_focal_by_hand():
    # p = 0.5: a positive costs 0.25 * 0.5^2 * ln 2, a negative 0.75 * 0.5^2 * ln 2.
    value = SigmoidFocalLoss()(torch.zeros(1, 2), torch.tensor([0]), avg_factor=1.0)
    assert value.item() == pytest.approx(0.25 * 0.6931472)


def test_softmax_focal_is_refused():
    with pytest.raises(ValueError, match='softmax'):
        SigmoidFocalLoss(use_sigmoid=False)
