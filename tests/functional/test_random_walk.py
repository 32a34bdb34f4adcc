"""The random walk against a dense solution with weights by a loop."""

import numpy as np
import pytest

from sosmatting.functional.random_walk import random_walk_alpha, step_chances

pytest.importorskip('pymatting', reason='an extra: pip install sosmatting[trimap]')


def loop_weights(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    weights = np.zeros((height * width, height * width))
    for y in range(height):
        for x in range(width):
            for v in range(max(0, y - 1), min(height, y + 2)):
                for u in range(max(0, x - 1), min(width, x + 2)):
                    away = (image[y, x].astype(float) - image[v, u]) / 255
                    if (y, x) != (v, u):
                        weights[y * width + x, v * width + u] = np.exp(-900 * (away**2).sum())
    return weights


def test_equals_a_dense_solution() -> None:
    rng = np.random.default_rng(0)
    smooth = np.linspace(90, 120, 9)[:, None, None] + rng.normal(0, 6, (9, 11, 3))
    image = smooth.clip(0, 255).astype(np.uint8)
    weights = loop_weights(image)
    assert np.abs(step_chances(image).toarray() - weights).max() < 1e-12
    trimap = np.full((9, 11), 128, np.uint8)
    trimap[:2], trimap[-2:] = 255, 0
    unknown = (trimap == 128).ravel()
    matrix = np.diag(weights.sum(1)) - weights
    known = (trimap == 255).ravel().astype(float)
    wanted = -matrix[unknown][:, ~unknown] @ known[~unknown]
    expected = np.linalg.solve(matrix[unknown][:, unknown], wanted)
    alpha = random_walk_alpha(image, trimap)
    assert np.abs(alpha.ravel()[unknown] - expected).max() < 1e-4
    assert expected.std() > 0.1 and (alpha[:2] == 1).all() and (alpha[-2:] == 0).all()


def test_what_nothing_known_reaches_is_transparent() -> None:
    image = np.zeros((9, 9, 3), np.uint8)
    image[4, 4] = 255  # exp(-2700): no step leads there
    trimap = np.full((9, 9), 128, np.uint8)
    trimap[0], trimap[-1] = 255, 0
    alpha = random_walk_alpha(image, trimap)
    assert alpha[4, 4] == 0 and 0.3 < alpha[4, 0] < 0.7 and np.isfinite(alpha).all()
