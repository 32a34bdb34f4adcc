"""dtSSD and MESSDdt against hand arithmetic and loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sosmatting.exceptions import InputError
from sosmatting.functional.sequences import dt_ssd, messd_dt


def loop_dt_ssd(p: np.ndarray, g: np.ndarray, region: np.ndarray) -> float:
    steps = []
    for t in range(1, len(p)):
        total = 0.0
        for place in np.argwhere(region[t]):
            y, x = place
            total += ((p[t, y, x] - p[t - 1, y, x]) - (g[t, y, x] - g[t - 1, y, x])) ** 2
        steps.append(math.sqrt(total))
    return sum(steps) / len(steps)


def bilinear(picture: np.ndarray, y: float, x: float) -> float:
    top, left = math.floor(y), math.floor(x)
    bottom, right = min(top + 1, len(picture) - 1), min(left + 1, picture.shape[1] - 1)
    dy, dx = y - top, x - left
    upper = picture[top, left] * (1 - dx) + picture[top, right] * dx
    lower = picture[bottom, left] * (1 - dx) + picture[bottom, right] * dx
    return upper * (1 - dy) + lower * dy


def loop_messd_dt(p: np.ndarray, g: np.ndarray, flow: np.ndarray, region: np.ndarray) -> float:
    steps = []
    for t in range(len(p) - 1):
        before, after = (p[t] - g[t]) ** 2, (p[t + 1] - g[t + 1]) ** 2
        total = 0.0
        for y, x in np.argwhere(region[t]):
            to_x, to_y = x + flow[t, y, x, 0], y + flow[t, y, x, 1]
            if 0 <= to_x <= p.shape[2] - 1 and 0 <= to_y <= p.shape[1] - 1:
                total += abs(before[y, x] - bilinear(after, to_y, to_x))
        steps.append(total)
    return sum(steps) / len(steps)


def test_by_hand() -> None:
    p = torch.zeros(1, 3, 2, 2)
    g = torch.zeros(1, 3, 2, 2)
    p[0, 1, 0, 0], p[0, 1, 1, 1] = 0.3, 0.4  # flickers: on and off again
    assert dt_ssd(p, g).item() == pytest.approx(0.5)
    still = torch.zeros(1, 2, 2, 2, 2)
    assert messd_dt(p, g, still).item() == pytest.approx(0.09 + 0.16)
    region = torch.zeros(1, 3, 2, 2, dtype=torch.bool)
    region[:, :, 0, 0] = True
    assert dt_ssd(p, g, region).item() == pytest.approx(0.3)
    assert messd_dt(p, g, still, region).item() == pytest.approx(0.09)


def test_a_constant_error_does_not_flicker() -> None:
    g = torch.rand(2, 4, 5, 6, dtype=torch.float64) * 0.5
    assert dt_ssd(g + 0.25, g).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert messd_dt(g + 0.25, g, torch.zeros(2, 3, 5, 6, 2)).tolist() == pytest.approx([0, 0])


def test_an_error_that_moves_with_its_point_costs_nothing() -> None:
    g = torch.zeros(1, 2, 6, 8)
    p = torch.zeros(1, 2, 6, 8)
    p[0, 0, 2, 3] = p[0, 1, 3, 5] = 0.7
    flow = torch.zeros(1, 1, 6, 8, 2)
    flow[..., 0], flow[..., 1] = 2, 1
    assert messd_dt(p, g, flow).item() == pytest.approx(0)
    assert messd_dt(p, g, flow * 0).item() == pytest.approx(2 * 0.49)
    flow[..., 0] = 99  # everything leaves the frame
    assert messd_dt(p, g, flow).item() == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 4), st.integers(1, 6), st.integers(1, 6))
def test_both_equal_the_loops(seed: int, frames: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    p, g = rng.random((2, frames, height, width))
    region = rng.random(p.shape) < 0.7
    flow = rng.normal(0, 1.5, (frames - 1, height, width, 2))
    tensors = [torch.from_numpy(x)[None] for x in (p, g, region, flow)]
    assert dt_ssd(*tensors[:3]).item() == pytest.approx(loop_dt_ssd(p, g, region), abs=1e-12)
    ours = messd_dt(tensors[0], tensors[1], tensors[3], tensors[2]).item()
    assert ours == pytest.approx(loop_messd_dt(p, g, flow, region), abs=1e-9)
    assert dt_ssd(tensors[0], tensors[0]).item() == 0
    assert math.isfinite(ours)


def test_a_batch_is_its_members() -> None:
    p, g = torch.rand(2, 3, 3, 4, 5, dtype=torch.float64)
    flow = torch.randn(3, 2, 4, 5, 2)
    singles = [messd_dt(p[i : i + 1], g[i : i + 1], flow[i : i + 1]).item() for i in range(3)]
    assert messd_dt(p, g, flow).tolist() == pytest.approx(singles)
    assert dt_ssd(p, g).tolist() == [dt_ssd(p[i : i + 1], g[i : i + 1]).item() for i in range(3)]


@pytest.mark.parametrize('shapes', [((1, 1, 3, 3),) * 2, ((1, 2, 3, 3), (1, 2, 3, 4))])
def test_wrong_shapes(shapes: tuple) -> None:
    with pytest.raises(InputError):
        dt_ssd(torch.zeros(shapes[0]), torch.zeros(shapes[1]))


def test_wrong_flow() -> None:
    with pytest.raises(InputError, match='flow'):
        messd_dt(torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3, 2))
