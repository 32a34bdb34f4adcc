import numpy as np
import pytest

from sosmatting.datasets.composed.painting import (
    Layers,
    contact_shadow,
    paint,
    softened,
    visible_layers,
)
from sosmatting.datasets.composed.sprites import Sprite
from sosmatting.functional.compose import composite

SIZE = (40, 50)


def sprites(count: int = 3, seed: int = 0) -> list[Sprite]:
    """Draw soft sprites, some of them partly outside the frame."""
    rng = np.random.default_rng(seed)
    drawn = []
    for k in range(count):
        height, width = (int(side) for side in rng.integers(15, 30, 2))
        opacity = rng.random((height, width), dtype=np.float32)
        colours = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        x, y = int(rng.integers(-8, 30)), int(rng.integers(-8, 20))
        drawn.append(Sprite(colours, opacity, 'cow', k, (False,) * 4, 0.3, x, y))
    return drawn


def own_layers(drawn: list[Sprite]) -> tuple[np.ndarray, np.ndarray]:
    """Put every sprite into a frame of its own, pixel by pixel."""
    alphas = np.zeros((len(drawn), *SIZE))
    colours = np.zeros((len(drawn), *SIZE, 3))
    for k, sprite in enumerate(drawn):
        for row in range(sprite.height):
            for column in range(sprite.width):
                y, x = sprite.y + row, sprite.x + column
                if 0 <= y < SIZE[0] and 0 <= x < SIZE[1]:
                    alphas[k, y, x] = sprite.opacity[row, column]
                    colours[k, y, x] = sprite.colours[row, column] / 255
    return alphas, colours


def loop_visible(alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute ``a_k prod_{j > k} (1 - a_j)`` and the background's share, term by term."""
    visible = np.zeros_like(alphas)
    for k in range(len(alphas)):
        visible[k] = alphas[k]
        for j in range(k + 1, len(alphas)):
            visible[k] *= 1 - alphas[j]
    share = np.ones(SIZE)
    for alpha in alphas:
        share *= 1 - alpha
    return visible, share


@pytest.mark.parametrize('count', [1, 2, 5])
def test_visible_alphas_are_exact_and_sum_to_one(count: int) -> None:
    drawn = sprites(count, seed=count)
    kept, alphas, share = visible_layers(drawn, SIZE, max_hidden=1.0, min_area=0)
    assert kept == drawn
    visible, background = loop_visible(own_layers(drawn)[0])
    assert alphas == pytest.approx(visible, abs=1e-6)
    assert share == pytest.approx(background, abs=1e-6)
    assert np.abs(alphas.sum(0) + share - 1).max() < 1e-5


def test_the_picture_is_the_sum_of_its_layers() -> None:
    drawn = sprites(4)
    behind = np.random.default_rng(1).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    alphas, colours = own_layers(drawn)
    visible, _ = loop_visible(alphas)
    expected = composite(colours, visible, behind / 255)
    assert paint(behind, drawn, 0, 0, linear=False) == pytest.approx(expected, abs=1e-5)

    def light(value: np.ndarray) -> np.ndarray:
        return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)

    mixed = composite(light(colours), visible, light(behind / 255))
    shown = np.where(mixed <= 0.0031308, mixed * 12.92, 1.055 * mixed ** (1 / 2.4) - 0.055)
    painted = paint(behind, drawn, 0, 0, linear=True)
    assert painted == pytest.approx(shown, abs=1e-3)
    assert np.abs(painted - expected).max() > 0.02, 'light mixes in another way'


def test_what_is_hidden_is_dropped_and_shows_nothing() -> None:
    solid, colours = np.ones((20, 20), np.float32), np.zeros((20, 20, 3), np.uint8)
    back = Sprite(colours, solid, 'cow', 0, (False,) * 4, 0.3, 10, 10)
    front = Sprite(colours, solid, 'cow', 1, (False,) * 4, 0.3, 13, 10)  # hides 85 % of it
    kept, alphas, _ = visible_layers([back, front], SIZE, max_hidden=0.9, min_area=0)
    assert kept == [back, front] and alphas[0].sum() == pytest.approx(60)
    kept, alphas, share = visible_layers([back, front], SIZE, max_hidden=0.8, min_area=0)
    assert kept == [front] and alphas.sum() == pytest.approx(400)
    assert share.sum() == pytest.approx(SIZE[0] * SIZE[1] - 400)
    assert visible_layers([back, front], SIZE, 0.9, min_area=61)[0] == [front]


def test_softening_keeps_the_sum() -> None:
    drawn = sprites(3)
    _, alphas, share = visible_layers(drawn, SIZE, 1.0, 0)
    soft = softened(Layers(np.zeros((*SIZE, 3), np.float32), alphas, share), 0.8)
    assert np.abs(soft.alphas.sum(0) + soft.share - 1).max() < 1e-5
    assert np.abs(soft.alphas - alphas).max() > 0.05


def test_a_shadow_lies_at_the_feet() -> None:
    opacity = np.zeros((100, 40), np.float32)
    opacity[:90] = 1
    shade = contact_shadow(opacity, foot=90, margin=35, lean=0.0)
    assert shade.shape == (70, 110)
    assert shade.min() >= 0 and shade.max() <= 1
    rows = shade.sum(1)
    assert abs(int(rows.argmax()) - 35) <= 8, 'darkest where the feet are'
    assert shade[35, 55] > 0.4 and shade[0].max() < 0.1 and shade[:, 0].max() < 0.1
    behind = np.full((*SIZE, 3), 200, np.uint8)
    standing = sprites(1)[0]
    standing.standing = True
    lit = paint(behind, [standing], 0.0, 0.0, linear=False)
    dark = paint(behind, [standing], 0.8, 0.0, linear=False)
    assert (dark <= lit + 1e-6).all() and (dark < lit - 0.02).any()
