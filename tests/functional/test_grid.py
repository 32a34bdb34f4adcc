"""Target assignment against a loop over instances, levels and cells."""

import math

import numpy as np
import pytest
import torch

from sosmatting.functional.grid import assign_owners, cell_spans, instances_without_cell

GRIDS = (40, 36, 24, 16, 12)
RANGES = ((1, 96), (48, 192), (96, 384), (192, 768), (384, 2048))


def loop_owners(centres, boxes, valid, image_hw, grids, ranges, pos_scale, contested):
    """Go through levels, instances and cells one by one, as the paper tells it."""
    owners = []
    for grid, (low, high) in zip(grids, ranges, strict=True):
        level = [[-1] * grid for _ in range(grid)]
        areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes]
        for n, (x1, y1, x2, y2) in enumerate(boxes):
            if not valid[n] or not low <= math.sqrt(areas[n]) <= high:
                continue
            cx, cy = centres[n]
            half_w, half_h = 0.5 * (x2 - x1) * pos_scale, 0.5 * (y2 - y1) * pos_scale
            row, column = math.floor(cy / image_hw[0] * grid), math.floor(cx / image_hw[1] * grid)
            top = max(0, row - 1, math.floor((cy - half_h) / image_hw[0] * grid))
            bottom = min(grid - 1, row + 1, math.floor((cy + half_h) / image_hw[0] * grid))
            left = max(0, column - 1, math.floor((cx - half_w) / image_hw[1] * grid))
            right = min(grid - 1, column + 1, math.floor((cx + half_w) / image_hw[1] * grid))
            for i in range(top, bottom + 1):
                for j in range(left, right + 1):
                    holder = level[i][j]
                    wins = holder < 0 or contested == 'last' or areas[n] < areas[holder]
                    if wins:
                        level[i][j] = n
        owners += [cell for line in level for cell in line]
    return owners


def random_instances(rng, count, image_hw):
    height, width = image_hw
    sizes = np.exp(rng.uniform(np.log(4), np.log(0.9 * min(image_hw)), (count, 2)))
    corners = rng.uniform(0, 1, (count, 2)) * (np.array([width, height]) - sizes)
    boxes = np.concatenate([corners, corners + sizes], axis=1)
    centres = corners + sizes * rng.uniform(0.3, 0.7, (count, 2))
    return centres.astype(np.float32), boxes.astype(np.float32)


@pytest.mark.parametrize('contested', ['smaller', 'last'])
@pytest.mark.parametrize('count', [1, 7, 60])
def test_equals_a_loop(count, contested):
    rng = np.random.default_rng(count)
    image_hw = (416, 608)
    centres, boxes = random_instances(rng, count, image_hw)
    valid = rng.uniform(size=count) > 0.1
    args = (image_hw, GRIDS, RANGES, 0.2, contested)
    found = assign_owners(
        torch.from_numpy(centres), torch.from_numpy(boxes), torch.from_numpy(valid), *args
    )
    assert found.tolist() == loop_owners(centres.tolist(), boxes.tolist(), valid, *args)


def test_four_cells_by_hand():
    # A 4 x 4 grid on 64 px: cells of 16 px. Centre (40, 24) lies in column 2, row 1; the centre
    # region reaches 0.5 * 0.2 * 100 = 10 px: columns 30..50 -> 1..3, rows 14..34 -> 0..2.
    owners = assign_owners(
        torch.tensor([[40.0, 24.0]]),
        torch.tensor([[0.0, 0.0, 100.0, 100.0]]),
        torch.tensor([True]),
        (64, 64),
        [4],
        [(1, 200)],
    ).view(4, 4)
    expected = torch.tensor([[-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 0], [-1, -1, -1, -1]])
    assert torch.equal(owners, expected)


def test_smaller_instance_takes_the_contested_cell_whatever_the_order():
    centres = torch.tensor([[32.0, 32.0], [33.0, 33.0]])
    boxes = torch.tensor([[0.0, 0.0, 60.0, 60.0], [20.0, 20.0, 40.0, 40.0]])
    valid = torch.ones(2, dtype=torch.bool)
    args = ((64, 64), [4], [(1, 200)])
    first = assign_owners(centres, boxes, valid, *args)
    swapped = assign_owners(centres.flip(0), boxes.flip(0), valid, *args)
    assert first.view(4, 4)[2, 2] == 1
    assert torch.equal(torch.where(first >= 0, 1 - first, -1), swapped)


def test_no_instance_owns_nothing():
    owners = assign_owners(
        torch.zeros(0, 2),
        torch.zeros(0, 4),
        torch.zeros(0, dtype=torch.bool),
        (64, 64),
        [4],
        [(1, 9)],
    )
    assert owners.tolist() == [-1] * 16


def test_spans_stay_inside_the_grid():
    first, last = cell_spans(torch.tensor([0.0, 63.9]), torch.tensor([30.0, 30.0]), 64, 4)
    assert first.tolist() == [0, 2]
    assert last.tolist() == [1, 3]


def test_instances_without_cell_counts_them():
    assert int(instances_without_cell(torch.tensor([-1, 0, 0, 2]), 4)) == 2
    assert int(instances_without_cell(torch.tensor([-1, -1]), 0)) == 0


def test_unknown_rule_is_refused():
    with pytest.raises(ValueError, match='contested'):
        assign_owners(
            torch.zeros(1, 2), torch.ones(1, 4), torch.ones(1, dtype=torch.bool), (8, 8), [2],
            [(0, 9)], contested='bigger',
        )  # fmt: skip
