import numpy as np
import pytest

from sosmatting.datasets.composed.camera import (
    defocused,
    disc,
    photographed,
    sensor_noise,
    through_jpeg,
)

GREY = np.full((200, 240, 3), 128, np.uint8)


def test_a_disc_is_round_and_sums_to_one() -> None:
    for radius in (0.7, 2.0, 4.5):
        kernel = disc(radius)
        assert kernel.sum() == pytest.approx(1)
        assert (kernel == kernel.T).all() and (kernel == kernel[::-1]).all()
        assert (kernel > 0).sum() == pytest.approx(np.pi * (radius + 0.5) ** 2, rel=0.3)


@pytest.mark.parametrize('radius', [2.0, 4.0, 8.0])
def test_defocus_spreads_a_point_and_keeps_its_light(radius: float) -> None:
    point = np.zeros((120, 120, 3), np.uint8)
    point[56:64, 56:64] = 255
    blurred = defocused(point, radius)
    assert blurred.mean() == pytest.approx(point.mean(), rel=0.06)
    ys, xs = np.nonzero(blurred[..., 0] > 4)
    assert np.hypot(ys - 59.5, xs - 59.5).max() == pytest.approx(4 * 2**0.5 + radius, abs=3.5)
    near = np.linspace(0, 1, 120)
    mixed = defocused(point, radius, near)
    assert (mixed[-1] == point[-1]).all()
    assert defocused(point, 0.3) is point


def test_noise_has_its_strength_and_no_bias() -> None:
    noisy = sensor_noise(np.random.default_rng(0), GREY, 0.02).astype(float)
    expected = 255 * 0.02 * (0.35 + 0.65 * np.sqrt(128 / 255))
    assert noisy.std() == pytest.approx(expected, rel=0.1)
    assert noisy.mean() == pytest.approx(128, abs=0.3)
    wide = np.full((300, 2300, 3), 128, np.uint8)  # wider than the bank of noise
    assert sensor_noise(np.random.default_rng(0), wide, 0.02).shape == wide.shape


def test_jpeg_changes_little_at_high_quality() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    fine = np.abs(through_jpeg(GREY, 95).astype(int) - GREY).max()
    coarse = np.abs(through_jpeg(picture, 40).astype(int) - picture).mean()
    assert fine <= 1 < coarse


def test_the_whole_picture_goes_through_one_camera() -> None:
    shots = [
        photographed(np.random.default_rng(k), GREY, 0.05, (0.01, 0.02), (60, 90), 1.0)
        for k in (0, 0, 1)
    ]
    assert (shots[0] == shots[1]).all() and (shots[0] != shots[2]).any()
    halves = shots[0][:, :120].std(), shots[0][:, 120:].std()
    assert halves[0] == pytest.approx(halves[1], rel=0.15), 'noise everywhere alike'
    same = photographed(np.random.default_rng(0), GREY, 0.0, (0.0, 0.0), (60, 90), 0.0)
    assert (same == GREY).all()
