import numpy as np
import pytest
import torch

from sosmatting.datasets.statistics import Levels, Statistics, table

LEVELS = Levels(grids=(8, 4), scale_ranges=((1, 20), (16, 100)), divisor=32)


def square(x: int, y: int, side: int, soft: int = 0) -> tuple[np.ndarray, list[float]]:
    """Draw a matte of 64 x 96 pixels whose last ``soft`` columns are half transparent."""
    matte = np.zeros((64, 96), np.uint8)
    matte[y : y + side, x : x + side] = 255
    if soft:
        matte[y : y + side, x + side - soft : x + side] = 128
    return matte, [x, y, x + side, y + side]


def add(statistics: Statistics, squares: list, source: str = 'a') -> None:
    mattes = (
        np.stack([matte for matte, _ in squares]) if squares else np.zeros((0, 64, 96), np.uint8)
    )
    boxes = torch.tensor([box for _, box in squares]).float().reshape(-1, 4)
    statistics.add(mattes, boxes, (64, 96), source, ['cow'] * len(squares))


def test_counted_by_hand() -> None:
    statistics = Statistics(LEVELS)
    add(statistics, [square(4, 4, 10), square(40, 10, 18, soft=9)])
    add(statistics, [], source='b')
    add(statistics, [square(30, 20, 40)])
    summary = statistics.summary()
    assert summary['images'] == 3 and summary['instances'] == 3
    assert summary['instances_per_image'] == {'0': 1, '1': 1, '2': 1}
    assert summary['size_quantiles_px']['0.5'] == 18
    assert summary['share_on_level'] == [pytest.approx(2 / 3, abs=1e-3)] * 2  # 18 px: both
    assert summary['unknown_share'] == pytest.approx(0.5 / 3, abs=1e-3)
    assert summary['images_of_source'] == {'a': 2, 'b': 1}
    assert summary['instances_of_category'] == {'cow': 3}
    assert summary['share_without_cell'] == 0
    assert any('18' in line for line in table(summary, LEVELS))


def test_instances_without_a_cell_are_counted() -> None:
    statistics = Statistics(LEVELS)
    add(statistics, [square(10, 10, 10), square(10, 10, 10), square(60, 10, 10)])  # two twins
    assert statistics.summary()['share_without_cell'] == pytest.approx(1 / 3, abs=1e-3)


def test_an_empty_set_has_a_summary() -> None:
    summary = Statistics(LEVELS).summary()
    assert summary['instances'] == 0 and summary['share_without_cell'] == 0
    assert table(summary, LEVELS)[0] == '0 images, 0 instances'
