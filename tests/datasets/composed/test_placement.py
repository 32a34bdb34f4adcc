import numpy as np
import pytest

from sosmatting.datasets.composed.category_sizes import HEIGHTS, SIZES, draw_size, fits, setting_of
from sosmatting.datasets.composed.placement import Ground, Placer, overlap_of
from sosmatting.datasets.composed.sprites import Sprite

FRAME = (120, 160)


def sprite(height: int, width: int, cut=(False,) * 4, category: str = 'cow') -> Sprite:
    opacity = np.ones((height, width), np.float32)
    size = float(np.sqrt(height * width / (FRAME[0] * FRAME[1])))
    return Sprite(np.zeros((height, width, 3), np.uint8), opacity, category, 0, cut, size)


def placer(seed: int, ground: Ground | None = None, max_overlap: float = 0.3) -> Placer:
    return Placer(np.random.default_rng(seed), FRAME, ground, max_overlap)


@pytest.mark.parametrize('seed', range(8))
def test_overlap_is_bounded(seed: int) -> None:
    place = placer(seed, max_overlap=0.25)
    placed = [each for each in (sprite(48, 48) for _ in range(8)) if place.place(each)]
    assert 1 < len(placed) < 9
    for k, first in enumerate(placed):
        for second in placed[:k]:
            wide = min(first.x, second.x) + 48 - max(first.x, second.x)
            high = min(first.y, second.y) + 48 - max(first.y, second.y)
            if wide > 0 and high > 0:  # in pixels; the placer measures at an eighth
                assert wide * high / 48**2 < 0.25 + 0.35


@pytest.mark.parametrize('seed', range(5))
def test_cut_edges_reach_the_frame(seed: int) -> None:
    for side, edge in enumerate(('left', 'top', 'right', 'bottom')):
        cut = tuple(k == side for k in range(4))
        each = sprite(60, 50, cut)
        assert placer(seed, Ground(50.0)).place(each)
        reached = {
            'left': each.x <= 0,
            'top': each.y <= 0,
            'right': each.x + each.width >= FRAME[1],
            'bottom': each.y + each.height >= FRAME[0],
        }
        assert reached[edge] and each.standing == (edge in ('left', 'right'))
    assert not placer(seed).place(sprite(60, 50, (True, False, True, False))), 'too narrow for both'


@pytest.mark.parametrize('seed', range(5))
def test_heights_agree_on_the_ground(seed: int) -> None:
    ground = Ground(40.0)
    place = placer(seed, ground, max_overlap=1.0)
    metres_per_px = []
    for category in ('cow', 'person', 'dog'):
        height = round(place.agreed_height(category, 50.0))
        each = sprite(height, 20, category=category)
        assert place.place(each) and each.standing
        feet = each.y + each.foot - ground.horizon
        metres_per_px.append((HEIGHTS[category] / height) * feet)
    # At one camera height h: metres * feet / pixels = h for each of them.
    assert metres_per_px == pytest.approx([ground.camera] * 3, rel=0.08)
    assert 0.3 <= ground.camera <= 3.0


def test_flying_things_keep_above_the_ground() -> None:
    for seed in range(6):
        each = sprite(20, 30, category='airplane')
        assert placer(seed, Ground(70.0)).place(each)
        assert not each.standing and each.y + each.height / 3 <= 70 * 1.15


def test_overlap_of() -> None:
    frame = np.arange(30).reshape(5, 6)
    part, own = overlap_of((-2, 3), (4, 5), frame.shape)
    assert frame[part].tolist() == [[18, 19, 20], [24, 25, 26]]
    assert np.arange(20).reshape(4, 5)[own].tolist() == [[2, 3, 4], [7, 8, 9]]
    part, own = overlap_of((9, 9), (4, 5), frame.shape)
    assert frame[part].size == 0 and np.zeros((4, 5))[own].size == 0


def test_sizes_follow_the_category() -> None:
    rng = np.random.default_rng(0)
    for name in ('bed', 'sports ball'):
        drawn = [draw_size(rng, name, 1e-3, 10.0) for _ in range(2000)]
        median, spread = SIZES[name]
        assert np.median(drawn) == pytest.approx(median, rel=0.1)
        assert np.std(np.log(drawn)) == pytest.approx(spread, rel=0.1)
    assert all(0.2 <= draw_size(rng, 'bed', 0.2, 0.3) <= 0.3 for _ in range(50))


def test_settings() -> None:
    assert setting_of(['car', 'bus', 'chair']) == 'outdoor'
    assert setting_of(['cup', 'person']) == 'indoor'
    assert setting_of(['person', 'car', 'cup']) == setting_of([]) == ''
    assert fits('person', 'indoor') and fits('cow', '') and fits('cow', 'outdoor')
    assert not fits('cow', 'indoor') and fits('object', 'indoor')
