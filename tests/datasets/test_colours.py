"""Colours vary mildly: no channel changes places, and the draws repeat."""

import numpy as np

from sosmatting.datasets.colours import VaryColours


def varied(step, image, seed):
    np.random.seed(seed)
    return step.transform(dict(img=image.copy()))['img']


def test_a_red_photo_stays_red():
    image = np.zeros((4, 4, 3), np.uint8)
    image[..., 2], image[..., :2] = 180, 60  # BGR
    for seed in range(50):
        found = varied(VaryColours(grey=0.0), image, seed).astype(int)
        assert found.shape == image.shape
        assert (found[..., 2] > found[..., 0]).all() and (found[..., 2] > found[..., 1]).all()


def test_no_spread_changes_nothing_and_grey_is_grey():
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    assert np.array_equal(varied(VaryColours(0, 0, 0, 0), image, 1), image)
    grey = varied(VaryColours(0, 0, 0, 1.0), image, 1).astype(int)
    assert np.ptp(grey, axis=2).max() == 0


def test_the_same_seed_gives_the_same_photo():
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    assert np.array_equal(varied(VaryColours(), image, 3), varied(VaryColours(), image, 3))
