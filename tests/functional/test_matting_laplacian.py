"""The matting Laplacian against pymatting's matrix, and its minimum against a direct solution."""

import numpy as np
import pytest
import torch

from sosmatting.functional.matting_laplacian import (
    MattingLaplacian,
    enlarge_alphas,
    invert_symmetric,
    settle_alphas,
)


def photos(seed=0, hw=(9, 11)):
    """Two photos (2, 3, h, w) in [0, 1], float64."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.random((2, 3, *hw)))


def matrix_of(laplacian, hw):
    """Write L of the first photo out, column by column."""
    count = hw[0] * hw[1]
    columns = torch.eye(count, dtype=torch.float64).view(count, 1, *hw)
    photo = MattingLaplacian(laplacian.photos[:1].expand(count, -1, -1, -1), laplacian.radius, 1e-3)
    return photo(columns).reshape(count, count).T.numpy()


def by_loops(photo, radius, eps):
    """Fit alphas linear in colour in every window: the sum of what the fits leave, as a matrix."""
    height, width = photo.shape[1:]
    places = np.arange(height * width).reshape(height, width)
    matrix = np.zeros((height * width,) * 2)
    for y in range(height):
        for x in range(width):
            rows = slice(max(y - radius, 0), y + radius + 1)
            columns = slice(max(x - radius, 0), x + radius + 1)
            at = places[rows, columns].ravel()
            colours = photo[:, rows, columns].reshape(3, -1).T
            # Least squares with sqrt(eps n) times the slope as three more equations.
            equations = np.concatenate([colours, np.ones((len(at), 1))], axis=1)
            slope = np.sqrt(eps * len(at)) * np.eye(3, 4)
            equations = np.concatenate([equations, slope])
            left = np.eye(len(equations)) - equations @ np.linalg.pinv(equations)
            matrix[np.ix_(at, at)] += left[: len(at), : len(at)]
    return matrix / (2 * radius + 1) ** 2


@pytest.mark.parametrize('radius', [1, 2])
def test_it_is_what_linear_fits_leave(radius):
    given = photos()
    found = matrix_of(MattingLaplacian(given, radius, 1e-3), (9, 11))
    assert np.allclose(found, by_loops(given[0].numpy(), radius, 1e-3), atol=1e-10)
    assert np.allclose(found, found.T, atol=1e-12)
    assert np.linalg.eigvalsh(found).min() > -1e-10


def test_away_from_the_border_it_is_pymattings():
    from pymatting import cf_laplacian

    given = photos()
    picture = np.ascontiguousarray(given[0].permute(1, 2, 0).numpy())
    # Its windows lie within the photo, and its eps is divided by their pixels.
    theirs = np.asarray(cf_laplacian(picture, epsilon=9e-3, radius=1).todense()) / 9
    ours = matrix_of(MattingLaplacian(given, 1, 1e-3), (9, 11))
    inner = np.zeros((9, 11), bool)
    inner[3:-3, 3:-3] = True
    assert np.allclose(ours[inner.ravel()], theirs[inner.ravel()], atol=1e-8)


def test_many_steps_reach_the_minimum():
    given = photos(seed=1)
    rng = np.random.default_rng(2)
    alphas, trust = torch.from_numpy(rng.random((2, 2, 1, 9, 11)))
    laplacian = MattingLaplacian(given, 1, 1e-3)
    found = settle_alphas(laplacian, alphas, trust, steps=200)
    wanted = trust[0].flatten().numpy()
    exact = np.linalg.solve(
        matrix_of(laplacian, (9, 11)) + np.diag(wanted), wanted * alphas[0].flatten().numpy()
    )
    assert np.allclose(found[0].flatten().numpy(), exact, atol=1e-6)


def test_alphas_linear_in_colour_stay_and_others_come_nearer():
    given = photos(seed=3, hw=(24, 24))
    given[:] = torch.nn.functional.avg_pool2d(given, 5, stride=1, padding=2)
    truth = given[:, :1] * 0.7 + given[:, 1:2] * 0.4 - 0.1
    laplacian = MattingLaplacian(given, 2, 1e-9)
    assert laplacian(truth).abs().max() < 1e-4
    trust = torch.full_like(truth, 0.01)
    noise = torch.from_numpy(np.random.default_rng(4).normal(0, 0.1, truth.shape))
    before = settle_alphas(laplacian, truth, trust, steps=5)
    after = settle_alphas(laplacian, truth + noise, trust, steps=20)
    assert (before - truth).abs().max() < 1e-3
    assert (after - truth).abs().mean() < 0.6 * noise.abs().mean()
    still = settle_alphas(laplacian, torch.ones_like(truth), trust, steps=3)
    assert torch.allclose(still, torch.ones_like(still), atol=1e-6)


def test_matrices_are_inverted_though_the_colours_vary_as_one():
    rng = np.random.default_rng(5)
    grey = rng.normal(0, 0.4, (50, 1)) + rng.normal(0, 1e-3, (50, 3))
    several = [rng.normal(0, 0.3, (50, 3)), grey, np.zeros((50, 3))]
    matrices = np.stack([np.cov(each.T, bias=True) + 1e-5 * np.eye(3) for each in several])
    places = ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2])
    six = torch.from_numpy(matrices[:, places[0], places[1]]).float()
    found = invert_symmetric(six, least=1e-5).double().numpy()
    exact = np.linalg.inv(matrices)[:, places[0], places[1]]
    assert np.allclose(found, exact, rtol=0.02, atol=1e-3 * np.abs(exact).max(1, keepdims=True))


def test_alphas_linear_in_colour_are_enlarged_without_loss():
    large = photos(seed=6, hw=(48, 40))
    small = torch.nn.functional.avg_pool2d(large, 4)
    weights = torch.tensor([0.7, 0.4, -0.2], dtype=torch.float64).view(1, 3, 1, 1)
    laplacian = MattingLaplacian(small, 2, 1e-9)
    alphas = (weights * small).sum(1, keepdim=True) + 0.1
    slopes = laplacian.slopes(alphas)
    assert torch.allclose(slopes, weights.expand_as(slopes), atol=1e-5)
    enlarged = enlarge_alphas(alphas, slopes, small, large)
    assert torch.allclose(enlarged, (weights * large).sum(1, keepdim=True) + 0.1, atol=1e-4)
