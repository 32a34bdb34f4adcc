"""Differences of alphas by hand, their gradients, and against plain loops."""

import numpy as np
import pytest
import torch

from sosmatting.functional import alpha_losses


def pair(size=(9, 14), seed=0):
    generator = torch.Generator().manual_seed(seed)
    pred, target = (torch.rand(2, 1, *size, generator=generator).double() for _ in range(2))
    return pred, target, torch.rand(2, 1, *size, generator=generator) < 0.4


def test_l1_and_charbonnier_by_hand():
    pred, target = torch.tensor([[[[0.0, 0.5, 1.0]]]]), torch.tensor([[[[0.0, 0.25, 0.0]]]])
    region = torch.tensor([[[[True, True, False]]]])
    assert float(alpha_losses.l1(pred, target)) == pytest.approx(1.25 / 3)
    assert float(alpha_losses.l1(pred, target, region)) == pytest.approx(0.125)
    assert float(alpha_losses.l1(pred, target, region & False)) == 0
    value = float(alpha_losses.charbonnier(pred, target, region, eps=1e-6))
    assert value == pytest.approx((1e-6 + np.sqrt(0.25**2 + 1e-12)) / 2)
    colours = torch.ones(1, 3, 1, 3)
    assert float(alpha_losses.charbonnier(colours, 0 * colours, region)) == pytest.approx(1)


def test_composition():
    alpha = torch.tensor([[[[0.25]]]])
    made = alpha_losses.composition(alpha, torch.full((1, 3, 1, 1), 0.8), torch.zeros(1, 3, 1, 1))
    assert made.flatten().tolist() == pytest.approx([0.2] * 3)


def test_sobel_is_the_slope_per_pixel():
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(7.0), indexing='ij')
    slopes = alpha_losses.sobel((0.1 * columns + 0.02 * rows)[None, None])[0, :, 1:-1, 1:-1]
    torch.testing.assert_close(slopes[0], torch.full((4, 5), 0.1))
    torch.testing.assert_close(slopes[1], torch.full((4, 5), 0.02))


def test_gradient_and_its_penalty():
    pred, target, region = pair()
    apart = (alpha_losses.sobel(pred) - alpha_losses.sobel(target)).abs()
    inside = region.expand_as(apart)
    expected = apart[inside].mean()
    torch.testing.assert_close(alpha_losses.gradient(pred, target, region), expected)
    own = alpha_losses.sobel(pred).abs()[inside].mean()
    found = alpha_losses.gradient_penalty(pred, target, region, sparsity=0.5)
    torch.testing.assert_close(found, expected + 0.5 * own)
    flat = torch.full_like(pred, 0.3)
    assert float(alpha_losses.gradient_penalty(flat, flat)) == pytest.approx(0, abs=1e-12)


def loop_pyramid(difference, levels):
    """Laplacian pyramid of one (H, W) array, pixel by pixel; returns the weighted sum."""
    taps = np.array([1, 4, 6, 4, 1]) / 16
    total = 0.0
    for level in range(levels):
        height, width = difference.shape
        if min(height, width) < 2:
            break
        blurred = np.zeros_like(difference)
        for y in range(height):
            for x in range(width):
                for i in range(5):
                    for j in range(5):
                        row = min(max(y + i - 2, 0), height - 1)
                        column = min(max(x + j - 2, 0), width - 1)
                        blurred[y, x] += taps[i] * taps[j] * difference[row, column]
        small = blurred[::2, ::2]
        grown = torch.nn.functional.interpolate(
            torch.from_numpy(small)[None, None], (height, width), mode='bilinear'
        )[0, 0].numpy()
        total += 2**level * np.abs(difference - grown).mean()
        difference = small
    return total


def test_laplacian_equals_a_loop():
    pred, target, region = pair((11, 6))
    difference = ((pred - target) * region)[:, 0].numpy()
    expected = np.mean([loop_pyramid(each, 5) for each in difference])
    found = alpha_losses.laplacian(pred, target, region)
    assert float(found) == pytest.approx(expected, rel=1e-10)
    assert float(alpha_losses.laplacian(pred, pred)) == 0


@pytest.mark.parametrize('name', ['l1', 'charbonnier', 'laplacian', 'gradient', 'gradient_penalty'])
def test_gradients(name):
    pred, target, region = pair((4, 5), seed=1)
    function = getattr(alpha_losses, name)
    assert torch.autograd.gradcheck(
        lambda p: function(p, target, region), pred.requires_grad_(True), atol=1e-5
    )
