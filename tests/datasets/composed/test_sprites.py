import numpy as np
import pytest

from sosmatting.datasets.composed.sprites import Sprite, fused, mirrored, turned


def sprite(opacity: np.ndarray, grey: int = 100, cut=(False,) * 4) -> Sprite:
    colours = np.full((*opacity.shape, 3), grey, np.uint8)
    return Sprite(colours, opacity.astype(np.float32), 'cow', 0, cut, 0.3)


def test_fusing_is_one_minus_the_product() -> None:
    front, back = sprite(np.full((20, 20), 0.6), 200), sprite(np.full((20, 20), 0.5), 50)
    both = fused(np.random.default_rng(0), front, back)
    values = {round(float(value), 5) for value in np.unique(both.opacity)}
    assert values <= {0.0, 0.5, 0.6, 0.8} and 0.8 in values  # 1 - 0.4 * 0.5
    where = np.isclose(both.opacity, 0.8)
    expected = (0.6 * 200 + 0.4 * 0.5 * 50) / 0.8
    assert both.colours[where].mean() == pytest.approx(expected, abs=1)
    assert both.opacity.shape[0] == 20 and 26 <= both.opacity.shape[1] <= 34
    assert both.opacity.sum() < front.opacity.sum() + back.opacity.sum()


def test_mirroring_swaps_the_cut_edges() -> None:
    opacity = np.arange(12.0).reshape(3, 4) / 12
    flipped = mirrored(sprite(opacity, cut=(True, False, False, True)))
    assert flipped.cut == (False, False, True, True)
    assert (flipped.opacity == opacity[:, ::-1].astype(np.float32)).all()


def test_turning_keeps_the_mass_and_what_was_cut_off_straight() -> None:
    opacity = np.zeros((40, 30))
    opacity[5:35, 8:22] = 1
    upright = sprite(opacity)
    tilted = turned(upright, 10)
    assert tilted.opacity.sum() == pytest.approx(opacity.sum(), rel=0.01)
    assert np.abs(tilted.colours[tilted.opacity > 0.5].astype(int) - 100).max() <= 2
    assert tilted.opacity.shape != upright.opacity.shape
    portrait = sprite(opacity, cut=(False, False, False, True))
    assert turned(portrait, 10) is portrait


def test_the_foot_is_below_the_lowest_solid_pixel() -> None:
    opacity = np.zeros((10, 10))
    opacity[2:7] = 1
    opacity[7:9] = 0.3
    assert sprite(opacity).foot == 7
