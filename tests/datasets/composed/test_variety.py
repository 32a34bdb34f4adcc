import colorsys

import numpy as np
import pytest

from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.variety import (
    GAMMA_SPREAD,
    HUE_SPREAD,
    SATURATION_SPREAD,
    recoloured,
    stretched,
)
from sosmatting.exceptions import InputError
from tests.datasets.composed.prepared import RECIPE, dataset

ORANGE = np.full((3, 4, 3), (60, 120, 200), np.uint8)  # BGR


def hsv_of(bgr: np.ndarray) -> tuple[float, float, float]:
    blue, green, red = (float(value) / 255 for value in bgr.reshape(-1, 3)[0])
    return colorsys.rgb_to_hsv(red, green, blue)


def test_without_variety_nothing_changes_and_no_number_is_drawn() -> None:
    rng = np.random.default_rng(3)
    assert recoloured(rng, ORANGE, 0.0) is ORANGE
    assert stretched(rng, (30.0, 20.0), 0.0) == (30.0, 20.0)
    assert rng.random() == np.random.default_rng(3).random()


def test_colours_vary_within_the_spreads() -> None:
    """By the standard library's HSV, within the steps of 8-bit hues."""
    hue, saturation, value = hsv_of(ORANGE)
    turns, fuller, darker = [], [], []
    for seed in range(200):
        other = recoloured(np.random.default_rng(seed), ORANGE, 1.0)
        assert other.shape == ORANGE.shape and other.dtype == np.uint8
        assert (other == other[0, 0]).all()
        new = hsv_of(other)
        turns.append((new[0] - hue + 0.5) % 1 - 0.5)
        fuller.append(np.log(new[1] / saturation))
        darker.append(np.log(np.log(new[2]) / np.log(value)))
    for found, spread in (
        (turns, HUE_SPREAD),
        (fuller, min(SATURATION_SPREAD, -np.log(saturation))),
        (darker, GAMMA_SPREAD),
    ):
        assert 0.9 * spread < max(found) < 1.1 * spread
    assert -1.1 * HUE_SPREAD < min(turns) < -0.9 * HUE_SPREAD


def test_half_the_variety_turns_half_as_far() -> None:
    hue = hsv_of(ORANGE)[0]
    turns = [
        abs((hsv_of(recoloured(np.random.default_rng(seed), ORANGE, 0.5))[0] - hue + 0.5) % 1 - 0.5)
        for seed in range(200)
    ]
    assert 0.4 * HUE_SPREAD < max(turns) < 0.6 * HUE_SPREAD


def test_stretching_keeps_the_area() -> None:
    shapes = [stretched(np.random.default_rng(seed), (30.0, 20.0), 0.2) for seed in range(200)]
    assert all(width * height == pytest.approx(600) for width, height in shapes)
    factors = [width / 30 for width, _ in shapes]
    assert np.exp(-0.2) <= min(factors) < np.exp(-0.18)
    assert np.exp(0.18) < max(factors) <= np.exp(0.2)


def test_a_recipe_varies_its_scenes(tmp_path) -> None:
    plain = dataset(tmp_path, recipe=RECIPE).composer
    varied = dataset(tmp_path, recipe=RECIPE | {'variety': 1.0, 'stretch': 0.2}).composer
    scenes = [compose(np.random.default_rng(5)) for compose in (plain, varied)]
    assert (scenes[0].bgr != scenes[1].bgr).any()
    assert scenes[0].background == scenes[1].background
    with pytest.raises(InputError, match=r'recipe\.variety=2'):
        Recipe.of({'variety': 2})
