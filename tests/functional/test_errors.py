"""The errors against hand arithmetic and against slow float64 loops."""

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from sosmatting.exceptions import InputError
from sosmatting.functional.connectivity import connectivity_map
from sosmatting.functional.errors import PRINTED, conn, grad, mad, mse, sad, total
from sosmatting.functional.gradient import gradient_amplitude, gradient_map


def loop_amplitude(alpha: np.ndarray) -> np.ndarray:
    """Two full 9 x 9 correlations, pixel by pixel, with the border repeated."""
    kernel = np.zeros((9, 9))
    for i in range(9):
        for j in range(9):
            y, x = i - 4, j - 4
            kernel[i, j] = x * math.exp(-(x * x + y * y) / (2 * 1.4**2))
    kernel /= math.sqrt((kernel**2).sum())
    height, width = alpha.shape
    amplitude = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            gx = gy = 0.0
            for i in range(9):
                for j in range(9):
                    yy = min(max(y + i - 4, 0), height - 1)
                    xx = min(max(x + j - 4, 0), width - 1)
                    gx += kernel[i, j] * alpha[yy, xx]
                    gy += kernel[j, i] * alpha[yy, xx]
            amplitude[y, x] = math.hypot(gx, gy)
    return amplitude


def stretched(alpha: np.ndarray) -> np.ndarray:
    low, high = alpha.min(), alpha.max()
    return (alpha - low) / (high - low) if high > low else alpha


def loop_grad_map(p: np.ndarray, g: np.ndarray, normalise: str = 'none') -> np.ndarray:
    if normalise == 'min-max':
        p, g = stretched(p), stretched(g)
    return (loop_amplitude(p) - loop_amplitude(g)) ** 2


def flood(mask: np.ndarray) -> list[list[tuple[int, int]]]:
    """The 4-connected components of a mask, in reading order of their first pixels."""
    seen, parts = set(), []
    for y, x in zip(*np.nonzero(mask), strict=True):
        if (y, x) in seen:
            continue
        part, todo = [], [(y, x)]
        seen.add((y, x))
        while todo:
            a, b = todo.pop()
            part.append((a, b))
            for c, d in ((a + 1, b), (a - 1, b), (a, b + 1), (a, b - 1)):
                inside = 0 <= c < mask.shape[0] and 0 <= d < mask.shape[1]
                if inside and mask[c, d] and (c, d) not in seen:
                    seen.add((c, d))
                    todo.append((c, d))
        parts.append(part)
    return parts


def loop_conn_map(p: np.ndarray, g: np.ndarray, empty: str = 'matlab') -> np.ndarray:
    level = np.full(p.shape, -1.0)
    for i in range(1, 11):
        parts = flood((p >= i / 10) & (g >= i / 10))
        if not parts and empty == 'matlab':
            continue
        largest = set(max(parts, key=len)) if parts else set()
        for place in np.ndindex(*p.shape):
            if level[place] == -1 and place not in largest:
                level[place] = (i - 1) / 10
    level[level == -1] = 1
    result = np.zeros(p.shape)
    for place in np.ndindex(*p.shape):
        phi = []
        for alpha in (p, g):
            d = alpha[place] - level[place]
            phi.append(1 - d * (d >= 0.15))
        result[place] = abs(phi[0] - phi[1])
    return result


