"""Losses by name: weight, region, composition, and what is refused."""

import pytest
import torch
from mmdet.registry import MODELS

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from sosmatting.functional import alpha_losses
from sosmatting.models.trimap.losses import TrimapTruth


def truth(seed=0):
    generator = torch.Generator().manual_seed(seed)
    alpha, pred = (torch.rand(2, 1, 8, 8, generator=generator) for _ in range(2))
    foreground, background = (torch.rand(2, 3, 8, 8, generator=generator) for _ in range(2))
    image = alpha_losses.composition(alpha, foreground, background)
    unknown = torch.rand(2, 1, 8, 8, generator=generator) < 0.5
    return pred, TrimapTruth(alpha, unknown, image, foreground, background)


@pytest.mark.parametrize('region', ['unknown', 'known', 'whole'])
def test_weight_and_region(region):
    pred, target = truth()
    loss = MODELS.build(dict(type='AlphaL1Loss', loss_weight=3.0, region=region))
    inside = {'unknown': target.unknown, 'known': ~target.unknown, 'whole': target.unknown | True}
    expected = 3 * (pred - target.alpha).abs()[inside[region]].mean()
    torch.testing.assert_close(loss(pred, target), expected)


def test_alpha_prediction_is_charbonnier():
    pred, target = truth()
    one, other = (
        MODELS.build(dict(type=name))(pred, target)
        for name in ('AlphaPredictionLoss', 'AlphaCharbonnierLoss')
    )
    error = pred - target.alpha
    expected = ((error**2 + 1e-12) ** 0.5)[target.unknown].mean()
    torch.testing.assert_close(one, expected)
    torch.testing.assert_close(other, expected)


def test_compositional_loss_is_zero_for_the_true_alpha_and_needs_the_colours():
    pred, target = truth()
    loss = MODELS.build(dict(type='CompositionalLoss', loss_weight=0.5))
    assert float(loss(target.alpha, target)) < 1e-5
    made = alpha_losses.composition(pred, target.foreground, target.background)
    apart = (made - target.image).abs()[target.unknown.expand_as(made)].mean()
    torch.testing.assert_close(loss(pred, target), 0.5 * apart, atol=1e-5, rtol=1e-5)
    with pytest.raises(InputError, match='no foreground and background'):
        loss(pred, TrimapTruth(target.alpha, target.unknown, target.image))


@pytest.mark.parametrize(
    'name', ['AlphaLaplacianLoss', 'AlphaGradientLoss', 'AlphaGradientPenalty']
)
def test_the_others_compute_in_float32_and_move_the_prediction(name):
    pred, target = truth()
    given = pred.to(torch.bfloat16).requires_grad_(True)
    loss = MODELS.build(dict(type=name, loss_weight=2.0))(given, target)
    assert loss.dtype == torch.float32 and float(loss.detach()) > 0
    loss.backward()
    assert given.grad is not None and given.grad.abs().sum() > 0


def test_an_unknown_region_is_refused():
    with pytest.raises(InputError, match=r"region='edge' of AlphaL1Loss"):
        MODELS.build(dict(type='AlphaL1Loss', region='edge'))
