"""Conn's short cuts: tiles, one body, levels by multiplication; each against the long way.

The definition itself is tested with the errors.
"""

import cv2
import numpy as np
import pytest
import torch

from sosmatting.functional import connectivity
from sosmatting.functional.connectivity import connectivity_map, connectivity_sums


def plain(p: np.ndarray, g: np.ndarray, empty: str) -> np.ndarray:
    """Label the whole picture at every level."""
    level = np.full(p.shape, -1.0)
    rest = 1.0
    for step in range(1, 11):
        shared = (np.minimum(p, g) >= p.dtype.type(step / 10)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(shared, connectivity=4)
        if count == 1:
            rest = 1.0 if empty == 'matlab' else (step - 1) / 10
            break
        largest = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
        level[(level < 0) & ~largest] = (step - 1) / 10
    level[level < 0] = rest
    away = [(a - level) * (a - level >= 0.15) for a in (p, g)]
    return np.abs(away[0] - away[1])


def bodies(seed: int, count: int, peak: float) -> np.ndarray:
    """Soft discs of similar size, far enough apart not to touch."""
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[:90, :300].astype(float)
    alpha = np.zeros(ys.shape)
    for k in range(count):
        away = np.hypot(ys - 45, xs - 50 - 100 * k)
        alpha = np.maximum(alpha, ((30 + rng.uniform(-2, 2) - away) / 12).clip(0, 1))
    noisy = alpha * peak + rng.normal(0, 0.06, alpha.shape) * (alpha > 0)
    return (noisy.clip(0, 1) * 255).round() / 255


@pytest.mark.parametrize('empty', ['matlab', 'previous'])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize(('count', 'peak'), [(1, 1.0), (3, 1.0), (2, 0.7), (3, 0.05)])
def test_the_short_cuts_change_nothing(count: int, peak: float, dtype: type, empty: str) -> None:
    p = bodies(1, count, peak).astype(dtype)
    g = bodies(2, count, peak).astype(dtype)
    ours = connectivity_map(torch.from_numpy(p)[None], torch.from_numpy(g)[None], empty)
    np.testing.assert_allclose(ours[0].numpy(), plain(p, g, empty), atol=1e-12)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_a_bit_below_a_level_is_below_it(dtype: type) -> None:
    levels = np.array([k / 10 for k in range(11)], dtype)
    below = np.nextafter(levels, dtype(-1)).clip(0)
    above = np.nextafter(levels, dtype(2)).clip(0, 1)
    both = np.stack([levels, below, above])
    reached, _ = connectivity._levels_reached(both, np.ones_like(both))
    assert reached[0].tolist() == list(range(11))
    assert reached[1].tolist() == [0, *range(10)]
    assert reached[2].tolist() == list(range(11))


def test_sums_are_those_of_the_map() -> None:
    p, g = (torch.from_numpy(bodies(seed, 2, 0.9))[None] for seed in (3, 4))
    region = torch.rand(p.shape, generator=torch.Generator().manual_seed(0)) < 0.5
    whole = connectivity_map(p, g)
    assert connectivity_sums(p, g).item() == pytest.approx(whole.sum().item(), rel=1e-12)
    part = connectivity_sums(p, g, region).item()
    assert part == pytest.approx(whole[region].sum().item(), rel=1e-12) and part > 0


def test_only_tiles_with_a_difference_are_given() -> None:
    p = torch.from_numpy(bodies(5, 3, 1.0))
    g = p.clone()
    g[40, 10:50] = 0
    windows = [window for window, _ in connectivity.connectivity_tiles(p, g, 'matlab')]
    assert windows == [(slice(0, 64), slice(0, 256))]
