"""Augmentation of cut-outs: fusion, turning, colours."""

import cv2
import numpy as np

from sosmatting.datasets.trimap.augment import fused, jittered, unknown_pixel, warped


def disc(size=60, colour=(200, 60, 30)):
    ys, xs = np.mgrid[:size, :size]
    opacity = np.clip((size / 3 - np.hypot(ys - size / 2, xs - size / 2)) / 8, 0, 1)
    colours = np.broadcast_to(np.array(colour, np.uint8), (size, size, 3)).copy()
    return colours, opacity.astype(np.float32)


def test_fusion_by_hand():
    front = np.full((2, 3, 3), 200, np.uint8), np.full((2, 3), 0.5, np.float32)
    back = np.full((2, 3, 3), 100, np.uint8), np.full((2, 3), 0.4, np.float32)
    colours, opacity = fused(front, back)
    np.testing.assert_allclose(opacity, 1 - 0.5 * 0.6, atol=1e-6)
    assert (colours == round((0.5 * 200 + 0.5 * 0.4 * 100) / 0.7)).all()


def test_fusion_brings_the_back_to_the_fronts_size():
    colours, opacity = fused(disc(40), disc(90, (0, 0, 255)))
    assert colours.shape == (40, 40, 3) and opacity.shape == (40, 40)
    assert opacity.max() <= 1 and opacity[20, 20] == 1


def test_a_crop_is_centred_on_an_unknown_pixel():
    layer = disc()
    for seed in range(20):
        _, opacity = warped(np.random.default_rng(seed), layer, 33)
        middle = opacity[15:18, 15:18]
        assert ((middle > 0) & (middle < 1)).any()
    solid = layer[0], np.ones_like(layer[1])
    assert unknown_pixel(np.random.default_rng(0), solid[1]) == (30, 30)


def test_turning_keeps_colours_and_mass():
    layer = disc(60)
    for seed in range(5):
        colours, opacity = warped(np.random.default_rng(seed), layer, 160, shear=0)
        assert abs(opacity.sum() / layer[1].sum() - 1) < 0.01
        assert np.abs(colours[opacity > 0.1].astype(int) - [200, 60, 30]).max() <= 2
    identity = warped(np.random.default_rng(0), layer, 161, 0, 0, 0)
    places = np.argwhere(identity[1] > 0)
    assert (np.ptp(places, axis=0) == np.ptp(np.argwhere(layer[1] > 0), axis=0)).all()


def test_mirroring():
    colours, opacity = disc()
    opacity[:, :30] *= 0.5
    kept = warped(np.random.default_rng(1), (colours, opacity), 160, 0, 0, 0.0)[1]
    flipped = warped(np.random.default_rng(1), (colours, opacity), 160, 0, 0, 1.0)[1]
    halves = [np.flatnonzero((each > 0.9).any(0)).mean() for each in (kept, flipped)]
    solid = [np.flatnonzero(each.any(0)).mean() for each in (kept, flipped)]
    assert halves[0] > solid[0] and halves[1] < solid[1]


def test_colours_move_within_their_reach():
    layer = disc(colour=(40, 120, 90))
    before = cv2.cvtColor(layer[0].astype(np.float32) / 255, cv2.COLOR_BGR2HSV)[0, 0]
    moved = []
    for seed in range(30):
        after = jittered(np.random.default_rng(seed), layer)
        assert after.dtype == np.uint8 and after.shape == layer[0].shape
        hsv = cv2.cvtColor(after.astype(np.float32) / 255, cv2.COLOR_BGR2HSV)[0, 0]
        moved.append(hsv - before)
    moved = np.abs(moved)
    assert 20 < moved[:, 0].max() <= 41
    assert 0.02 < moved[:, 1].max() <= 0.1 * (1.1 - before[1]) + 0.02
    assert 0.02 < moved[:, 2].max() <= 0.1 * (1.1 - before[2]) + 0.02
    clear = layer[0], np.zeros_like(layer[1])
    assert jittered(np.random.default_rng(0), clear).shape == layer[0].shape
