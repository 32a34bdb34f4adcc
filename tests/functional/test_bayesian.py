"""Bayesian matting against the paper's equations, pixel by pixel."""

import itertools

import numpy as np

from sosmatting.functional.bayesian import BayesianOptions, bayesian_alpha, most_likely
from sosmatting.functional.colour_clusters import Clusters, full
from tests.functional.test_colour_clusters import loop_clusters

TINY = BayesianOptions(
    window=5, sigma=1.5, min_samples=3, widest=4, min_variance=0.005, iterations=30
)


def six_by_six(colour, f, b, alpha, noise, iterations):
    """Solve one pair of clusters by the paper's 6 x 6 system; returns alpha, F, B, likelihood."""
    (mean_f, cov_f), (mean_b, cov_b) = f, b
    inverse_f, inverse_b = (np.linalg.inv(cov + 1e-9 * np.eye(3)) for cov in (cov_f, cov_b))
    one = np.eye(3) / noise**2
    for _ in range(iterations):
        matrix = np.block(
            [
                [inverse_f + one * alpha**2, one * alpha * (1 - alpha)],
                [one * alpha * (1 - alpha), inverse_b + one * (1 - alpha) ** 2],
            ]
        )
        right = np.concatenate(
            [
                inverse_f @ mean_f + colour * alpha / noise**2,
                inverse_b @ mean_b + colour * (1 - alpha) / noise**2,
            ]
        )
        solved = np.linalg.solve(matrix, right)
        front, back = solved[:3], solved[3:]
        alpha = float(np.clip((colour - back) @ (front - back) / ((front - back) ** 2).sum(), 0, 1))
    # The likelihood at the best colours for this alpha.
    total = alpha**2 * cov_f + (1 - alpha) ** 2 * cov_b + noise**2 * np.eye(3)
    rest = colour - alpha * mean_f - (1 - alpha) * mean_b
    return alpha, front, back, -rest @ np.linalg.solve(total, rest)


def test_one_pair_solves_the_papers_system():
    rng = np.random.default_rng(0)
    roots = 0.2 * rng.random((2, 4, 3, 3))
    covariances = roots @ roots.transpose(0, 1, 3, 2)
    means, colours, guess = rng.random((2, 4, 3)), rng.random((4, 3)), rng.random(4)
    six = covariances[..., (0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2)]
    sides = [Clusters(np.ones((4, 1)), means[k][:, None], six[k][:, None]) for k in (0, 1)]
    alpha, pair = most_likely(colours, *sides, guess, 0.05, 12)
    for k in range(4):
        f, b = ((means[side, k], full(six[side, k])) for side in (0, 1))
        expected, front, back, _ = six_by_six(colours[k], f, b, guess[k], 0.05, 12)
        np.testing.assert_allclose(alpha[k], expected, atol=1e-5)
        np.testing.assert_allclose(pair[k], np.clip([front, back], 0, 1), atol=1e-4)


def loop_bayesian(image, trimap, options):
    """Solve a trimap front by front and pixel by pixel."""
    height, width = trimap.shape
    colours = image / 255
    samples = np.stack([colours, colours])
    weights = np.stack([trimap == 255, trimap == 0]).astype(float)
    alpha, solved = (trimap == 255).astype(float), trimap != 128
    reach = options.window // 2
    while not solved.all():
        updates = []
        for y, x in itertools.product(range(height), range(width)):
            around = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            if solved[y, x] or not solved[around].any():
                continue
            sides = []
            for side in (0, 1):
                for spacing in (1, 2, 4):
                    near = [
                        (y + spacing * i, x + spacing * j, i, j)
                        for i in range(-reach, reach + 1)
                        for j in range(-reach, reach + 1)
                        if 0 <= y + spacing * i < height and 0 <= x + spacing * j < width
                    ]
                    here = [each for each in near if weights[side][each[:2]] > 0]
                    if len(here) >= options.min_samples:
                        break
                bell = [np.exp(-(i * i + j * j) / (2 * options.sigma**2)) for *_, i, j in here]
                w = np.array([weights[side][a, b] for a, b, *_ in here]) * bell
                c = np.array([samples[side][a, b] for a, b, *_ in here])
                sides.append(loop_clusters(c, w, options.max_clusters, options.min_variance))
            guess = alpha[around][solved[around]].mean()
            tried = [
                six_by_six(colours[y, x], f[1:], b[1:], guess, options.noise, options.iterations)
                for f in sides[0]
                for b in sides[1]
            ]
            updates.append((y, x, max(tried, key=lambda each: each[3])))
        for y, x, (a, f, b, _) in updates:
            alpha[y, x], solved[y, x] = a, True
            samples[:, y, x] = np.clip([f, b], 0, 1)
            squares = np.array([a * a, (1 - a) ** 2])
            weights[:, y, x] = np.where(squares < 1e-3, 0, squares)
    return alpha


def test_equals_a_loop():
    rng = np.random.default_rng(3)
    truth = np.clip(np.linspace(-0.6, 1.6, 12), 0, 1)[None].repeat(10, 0)
    colours = truth[..., None] * [200, 60, 40] + (1 - truth[..., None]) * [30, 90, 180]
    image = np.clip(colours + rng.normal(0, 6, colours.shape), 0, 255).astype(np.uint8)
    trimap = np.full(truth.shape, 128, np.uint8)
    trimap[:, :3], trimap[:, -3:] = 0, 255
    found = bayesian_alpha(image, trimap, TINY)
    expected = loop_bayesian(image, trimap, TINY)
    assert np.abs(found - truth).mean() < 0.1
    # A tie between two pairs of clusters may fall either way in float32; none does here.
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_two_flat_colours_give_the_exact_alpha():
    truth = np.clip(np.linspace(-0.3, 1.3, 60), 0, 1)[None].repeat(40, 0)
    front, back = np.array([230, 30, 60]), np.array([20, 120, 200])
    image = np.round(truth[..., None] * front + (1 - truth[..., None]) * back).astype(np.uint8)
    trimap = np.where(truth <= 0, 0, np.where(truth >= 1, 255, 128)).astype(np.uint8)
    found = bayesian_alpha(image, trimap)
    assert found.dtype == np.float32 and found.shape == truth.shape
    assert np.abs(found - truth).max() < 0.01
    assert (found[trimap == 0] == 0).all() and (found[trimap == 255] == 1).all()


def test_far_from_all_samples_the_whole_image_serves():
    image = np.zeros((8, 120, 3), np.uint8)
    image[:, 60:] = 200
    trimap = np.full((8, 120), 128, np.uint8)
    trimap[:, 0], trimap[:, -1] = 0, 255
    found = bayesian_alpha(image, trimap, TINY)
    assert (found[:, :55] < 0.05).all() and (found[:, 65:] > 0.95).all()
