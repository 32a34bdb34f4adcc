import numpy as np
import pytest

from sosmatting.functional.compose import (
    background_share,
    composite,
    foreground_colours,
    over,
    visible_alphas,
)


def test_visible_alphas_by_hand() -> None:
    own = np.array([1.0, 0.5, 0.25], np.float32).reshape(3, 1, 1)  # back to front
    visible = visible_alphas(own).ravel()
    assert visible.tolist() == [1.0 * 0.5 * 0.75, 0.5 * 0.75, 0.25]


def test_visible_alphas_keep_the_type_and_take_no_instance() -> None:
    assert visible_alphas(np.ones((2, 3, 4), np.float32)).dtype == np.float32
    assert visible_alphas(np.zeros((0, 3, 4), np.float32)).shape == (0, 3, 4)
    assert (background_share(np.zeros((0, 3, 4), np.float32)) == 1).all()


def test_shares_sum_to_one() -> None:
    own = np.random.default_rng(0).random((4, 5, 6))
    total = visible_alphas(own).sum(0) + background_share(own)
    assert total == pytest.approx(np.ones((5, 6)))


def test_composite_equals_painting_one_after_the_other() -> None:
    rng = np.random.default_rng(1)
    own, colours, behind = rng.random((3, 4, 5)), rng.random((3, 4, 5, 3)), rng.random((4, 5, 3))
    painted = behind
    for alpha, colour in zip(own, colours, strict=True):
        painted = over(colour, alpha, painted)
    assert composite(colours, visible_alphas(own), behind) == pytest.approx(painted)


def test_over_by_hand() -> None:
    front, back = np.full((1, 1, 3), 0.8), np.full((1, 1, 3), 0.4)
    assert over(front, np.full((1, 1), 0.25), back).ravel() == pytest.approx([0.5] * 3)


def test_foreground_colours_undo_a_mix() -> None:
    xs = np.linspace(0, 1, 60, dtype=np.float32)
    alpha = np.tile(np.clip(xs * 3 - 1, 0, 1), (60, 1))
    red, blue = np.array([0.9, 0.1, 0.1], np.float32), np.array([0.1, 0.2, 0.9], np.float32)
    image = over(np.broadcast_to(red, (60, 60, 3)), alpha, np.broadcast_to(blue, (60, 60, 3)))
    colours = foreground_colours(image.astype(np.float32), alpha)
    assert (colours[alpha == 1] == image[alpha == 1]).all()
    partial = (alpha > 0.05) & (alpha < 1)
    assert np.abs(colours[partial] - red).max() < 0.1 < 0.5 < np.abs(image[partial] - red).max()
