"""Clusters and 3 x 3 systems against plain loops and numpy."""

import numpy as np
import pytest

from sosmatting.functional.colour_clusters import clusters_of, dot, full, solve_symmetric, times


def loop_clusters(colours, weights, count, min_variance):
    """Split one pixel's samples, cluster by cluster; returns mass, mean and covariance of each."""
    groups = [np.arange(len(colours))]

    def described(group):
        w, c = weights[group], colours[group]
        mean = (w[:, None] * c).sum(0) / w.sum()
        covariance = np.einsum('s,si,sj->ij', w, c - mean, c - mean) / w.sum()
        return w.sum(), mean, covariance

    while len(groups) < count:
        spans = [np.linalg.eigvalsh(described(group)[2])[-1] for group in groups]
        widest = int(np.argmax(spans))
        if spans[widest] <= min_variance:
            break
        _, mean, covariance = described(groups[widest])
        axis = np.linalg.eigh(covariance)[1][:, -1]
        beyond = (colours[groups[widest]] - mean) @ axis > 0
        groups.append(groups[widest][beyond])
        groups[widest] = groups[widest][~beyond]
    return [described(group) for group in groups]


@pytest.mark.parametrize('min_variance', [0.0, 0.02, 10.0])
def test_equals_a_loop(min_variance):
    rng = np.random.default_rng(0)
    colours = rng.random((7, 40, 3))
    weights = rng.random((7, 40)) * (rng.random((7, 40)) < 0.7)
    samples = np.concatenate([np.ones((7, 40, 1)), colours], 2)
    found = clusters_of(samples, weights, 4, min_variance)
    for k in range(7):
        expected = loop_clusters(colours[k], weights[k], 4, min_variance)
        there = np.flatnonzero(found.masses[k] > 1e-9)
        assert len(there) == len(expected)
        order = np.argsort(found.masses[k][there])
        for c, (mass, mean, covariance) in zip(
            there[order], sorted(expected, key=lambda each: each[0]), strict=True
        ):
            np.testing.assert_allclose(found.masses[k, c], mass, rtol=1e-9)
            np.testing.assert_allclose(found.means[k, c], mean, rtol=1e-9)
            np.testing.assert_allclose(full(found.covariances[k, c]), covariance, atol=1e-9)


def test_one_colour_is_one_cluster():
    samples = np.full((1, 5, 4), 0.25)
    samples[..., 0] = 1
    found = clusters_of(samples, np.ones((1, 5)), 3, 1e-6)
    assert found.masses.tolist() == [[5, 0, 0]]
    assert found.means[0, 0].tolist() == [0.25] * 3
    assert not found.covariances.any()


def test_systems():
    rng = np.random.default_rng(1)
    roots = rng.random((50, 3, 3))
    matrices = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)
    six = matrices[:, (0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2)].T
    vectors = rng.random((50, 3))
    solved = solve_symmetric(six, vectors.T)
    np.testing.assert_allclose(solved.T, np.linalg.solve(matrices, vectors[..., None])[..., 0])
    np.testing.assert_allclose(times(six, solved), vectors.T)
    np.testing.assert_allclose(dot(vectors.T, vectors.T), (vectors**2).sum(1))
