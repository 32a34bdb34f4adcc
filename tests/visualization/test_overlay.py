import numpy as np
import pytest

from sosmatting.visualization.overlay import (
    PLATE,
    draw_overlay,
    instance_colours,
    place_plates,
    unit_alpha,
)


def disc(height: int, width: int, x: float, y: float, radius: float) -> np.ndarray:
    ys, xs = np.mgrid[:height, :width]
    return np.clip(radius - np.hypot(xs - x, ys - y), 0, 1).astype(np.float32)


def test_colours_are_distinct_and_do_not_depend_on_the_count() -> None:
    colours = instance_colours(18).astype(int)
    assert np.array_equal(instance_colours(3), colours[:3])
    apart = np.abs(colours[:, None] - colours).max(-1) + 999 * np.eye(18)
    assert apart.min() > 25
    assert instance_colours(0).shape == (0, 3)


def test_every_way_of_storing_an_alpha_draws_the_same() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    stored = np.random.default_rng(1).integers(0, 256, (2, 30, 40), np.uint8)
    drawn = draw_overlay(image, stored)
    assert np.array_equal(drawn, draw_overlay(image, stored / 255.0))
    assert np.array_equal(drawn, draw_overlay(image, stored.astype(np.uint16) * np.uint16(257)))
    assert unit_alpha(np.array([0, 65535], np.uint16)).tolist() == [0, 1]


def test_paint_is_as_soft_as_the_matte() -> None:
    image = np.full((9, 9, 3), 100, np.uint8)
    alpha = np.zeros((1, 9, 9), np.float32)
    alpha[0, 1, 1:8] = 0.4  # below the contour
    drawn = draw_overlay(image, alpha)
    expected = 100 + 0.5 * 0.4 * (instance_colours(1)[0].astype(float) - 100)
    assert np.array_equal(drawn[1, 4], expected.round())
    untouched = np.ones((9, 9), bool)
    untouched[1, 1:8] = False
    assert (drawn[untouched] == 100).all()
    assert (image == 100).all(), 'the photo itself is not painted on'


def test_the_contour_is_one_pixel_inside_alpha_half() -> None:
    image = np.zeros((12, 12, 3), np.uint8)
    alpha = np.zeros((1, 12, 12), np.uint8)
    alpha[0, 3:9, 2:10] = 255
    drawn = draw_overlay(image, alpha)
    edge = (drawn == instance_colours(1)[0]).all(-1)
    expected = np.zeros((12, 12), bool)
    expected[3:9, 2:10] = True
    expected[4:8, 3:9] = False
    assert np.array_equal(edge, expected)


def test_the_best_matte_lies_on_top() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    drawn = draw_overlay(image, np.ones((2, 8, 8), np.float32))
    assert np.array_equal(drawn[0, 0], instance_colours(2)[0])


def test_no_mattes_and_empty_mattes_leave_the_photo() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    assert np.array_equal(draw_overlay(image, np.zeros((0, 20, 30), np.uint8), []), image)
    assert np.array_equal(draw_overlay(image, np.zeros((2, 20, 30), np.uint8), ['', '']), image)


def test_labels_are_readable_plates() -> None:
    image = np.full((240, 320, 3), 128, np.uint8)
    alphas = np.stack([disc(240, 320, 100, 120, 50), disc(240, 320, 250, 150, 30)])
    drawn = draw_overlay(image, alphas, ['person 0.98', 'dog 0.75'])
    plain = draw_overlay(image, alphas)
    plate = (drawn == PLATE).all(-1)
    ink = (drawn > 200).all(-1)
    assert plate.sum() > 1000
    assert ink.sum() > 100
    rows, columns = np.flatnonzero(plate.any(1)), np.flatnonzero(plate.any(0))
    changed = (drawn != plain).any(-1)
    assert not changed[: rows[0]].any() and not changed[rows[-1] + 1 :].any()
    assert not changed[:, : columns[0]].any() and not changed[:, columns[-1] + 1 :].any()
    assert draw_overlay(image, alphas, ['', 'dog'])[120, 100].tolist() == plain[120, 100].tolist()


@pytest.mark.parametrize('hw', [(1, 1), (3, 200), (200, 3), (16, 16)])
def test_tiny_pictures_can_be_drawn(hw: tuple[int, int]) -> None:
    drawn = draw_overlay(
        np.zeros((*hw, 3), np.uint8), np.ones((1, *hw), np.float32), ['a long label 0.99']
    )
    assert drawn.shape == (*hw, 3)


def test_plates_avoid_each_other() -> None:
    boxes = [(50, 60, 150, 160)] * 8  # all objects at one place
    corners = place_plates(boxes, [(60, 14)] * 8, (320, 240))
    cover = np.zeros((240, 320), int)
    for x, y in corners:
        cover[y : y + 14, x : x + 60] += 1
    assert cover.max() == 1
    assert cover.sum() == 8 * 60 * 14, 'all of every plate is inside the picture'
    assert corners[0] == (50, 46), 'the first one sits on its box'


def test_wrong_shapes_are_refused() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match='alphas of'):
        draw_overlay(image, np.zeros((1, 4, 5), np.uint8))
    with pytest.raises(ValueError, match='2 labels for 1'):
        draw_overlay(image, np.zeros((1, 4, 4), np.uint8), ['a', 'b'])