def blobs(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A soft object and a similar one, on 8-bit levels, zero in part of the frame."""
    rng = np.random.default_rng(seed)
    mattes = []
    base = ndimage.gaussian_filter(rng.normal(size=shape), 1.5)
    for _ in range(2):
        noise = ndimage.gaussian_filter(rng.normal(size=shape), 1)
        matte = np.clip(4 * base + noise + 0.3, 0, 1)
        mattes.append(np.round(matte * 255) / 255)
    return mattes[0], mattes[1]


def batch(*mattes: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(mattes))


def test_sums_and_means_by_hand() -> None:
    p = torch.zeros(1, 4, 4)
    g = torch.zeros(1, 4, 4)
    p[0, 0] = torch.tensor([1.0, 0.5, 0.25, 0.0])
    g[0, 0, 0] = 1.0
    g[0, 3, 3] = 0.5
    assert sad(p, g).tolist() == [1.25]
    assert mad(p, g).tolist() == [1.25 / 16]
    assert mse(p, g).tolist() == [(0.25 + 0.0625 + 0.25) / 16]
    region = torch.zeros(1, 4, 4, dtype=torch.bool)
    region[0, 0] = True
    assert sad(p, g, region).tolist() == [0.75]
    assert mad(p, g, region).tolist() == [0.75 / 4]
    assert mse(p, g, region).tolist() == [0.3125 / 4]


def test_an_empty_region_has_no_error() -> None:
    p, g = torch.ones(1, 3, 3), torch.zeros(1, 3, 3)
    nowhere = torch.zeros(1, 3, 3, dtype=torch.bool)
    for error in (sad, mad, mse, grad, conn):
        assert error(p, g, nowhere).tolist() == [0.0]


def test_printed_scales() -> None:
    assert dict(PRINTED) == {'SAD': 1e-3, 'MAD': 1e3, 'MSE': 1e3, 'Grad': 1e-3, 'Conn': 1e-3}


@pytest.mark.parametrize('normalise', ['none', 'min-max'])
@pytest.mark.parametrize('shape', [(13, 17), (1, 9), (7, 1), (1, 1), (24, 10)])
def test_grad_equals_the_loop(shape: tuple[int, int], normalise: str) -> None:
    p, g = blobs(3, shape)
    ours = gradient_map(batch(p), batch(g), normalise)[0].numpy()
    np.testing.assert_allclose(ours, loop_grad_map(p, g, normalise), rtol=1e-9, atol=1e-13)


def test_grad_is_the_same_from_float32() -> None:
    p, g = blobs(5, (20, 20))
    error = grad(batch(p).float(), batch(g).float())
    assert error.item() == pytest.approx(loop_grad_map(p, g).sum(), rel=1e-6)


def test_grad_cut_to_the_difference_is_exact() -> None:
    """A small difference in a large frame, near and far from the border."""
    base, _ = blobs(7, (40, 48))
    for y, x in ((0, 0), (20, 25), (39, 10)):
        other = base.copy()
        other[y, x] = 1 - other[y, x]
        ours = gradient_map(batch(base), batch(other))[0].numpy()
        np.testing.assert_allclose(ours, loop_grad_map(base, other), rtol=1e-9, atol=1e-13)


def test_grad_of_a_ramp_is_its_slope_times_the_kernel() -> None:
    ramp = torch.arange(30).double().div(30).expand(1, 30, 30)
    x = np.arange(-4, 5)
    bell, slope = np.exp(-(x**2) / 3.92), x * np.exp(-(x**2) / 3.92)
    gain = bell.sum() * (slope * x).sum() / np.linalg.norm(np.outer(bell, slope))
    assert gradient_amplitude(ramp)[0, 15, 15].item() == pytest.approx(gain / 30, rel=1e-12)


def test_grad_against_opencv() -> None:
    alpha, _ = blobs(11, (50, 60))
    x = np.arange(-4, 5)
    bell, slope = np.exp(-(x**2) / 3.92), x * np.exp(-(x**2) / 3.92)
    kernel = np.outer(bell, slope)
    kernel /= np.linalg.norm(kernel)
    gx = cv2.filter2D(alpha, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    gy = cv2.filter2D(alpha, -1, kernel.T, borderType=cv2.BORDER_REPLICATE)
    ours = gradient_amplitude(batch(alpha))[0].numpy()
    np.testing.assert_allclose(ours, np.hypot(gx, gy), atol=1e-12)


def test_min_max_stretches_before_the_gradient() -> None:
    p, g = blobs(2, (12, 12))
    faint = batch(p) * 0.5 + 0.2
    assert grad(faint, batch(g), normalise='min-max').item() == pytest.approx(
        grad(batch(stretched(p)), batch(stretched(g))).item(), rel=1e-9
    )
    flat = torch.full((1, 12, 12), 0.4)
    assert grad(flat, torch.zeros(1, 12, 12), normalise='min-max').item() < 1e-25


def test_conn_by_hand() -> None:
    """Two islands: the smaller one is let go at level 0 and costs its full difference."""
    p = torch.zeros(1, 4, 4, dtype=torch.float64)
    g = torch.zeros(1, 4, 4, dtype=torch.float64)
    p[0, :2, :2] = 1.0
    g[0, :2, :2] = 1.0
    p[0, 3, 3] = 1.0
    g[0, 3, 3] = 0.4
    # phi(p) = 1 - 1, phi(g) = 1 - 0.4
    assert conn(p, g).item() == pytest.approx(0.6)
    # joined to the island by a path of 4-neighbours, l = 0.4 there: phi(p) = 1 - 0.6, phi(g) = 1
    for y, x in ((2, 1), (3, 1), (3, 2)):
        p[0, y, x] = g[0, y, x] = 1.0
    assert conn(p, g).item() == pytest.approx(0.6)
    g[0, 3, 3] = 0.9  # 0.1 is within the tolerance of 0.15
    assert conn(p, g).item() == 0
    assert connectivity_map(p, g)[0, 0].tolist() == [0, 0, 0, 0]


def test_conn_diagonal_neighbours_are_not_connected() -> None:
    g = torch.zeros(1, 3, 3, dtype=torch.float64)
    g[0, 0, :2] = 1.0
    p = g.clone()
    p[0, 1, 2] = g[0, 1, 2] = 1.0
    p[0, 1, 2] = 0.5
    assert conn(p, g).item() == pytest.approx(0.5)


def test_conn_rules_of_the_empty_level() -> None:
    """Nothing predicted costs nothing under MATLAB's rule, and the opacity under the ports'."""
    g = torch.zeros(1, 4, 4, dtype=torch.float64)
    g[0, 1:3, 1:3] = 0.8
    g[0, 0, 0] = 0.1
    zero = torch.zeros_like(g)
    assert conn(zero, g, empty='matlab').item() == 0
    assert conn(zero, g, empty='previous').item() == pytest.approx(4 * 0.8)
    # half transparent: both share 0.5, then nothing; l = 1 against l = 0.5 for what is left
    p = g * (0.5 / 0.8)
    assert conn(p, g, empty='matlab').item() == 0
    assert conn(p, g, empty='previous').item() == pytest.approx(4 * 0.3)


def test_conn_background_is_never_the_largest_component() -> None:
    p = torch.zeros(1, 20, 20, dtype=torch.float64)
    p[0, 10, 10] = 1.0
    assert conn(p, p.clone()).item() == 0
    assert conn(p, p * 0.5, empty='previous').item() == pytest.approx(0.5)


@pytest.mark.parametrize('empty', ['matlab', 'previous'])
@pytest.mark.parametrize('seed', range(6))
def test_conn_equals_the_loop(seed: int, empty: str) -> None:
    p, g = blobs(seed, (14, 19))
    if seed % 2:
        p, g = np.round(p * 102) / 255, np.round(g * 200) / 255
    ours = connectivity_map(batch(p), batch(g), empty)[0].numpy()
    np.testing.assert_allclose(ours, loop_conn_map(p, g, empty), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('value', [51, 102, 153, 204, 255])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_conn_levels_are_reached_by_the_8_bit_values_on_them(
    value: int, dtype: torch.dtype
) -> None:
    level = torch.tensor(value, dtype=dtype) / 255
    g = torch.ones(1, 3, 3, dtype=dtype)
    p = torch.full((1, 3, 3), level.item(), dtype=dtype)
    # l = p, so that only 1 - l is left of g, where that is 0.15 or more
    expected = 9 * (1 - value / 255)
    assert conn(p, g, empty='previous').item() == pytest.approx(expected, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 2**31),
    st.sampled_from([2, 3, 6, 256]),
)
def test_every_error_equals_its_loop(height: int, width: int, seed: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    p, g = rng.integers(0, values, (2, height, width)) / (values - 1)
    region = rng.random((height, width)) < 0.7
    r = torch.from_numpy(region)[None]
    pixels = max(region.sum(), 1)
    assert sad(batch(p), batch(g), r).item() == pytest.approx(np.abs(p - g)[region].sum())
    assert mad(batch(p), batch(g), r).item() == pytest.approx(np.abs(p - g)[region].sum() / pixels)
    assert mse(batch(p), batch(g), r).item() == pytest.approx(((p - g) ** 2)[region].sum() / pixels)
    expected = loop_grad_map(p, g)[region].sum()
    assert grad(batch(p), batch(g), r).item() == pytest.approx(expected, rel=1e-8, abs=1e-12)
    for empty in ('matlab', 'previous'):
        expected = loop_conn_map(p, g, empty)[region].sum()
        assert conn(batch(p), batch(g), r, empty).item() == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 12))
def test_properties(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    p, g = (batch(rng.integers(0, 256, (height, width)) / 255) for _ in range(2))
    for error in (sad, mad, mse, grad, conn):
        assert error(p, p).item() == 0
        assert error(p, g).item() >= 0
        assert error(p, g).item() == pytest.approx(error(g, p).item())
        mirrored = error(p.flip(-1), g.flip(-1)).item()
        if error is not conn:  # equal components are told apart by reading order
            assert mirrored == pytest.approx(error(p, g).item(), rel=1e-9, abs=1e-12)
    assert mse(p, g).item() <= mad(p, g).item() <= 1


def test_a_batch_is_its_members() -> None:
    pairs = [blobs(seed, (15, 15)) for seed in range(3)]
    p, g = batch(*(a for a, _ in pairs)), batch(*(b for _, b in pairs))
    for error in (sad, mad, mse, grad, conn):
        together = error(p, g)
        assert together.dtype == torch.float64 and together.shape == (3,)
        assert together.tolist() == [error(p[i : i + 1], g[i : i + 1]).item() for i in range(3)]


def test_no_instances() -> None:
    none = torch.zeros(0, 5, 6)
    for error in (sad, mad, mse, grad, conn):
        assert error(none, none).shape == (0,)
        assert error(none, none).dtype == torch.float64
    assert grad(none, none, normalise='min-max').shape == (0,)


@pytest.mark.parametrize('value', [0.0, 0.5, 1.0])
def test_constant_mattes(value: float) -> None:
    p, g = torch.full((1, 6, 7), value), torch.ones(1, 6, 7)
    assert grad(p, g).item() < 1e-25  # rounding of the taps' sum
    assert sad(p, g).item() == 42 * (1 - value)
    assert conn(p, g, empty='previous').item() == pytest.approx(42 * (1 - value))


def test_the_number_of_threads_changes_no_bit() -> None:
    p, g = (batch(matte) for matte in blobs(1, (301, 287)))
    threads = torch.get_num_threads()
    results = []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            results.append([e(p, g).item() for e in (sad, mad, mse, grad, conn)])
    finally:
        torch.set_num_threads(threads)
    assert results[0] == results[1] == results[2]


def test_total() -> None:
    maps = torch.arange(12.0).reshape(1, 3, 4)
    assert total(maps, maps > 9).tolist() == [21]


def test_unknown_options_are_named() -> None:
    p = torch.zeros(1, 2, 2)
    with pytest.raises(InputError, match='normalise'):
        grad(p, p, normalise='l2')  # type: ignore[arg-type]
    with pytest.raises(InputError, match='empty'):
        conn(p, p, empty='zero')  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from(['random', 'empty', 'full', 'constant', 'binary', 'one pixel']),
    st.sampled_from(['random', 'empty', 'full', 'constant', 'binary', 'one pixel']),
    st.booleans(),
)
def test_never_nan(
    seed: int, height: int, width: int, one: str, other: str, tiny_region: bool
) -> None:
    rng = np.random.default_rng(seed)

    def matte(kind: str) -> np.ndarray:
        alpha = np.zeros((height, width))
        if kind == 'random':
            alpha = rng.integers(0, 256, (height, width)) / 255
        elif kind in ('full', 'constant'):
            alpha[:] = 1.0 if kind == 'full' else rng.random()
        elif kind == 'binary':
            alpha = (rng.random((height, width)) < 0.5).astype(float)
        elif kind == 'one pixel':
            alpha[rng.integers(height), rng.integers(width)] = rng.random()
        return alpha

    p, g = batch(matte(one)), batch(matte(other))
    region = torch.zeros(p.shape, dtype=torch.bool)
    region[0, rng.integers(height), rng.integers(width)] = True
    inside = region if tiny_region else None
    values = [error(p, g, inside).item() for error in (sad, mad, mse, grad, conn)]
    values += [grad(p, g, inside, 'min-max').item(), conn(p, g, inside, 'previous').item()]
    assert all(math.isfinite(value) and value >= 0 for value in values)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
def test_monotone_under_added_error(seed: int, a: float, b: float) -> None:
    """Moving a prediction away from the truth, along a line, never lowers what is a sum."""
    rng = np.random.default_rng(seed)
    g, away = (batch(rng.integers(0, 256, (7, 8)) / 255) for _ in range(2))
    near, far = (g + share * (away - g) for share in sorted((a, b)))
    for error in (sad, mad, mse):
        assert error(near, g).item() <= error(far, g).item() + 1e-12


def test_grad_and_conn_grow_with_the_error_of_an_object() -> None:
    g, _ = blobs(8, (30, 30))
    soft = [ndimage.gaussian_filter(g, sigma) for sigma in (0.5, 1, 2, 4)]
    grads = [grad(batch(p), batch(g)).item() for p in soft]
    assert grads == sorted(grads) and grads[0] > 0
    paler = [conn(batch(g * share), batch(g), empty='previous').item() for share in (0.9, 0.6, 0.3)]
    assert paler == sorted(paler) and paler[-1] > 0
