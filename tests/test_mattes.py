"""Picking instances: by place, class, score, point and box."""

import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.mattes import Mattes


@pytest.fixture
def mattes() -> Mattes:
    """Four instances on 6 x 8 pixels; two of them overlap at x 2..3, y 1..2."""
    alphas = np.zeros((4, 6, 8), np.uint8)
    alphas[0, 0:3, 0:4] = 200
    alphas[1, 1:5, 2:8] = 100
    alphas[1, 4, 7] = 255
    alphas[2, 5, 0] = 1
    return Mattes(
        image=np.zeros((6, 8, 3), np.uint8),
        alphas=alphas,
        scores=np.float32([0.9, 0.8, 0.4, 0.3]),
        labels=np.array([1, 0, 1, 0]),
        boxes=np.zeros((4, 4), np.float32),
        areas=np.float32([1, 2, 3, 4]),
        classes=('person', 'traffic light'),
        dpi=(72, 72),
    )


def test_other_alphas_bring_their_boxes_and_areas(mattes: Mattes) -> None:
    alphas = np.zeros_like(mattes.alphas)
    alphas[0, 2:4, 3:8] = 255
    alphas[0, 0, 0], alphas[1, 5, 7], alphas[2, 5, 7] = 127, 128, 51
    changed = mattes.with_alphas(alphas)
    assert changed.boxes.tolist() == [[3, 2, 8, 4], [7, 5, 8, 6], [0, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(changed.areas, [10 + 127 / 255, 128 / 255, 0.2, 0], rtol=1e-6)
    assert changed.dpi == mattes.dpi and changed.scores is mattes.scores
    for wrong in (alphas[1:], alphas.astype(np.uint16)):
        with pytest.raises(InputError, match=r'give uint8 of \(4, 6, 8\)'):
            mattes.with_alphas(wrong)


def areas(mattes: Mattes) -> list[float]:
    return mattes.areas.tolist()


def test_places(mattes: Mattes) -> None:
    assert len(mattes) == 4
    assert areas(mattes[1]) == [2] and mattes[1].alphas.shape == (1, 6, 8)
    assert areas(mattes[-1]) == [4]
    assert areas(mattes[1:3]) == [2, 3]
    assert areas(mattes[[3, 0]]) == [4, 1]
    assert areas(mattes[mattes.scores > 0.5]) == [1, 2]
    assert [areas(each) for each in mattes] == [[1], [2], [3], [4]]
    assert mattes[2].dpi == (72, 72)
    with pytest.raises(IndexError):
        mattes[4]


def test_names(mattes: Mattes) -> None:
    assert mattes.names == ['traffic light', 'person', 'traffic light', 'person']
    assert mattes.layer_names == [
        'traffic-light_01', 'person_01', 'traffic-light_02', 'person_02',
    ]  # fmt: skip
    assert areas(mattes['person']) == [2, 4]


def test_classes_and_scores(mattes: Mattes) -> None:
    assert areas(mattes.select(classes=['traffic light'])) == [1, 3]
    assert areas(mattes.select(classes=['person', 'traffic light'], min_score=0.4)) == [1, 2, 3]
    assert areas(mattes.select(min_score=float(np.float32(0.8)))) == [1, 2]
    assert areas(mattes.select(max_instances=1)) == [1]
    assert areas(mattes.select()) == [1, 2, 3, 4]
    with pytest.raises(InputError, match=r"class 'dog': .*choose from person, traffic light"):
        mattes.select(classes=['dog'])


def test_the_best_come_first_whatever_the_order(mattes: Mattes) -> None:
    assert areas(mattes[::-1].select(max_instances=2)) == [1, 2]


def test_points_pick_the_most_opaque(mattes: Mattes) -> None:
    assert areas(mattes.select(points=[(2, 1)])) == [1], '200 against 100'
    assert areas(mattes.select(points=[(7.9, 4.2)])) == [2]
    assert areas(mattes.select(points=[(0, 5)])) == [3], 'however faint'
    assert areas(mattes.select(points=[(0, 4)])) == []
    assert areas(mattes.select(points=[(2, 1), (6, 2), (3, 1)])) == [1, 2]
    assert areas(mattes.select(points=[(2, 1)], classes=['person'])) == [2]
    for outside in [(8, 0), (0, 6), (-1, 0)]:
        with pytest.raises(InputError, match=r'point .*outside the photo of 8 x 6'):
            mattes.select(points=[outside])


def test_boxes_pick_what_lies_in_them_by_half(mattes: Mattes) -> None:
    assert areas(mattes.select(boxes=[(0, 0, 4, 3)])) == [1]
    assert areas(mattes.select(boxes=[(0, 0, 2, 3)])) == [1], 'exactly half'
    assert areas(mattes.select(boxes=[(0, 0, 1, 3)])) == []
    assert areas(mattes.select(boxes=[(-5, -5, 99, 99)])) == [1, 2, 3], 'an empty matte never'
    # 100 x 23 + 255 = 2555; right of x = 5 lie 100 x 11 + 255 = 1355, of x = 6 only 955.
    assert areas(mattes.select(boxes=[(5, 0, 8, 6)])) == [2]
    assert areas(mattes.select(boxes=[(6, 0, 8, 6)])) == []
    for nothing in [(4, 0, 4, 6), (5, 0, 3, 6), (8, 0, 12, 6)]:
        with pytest.raises(InputError, match=r'box .*holds nothing of the photo of 8 x 6'):
            mattes.select(boxes=[nothing])


def test_selecting_among_none(mattes: Mattes) -> None:
    none = mattes[:0]
    found = none.select(classes=['person'], points=[(0, 0)], boxes=[(0, 0, 3, 3)])
    assert len(found) == 0 and found.alphas.shape == (0, 6, 8)
