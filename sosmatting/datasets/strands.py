"""Strands of hair and fur: paths that bend as they grow. Letters: K strands of P places each."""

import numpy as np

Rng = np.random.Generator


def grow(
    roots: np.ndarray,
    angles: np.ndarray,
    lengths: np.ndarray,
    rng: Rng,
    gravity: float = 0.0,
    curl: float = 0.0,
    steps: int = 12,
) -> np.ndarray:
    """Let strands grow from their roots, bending as they go.

    Args:
        roots: (K, 2) places.
        angles: (K,) starting directions in radians (0 right, pi / 2 down).
        lengths: (K,) in the unit of ``roots``.
        rng: The source of chance.
        gravity: Share of the way towards "down" that a strand turns at each step.
        curl: Turn at each step in radians, swinging to and fro.
        steps: P - 1.

    Returns:
        (K, P, 2) places.
    """
    count = len(roots)
    phase, pace = rng.uniform(0, 6.3, count), rng.uniform(0.5, 1.1, count)
    lean = rng.normal(0, 0.05 + curl * 0.2, count)
    paths = np.empty((count, steps + 1, 2))
    paths[:, 0] = roots
    heading = angles.astype(float).copy()
    for step in range(steps):
        turn = np.stack([np.cos(heading), np.sin(heading)], 1)
        paths[:, step + 1] = paths[:, step] + turn * (lengths / steps)[:, None]
        heading += gravity * np.sin(np.pi / 2 - heading) * 1.2
        heading += curl * np.sin(phase + pace * step) + lean
    return paths
