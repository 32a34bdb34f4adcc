"""Grad tile by tile is Grad of the whole; the definition itself is tested with the errors."""

import numpy as np
import pytest
import torch

from sosmatting.functional import gradient
from sosmatting.functional.gradient import gradient_amplitude, gradient_map, kernels


@pytest.mark.parametrize('tile', [5, 16, 100])
def test_tiles_and_the_way_of_other_devices_give_the_same(
    tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    p = torch.from_numpy(rng.random((1, 61, 47)))
    g = p.clone()
    g[0, 10:14, 3:20] = 0.5
    g[0, 58:, 40:] = 0.0
    monkeypatch.setattr(gradient, 'TILE', tile)
    amplitudes = gradient_amplitude(torch.cat([p, g]))
    whole = (amplitudes[0] - amplitudes[1]) ** 2
    torch.testing.assert_close(gradient_map(p, g)[0], whole, rtol=1e-10, atol=1e-14)


def test_the_kernel_has_norm_1() -> None:
    bell, slope = kernels()
    assert np.linalg.norm(np.outer(bell, slope)) == pytest.approx(1, abs=1e-15)
    assert (bell == bell[::-1]).all() and (slope == -slope[::-1]).all()
