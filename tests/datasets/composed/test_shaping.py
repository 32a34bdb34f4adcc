"""Cut-outs that are bent and grow hair: what stays, what may change, and by how much."""

import cv2
import numpy as np
import pytest

from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.shaping import BEND, furred, reshaped, strands_share, warped
from sosmatting.exceptions import InputError
from tests.datasets.composed.prepared import RECIPE, dataset

FREE = (False,) * 4
RED = (40, 60, 200)  # BGR


def disc(side: int = 80, radius: float = 28.0) -> tuple[np.ndarray, np.ndarray]:
    """A red disc with a soft contour."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    opacity = np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1).astype(np.float32)
    return np.full((side, side, 3), RED, np.uint8), opacity


def test_without_either_nothing_changes_and_no_number_is_drawn() -> None:
    rng = np.random.default_rng(3)
    colours, opacity = disc()
    found = reshaped(rng, colours, opacity, FREE, 0.0, 0.0)
    assert found[0] is colours and found[1] is opacity
    assert rng.random() == np.random.default_rng(3).random()


def test_the_share_of_cut_outs_gets_hair() -> None:
    colours, opacity = disc()
    rngs = [np.random.default_rng(seed) for seed in range(200)]
    got = [reshaped(rng, colours, opacity, FREE, 0.0, 0.3)[1] is not opacity for rng in rngs]
    assert 0.22 < np.mean(got) < 0.38


def test_places_move_no_further_than_said() -> None:
    """Two coordinates as colours tell where every pixel came from."""
    side, warp = 200, 0.7
    rows, columns = np.mgrid[:side, :side].astype(np.uint8)
    colours = np.dstack([columns, rows, rows])
    far = []
    for seed in range(20):
        bent, opacity = warped(
            np.random.default_rng(seed), colours, np.ones((side, side), np.float32), FREE, warp
        )
        pad = (opacity.shape[0] - side) // 2
        assert opacity.shape == (side + 2 * pad, side + 2 * pad)
        solid = opacity > 0.999
        y, x = np.mgrid[: opacity.shape[0], : opacity.shape[1]] - pad
        moved = np.abs(np.stack([bent[..., 0] - x, bent[..., 1] - y]).astype(float))[:, solid]
        far.append(moved.max())
        # Nothing folds over: along a row what is shown only moves on.
        middle = bent[opacity.shape[0] // 2, solid[opacity.shape[0] // 2], 0].astype(int)
        assert (np.diff(middle) >= -1).all()
    # Three nodes are the fewest, so that they move furthest; cubic paths overshoot a little.
    most = warp * BEND * side / 3
    assert 0.6 * most < max(far) < 1.25 * most


def test_a_side_that_was_cut_stays_where_it_is() -> None:
    colours, opacity = np.full((60, 50, 3), RED, np.uint8), np.ones((60, 50), np.float32)
    cut = (False, False, False, True)  # a portrait that its photo cut off below
    for seed in range(10):
        bent = warped(np.random.default_rng(seed), colours, opacity, cut, 1.0)[1]
        solid = np.flatnonzero(bent[-1] > 0.5)
        assert bent.shape[0] > 60 and len(solid) > 20
        assert (bent[-1, solid[2] : solid[-2]] > 0.99).all()


def test_a_bent_cut_out_keeps_its_colour_and_most_of_its_area() -> None:
    colours, opacity = disc()
    for seed in range(10):
        bent, shares = warped(np.random.default_rng(seed), colours, opacity, FREE, 1.0)
        assert bent.dtype == np.uint8 and shares.dtype == np.float32
        assert np.abs(bent[shares > 0.1].astype(int) - RED).max() <= 3
        assert 0.6 < shares.sum() / opacity.sum() < 1.6
        assert not shares[[0, -1]].any() and not shares[:, [0, -1]].any()


def test_hair_is_added_near_the_contour_in_colours_beneath() -> None:
    colours, opacity = disc()
    size = np.sqrt(opacity.sum())
    grown = 0
    for seed in range(20):
        hairy, shares = furred(np.random.default_rng(seed), colours, opacity, FREE)
        pad = (shares.shape[0] - 80) // 2
        before = cv2.copyMakeBorder(opacity, *(pad,) * 4, cv2.BORDER_CONSTANT)
        assert (shares >= before - 1e-6).all() and shares.max() <= 1
        # No strand is longer than 1.2 x 0.14 of the size; none is wider than 3 px.
        rows, columns = np.mgrid[: shares.shape[0], : shares.shape[1]]
        off = np.hypot(rows - (80 - 1) / 2 - pad, columns - (80 - 1) / 2 - pad) - 28
        assert not shares[off > 1.2 * 0.14 * size + 3].any()
        tone = hairy[shares > 0.05].astype(float) / RED
        assert tone.min() > 0.7 and tone.max() < 1.35
        grown += (shares - before).sum() > 10  # of the disc's 2,463 pixels
    assert grown > 12


def test_a_strand_covers_what_its_area_says() -> None:
    """A straight strand of 40 px that tapers from 3 to 1 px covers 80 px."""
    path = np.stack([np.linspace(10, 50, 6), np.full(6, 20.0)], 1)[None]
    share = strands_share(path, np.array([3.0]), (40, 60))
    assert share.sum() == pytest.approx(80, rel=0.12)
    assert not share[:17].any() and not share[23:].any() and not share[:, :8].any()
    assert share[20, 11] == 1 and share[20, 48] > 0.9


def test_what_is_too_small_for_hair_stays() -> None:
    colours, opacity = disc(20, 8.0)
    assert furred(np.random.default_rng(0), colours, opacity, FREE)[1] is opacity


def test_a_recipe_reshapes_its_cut_outs(tmp_path) -> None:
    plain = dataset(tmp_path, recipe=RECIPE).composer
    other = dataset(tmp_path, recipe=RECIPE | {'warp': 0.8, 'fur': 1.0}).composer
    scenes = [compose(np.random.default_rng(5)) for compose in (plain, other)]
    assert (scenes[0].bgr != scenes[1].bgr).any()
    assert scenes[0].background == scenes[1].background
    for name in ('warp', 'fur'):
        with pytest.raises(InputError, match=rf'recipe\.{name}=2'):
            Recipe.of({name: 2})
