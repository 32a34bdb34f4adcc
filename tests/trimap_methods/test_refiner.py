"""The refiner: only the band changes, sums stay within 1, types are kept."""

import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.functional.compose import within_one
from sosmatting.functional.trimap import trimap_between, trimap_of_matte
from sosmatting.trimap_methods.refiner import Refiner


def scene(kind=np.uint8):
    """Three soft discs, two of which overlap, each in a colour: image, coarse and true alphas."""
    ys, xs = np.mgrid[:80, :120]
    places = ((26, 40, 18), (40, 58, 17), (50, 100, 12))
    true = [np.clip((r - np.hypot(ys - y, xs - x)) / 5 + 0.5, 0, 1) for y, x, r in places]
    passed, visible = np.ones((80, 120)), []
    for alpha in true:
        visible.append(alpha * passed)
        passed = passed * (1 - alpha)
    colours = ((220, 60, 40), (40, 190, 60), (250, 220, 60))
    image = passed[..., None] * [30, 40, 120] + sum(
        a[..., None] * c for a, c in zip(visible, colours, strict=True)
    )
    coarse = np.stack([(alpha > 0.5).astype(np.float64) for alpha in true])
    scale = np.iinfo(kind).max if np.issubdtype(kind, np.integer) else 1
    return np.round(image).astype(np.uint8), (coarse * scale).astype(kind), np.stack(visible)


@pytest.mark.parametrize('kind', [np.uint8, np.uint16, np.float32])
def test_only_the_band_changes_and_sums_stay_within_one(kind):
    image, alphas, _ = scene(kind)
    before = alphas.copy()
    done = Refiner('bayesian', most=5, max_change=1).refine(image, alphas)
    assert np.array_equal(alphas, before), 'what goes in stays'
    assert done.alphas.dtype == kind and done.alphas.shape == alphas.shape and not done.notes
    changed = done.alphas != alphas
    assert changed.any((1, 2)).all()
    assert not (changed & ~done.bands).any()
    assert done.bands[2].sum() < 0.15 * done.bands[2].size
    opaque = np.iinfo(kind).max if kind != np.float32 else 1
    total = done.alphas.sum(0, dtype=np.float64)
    assert total.max() <= opaque * (1 + 1e-6)
    assert (before.sum(0, dtype=np.float64) > opaque).any(), 'they overlapped before'


def test_a_hard_matte_gets_nearer_to_the_truth():
    image, alphas, true = scene()
    done = Refiner('bayesian')(image, alphas)
    lone = 2
    before = np.abs(alphas[lone] / 255 - true[lone]).sum()
    assert np.abs(done[lone] / 255 - true[lone]).sum() < 0.5 * before


def test_none_only_settles_the_sums():
    image, alphas, _ = scene()
    done = Refiner('none').refine(image, alphas)
    crowded = alphas.sum(0, dtype=int) > 255
    assert crowded.any() and (done.alphas.sum(0, dtype=int) <= 255).all()
    assert np.array_equal(done.alphas[:, ~crowded], alphas[:, ~crowded])
    assert set(np.unique(done.alphas[:2, crowded])) == {127}


def test_a_method_is_asked_about_crops_around_the_band():
    image, alphas, _ = scene()
    asked = []

    def method(crop, trimap):
        asked.append(crop.shape)
        assert crop.shape[:2] == trimap.shape and set(np.unique(trimap)) == {0, 128, 255}
        return np.where(trimap == 128, 0.25, trimap / 255).astype(np.float32)

    done = Refiner(method, max_change=1).refine(image, alphas[2:])
    assert len(asked) == 1 and asked[0][0] <= 80 and asked[0][1] < 90
    assert (done.alphas[0][done.bands[0]] == 64).all()


def test_mattes_that_cannot_be_refined_stay_and_say_why():
    image, alphas, _ = scene()
    empty, thin, whole = np.zeros((3, 80, 120), np.uint8)
    thin[40, 10:60], whole[:] = 255, 255
    done = Refiner('bayesian').refine(image, np.stack([empty, thin]))
    assert np.array_equal(done.alphas, np.stack([empty, thin]))
    assert 'empty' in done.notes[0] and 'no sure foreground' in done.notes[1]
    done = Refiner('bayesian').refine(image, whole[None])
    assert np.array_equal(done.alphas[0], whole) and 0 in done.notes

    def fail(crop, trimap):
        raise InputError('method: found no solution')

    done = Refiner(fail).refine(image, alphas[2:])
    assert np.array_equal(done.alphas, alphas[2:]) and 'no solution' in done.notes[0]


def test_a_method_that_departs_from_the_matte_is_not_believed():
    image, alphas, _ = scene()

    def gone(crop, trimap):
        return (trimap == 255).astype(np.float32)

    kept = Refiner(gone).refine(image, alphas[2:])
    assert np.array_equal(kept.alphas, alphas[2:]) and 'departs by' in kept.notes[0]
    done = Refiner(gone, max_change=1).refine(image, alphas[2:])
    assert (done.alphas != alphas[2:]).any() and not done.notes


def test_no_mattes_and_wrong_sizes():
    image, alphas, _ = scene()
    assert Refiner('bayesian')(image, alphas[:0]).shape == (0, 80, 120)
    with pytest.raises(InputError, match='give'):
        Refiner('none')(image, alphas[:, :-1])
    with pytest.raises(InputError, match='use one of'):
        Refiner('magic')


def test_within_one_by_hand():
    alphas = np.array([[0.8, 0.9, 0.6, 0.2], [0.6, 0.3, 0.9, 0.3]])
    free = np.array([[True, False, True, True], [True, True, False, True]])
    expected = [[0.8 / 1.4, 0.9, 0.1, 0.2], [0.6 / 1.4, 0.1, 0.9, 0.3]]
    np.testing.assert_allclose(within_one(alphas, free), expected)
    over = within_one(np.array([[0.8], [0.7], [0.5]]), np.array([[False], [False], [True]]))
    assert over[:, 0].tolist() == [0.8, 0.7, 0]


def test_the_band_grows_with_softness_and_size():
    ys, xs = np.mgrid[:200, :200]
    distance = np.hypot(ys - 100, xs - 100)

    def width(radius, soft):
        alpha = np.clip((radius - distance) / soft + 0.5, 0, 1)
        trimap = trimap_of_matte(alpha)
        assert (alpha[trimap == 255] >= 0.98).all() and (alpha[trimap == 0] <= 0.02).all()
        return (trimap[100] == 128).sum() / 2 - (np.abs(alpha[100] - 0.5) < 0.48).sum() / 2

    assert width(40, 1e-3) < width(40, 8) < width(40, 16)
    assert width(20, 1e-3) <= width(80, 1e-3)
    assert not (trimap_of_matte(np.zeros((9, 9))) == 128).any()


def test_between_by_hand():
    mask = np.zeros((9, 12), bool)
    mask[2:7, 4:] = True
    trimap = trimap_between(mask, 1, 2)
    assert trimap[4].tolist() == [0, 0, 128, 128, 128, *[255] * 7], 'the edge of the picture stays'
    assert (trimap_between(mask, 0, 0) == mask * 255).all()
