"""The colours on both sides of a contour, and what is drawn with them."""

import numpy as np
import torch

from sosmatting.models.look_edges import FAR, UNLIKE, EdgeDrawer, colour_cues, nearby


def test_nearby_colours_by_loops():
    rng = np.random.default_rng(0)
    colours, weight = rng.random((2, 3, 6, 7)), rng.random((2, 1, 6, 7)) ** 4
    weight[1, :, :, 3:] = 0  # there the average of the whole crop counts
    reach, found = 2, np.zeros((2, 3, 6, 7))
    for k in range(2):
        everywhere = (colours[k] * weight[k]).mean((1, 2))
        share = weight[k].mean() + 1e-6
        for row in range(6):
            for column in range(7):
                total, often = np.zeros(3), 0.0
                for y in range(row - reach, row + reach + 1):
                    for x in range(column - reach, column + reach + 1):
                        if 0 <= y < 6 and 0 <= x < 7:
                            total += colours[k, :, y, x] * weight[k, 0, y, x]
                            often += weight[k, 0, y, x]
                area = (2 * reach + 1) ** 2
                above = total / area + FAR * (everywhere + 1e-6)
                found[k, :, row, column] = above / (often / area + FAR * share)
    given = nearby(torch.from_numpy(colours), torch.from_numpy(weight), reach)
    assert np.allclose(given.numpy(), found)
    everything = (colours[1] * weight[1]).sum((1, 2)) / weight[1].sum()
    assert np.allclose(found[1, :, 0, 6], everything, rtol=1e-3)


def two_colours(side=64):
    """A soft half plane of one colour before another: crops (1, 5, s, s) and its alpha (s, s)."""
    x = np.arange(side) + 0.5
    alpha = np.tile(np.clip((x - 30) / 6, 0, 1), (side, 1))
    inner, outer = np.array([1.5, -0.5, 0.2]), np.array([-1.0, 0.5, 0.4])
    photo = alpha * inner[:, None, None] + (1 - alpha) * outer[:, None, None]
    rest = np.stack([alpha >= 0.5, np.zeros_like(alpha)])
    return torch.from_numpy(np.concatenate([photo, rest])[None]).float(), alpha


def test_the_projected_colour_is_the_alpha_of_two_plain_sides():
    crops, alpha = two_colours()
    rough = torch.nn.functional.avg_pool2d(crops[:, 3:4], 4)  # a hard matte, averaged
    cues = colour_cues(crops, rough, reach=4)
    assert cues.shape == (1, 26, 32, 32)
    pixels = torch.nn.functional.pixel_shuffle(cues[:, :20], 2)
    assert torch.equal(pixels, crops)  # the same pixels in another order
    projected = torch.nn.functional.pixel_shuffle(cues[:, 20:24], 2)[0, 0].numpy()
    soft = (alpha > 0) & (alpha < 1)
    before = np.abs(crops[0, 3].numpy() - alpha)[soft].mean()
    assert np.abs(projected - alpha)[soft].mean() < 0.35 * before
    away = np.linalg.norm([2.5, -1.0, -0.2])
    assert abs(cues[0, 24, 0, 31].item() - away) < 0.1  # the contrast of the two sides
    assert np.isclose(projected[0, 63], away**2 / (away**2 + UNLIKE), atol=0.05)


def test_untrained_it_leaves_the_matte_as_it_is():
    torch.manual_seed(0)
    drawer = EdgeDrawer(8, 6, depth=2)
    drawer.init_weights()
    for layer in (drawer.draw, drawer.rough):
        torch.nn.init.zeros_(layer.weight)
    crops, _ = two_colours()
    before = torch.randn(1, 1, 64, 64)
    logits, rough = drawer(torch.randn(1, 8, 32, 32), torch.randn(1, 6, 16, 16), crops, before)
    assert torch.equal(logits, before[:, 0])
    assert torch.allclose(rough, torch.nn.functional.avg_pool2d(before, 4)[:, 0])


def test_the_colours_teach_nothing_backwards():
    """The rough matte learns from its own loss, not through the colours that it chooses."""
    torch.manual_seed(0)
    drawer = EdgeDrawer(8, 6)
    crops, _ = two_colours()
    coarse = torch.randn(1, 6, 16, 16)
    torch.nn.init.zeros_(drawer.rough.weight)
    torch.nn.init.zeros_(drawer.rough.bias)
    logits, rough = drawer(torch.randn(1, 8, 32, 32), coarse, crops, crops[:, 3:4])
    # What the full-size matte tells the rough one comes by the enlarged change alone.
    (direct,) = torch.autograd.grad(logits.sum(), drawer.rough.bias, retain_graph=True)
    assert torch.allclose(direct, torch.tensor([64.0 * 64]))
    (own,) = torch.autograd.grad(rough.sum(), drawer.rough.bias)
    assert torch.allclose(own, torch.tensor([16.0 * 16]))
