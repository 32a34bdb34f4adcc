"""Weighted colour clusters, of many pixels at once, and the little linear algebra they need.

Orchard and Bouman, "Color Quantization of Images", IEEE Trans. Signal Processing 1991: the cluster
that varies most is split at its mean, across its longest axis, until none varies much.

Letters: K pixels, S samples of a pixel, C clusters. A symmetric 3 x 3 matrix is kept as its 6
numbers xx, yy, zz, xy, xz, yz.
"""

from dataclasses import dataclass

import numpy as np

ROWS, COLUMNS = (0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2)
TINY = 1e-12


@dataclass(frozen=True)
class Clusters:
    """The clusters of K pixels.

    Attributes:
        masses: (K, C) sums of weights; 0 for a cluster that there is not.
        means: (K, C, 3).
        covariances: (K, C, 6).
    """

    masses: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def clusters_of(
    samples: np.ndarray, weights: np.ndarray, count: int, min_variance: float
) -> Clusters:
    """Cluster the samples of K pixels, each by itself.

    Args:
        samples: (K, S, 4) floats: 1, then the three channels.
        weights: (K, S) floats >= 0, the sum of each row above 0.
        count: Clusters of a pixel at most.
        min_variance: A cluster is split where its variance along its longest axis is larger.

    Returns:
        C = ``count`` clusters of every pixel.
    """
    pixels = len(samples)
    labels = np.zeros(weights.shape, np.int8)
    moments = np.zeros((pixels, count, 10))
    spans, axes = np.full((pixels, count), -np.inf), np.zeros((pixels, count, 3))
    moments[:, 0] = _moments(samples, weights)
    spans[:, 0], axes[:, 0] = _longest(moments[:, 0])
    for new in range(1, count):
        rows = np.flatnonzero(spans.max(1) > min_variance)
        if not len(rows):
            break
        old = spans[rows].argmax(1)
        axis = axes[rows, old]
        mean = moments[rows, old, 1:4] / moments[rows, old, :1]
        plane = np.concatenate([-(mean * axis).sum(1, keepdims=True), axis], 1)
        near = samples[rows]
        beyond = (near @ plane.astype(samples.dtype)[:, :, None])[..., 0] > 0
        beyond &= labels[rows] == old[:, None]
        labels[rows] = np.where(beyond, np.int8(new), labels[rows])
        moments[rows, new] = _moments(near, weights[rows] * beyond)
        moments[rows, old] -= moments[rows, new]
        for part in (old, np.full(len(rows), new)):
            spans[rows, part], axes[rows, part] = _longest(moments[rows, part])
    means, covariances = _central(moments)
    return Clusters(np.maximum(moments[..., 0], 0), means, covariances)


def _moments(samples: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum weights, weighted colours and weighted products: (K, S, 4), (K, S) -> (K, 10)."""
    sums = (samples * weights[..., None]).transpose(0, 2, 1) @ samples
    return np.concatenate([sums[:, 0], sums[:, 1:, 1:][:, ROWS, COLUMNS]], axis=1)


def _central(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn (..., 10) sums into (..., 3) means and (..., 6) covariances."""
    mass = np.maximum(moments[..., :1], TINY)
    means = moments[..., 1:4] / mass
    covariances = moments[..., 4:] / mass - means[..., ROWS] * means[..., COLUMNS]
    covariances[..., :3] = np.maximum(covariances[..., :3], 0)
    return means, covariances


def _longest(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the largest variance of (K, 10) sums and its direction: (K,) and (K, 3)."""
    matrices = full(_central(moments)[1])
    values, vectors = np.linalg.eigh(matrices)
    return values[:, -1], vectors[..., -1]


def full(six: np.ndarray) -> np.ndarray:
    """Write symmetric matrices out: (..., 6) -> (..., 3, 3)."""
    return six[..., [[0, 3, 4], [3, 1, 5], [4, 5, 2]]]


def dot(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Multiply vectors (3, ...) -> (...)."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Multiply symmetric matrices (6, ...) by vectors (3, ...) -> (3, ...)."""
    xx, yy, zz, xy, xz, yz = matrix
    x, y, z = vector
    return np.stack([xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z])


def solve_symmetric(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Solve symmetric positive systems by their adjugates: (6, ...), (3, ...) -> (3, ...)."""
    xx, yy, zz, xy, xz, yz = matrix
    adjugate = np.stack(
        [
            yy * zz - yz * yz,
            xx * zz - xz * xz,
            xx * yy - xy * xy,
            xz * yz - xy * zz,
            xy * yz - xz * yy,
            xy * xz - xx * yz,
        ]
    )
    determinant = xx * adjugate[0] + xy * adjugate[3] + xz * adjugate[4]
    return times(adjugate, vector) / determinant
