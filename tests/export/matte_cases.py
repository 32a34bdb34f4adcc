"""Results to export."""

import numpy as np

from sosmatting.mattes import Mattes

CLASSES = ('person', 'dog')


def make_mattes(count: int, dtype: type = np.uint8, seed: int = 0, hw: tuple = (40, 60)) -> Mattes:
    """Random mattes with scores 0.9, 0.85 ... and boxes, areas by plain arithmetic."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    alphas = rng.integers(0, top + 1, (count, *hw)).astype(dtype)
    return Mattes(
        image=rng.integers(0, 256, (*hw, 3), np.uint8),
        alphas=alphas,
        scores=0.9 - 0.05 * np.arange(count, dtype=np.float32),
        labels=np.arange(count) % 2,
        boxes=np.tile(np.float32([1, 2, 30.5, 38]), (count, 1)),
        areas=(alphas.sum((1, 2)) / top).astype(np.float32),
        classes=CLASSES,
    )
