import numpy as np

from sosmatting.visualization.overlay import draw_overlay
from sosmatting.visualization.sheet import (
    DARK,
    GAP,
    LIGHT,
    matte_grid,
    matte_sheet,
    on_checker_board,
    tiles,
)


def test_the_panels_of_a_sheet() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (32, 48, 3), np.uint8)
    alphas = rng.integers(0, 256, (3, 32, 48), np.uint8)
    sheet = matte_sheet(photo, alphas)
    assert sheet.shape == (32, 4 * 48 + 3 * GAP, 3)
    starts = [i * (48 + GAP) for i in range(4)]
    panels = [sheet[:, start : start + 48] for start in starts]
    assert np.array_equal(panels[0], photo)
    assert np.array_equal(panels[1], draw_overlay(photo, alphas))
    assert np.array_equal(panels[2], matte_grid(alphas, (32, 48)))
    assert np.array_equal(panels[3], on_checker_board(photo, alphas))
    assert (sheet[:, 48 : 48 + GAP] == 255).all()


def test_a_large_photo_is_shrunk_by_area() -> None:
    photo = np.zeros((80, 120, 3), np.uint8)
    photo[:, ::2] = 200
    sheet = matte_sheet(photo, np.zeros((0, 80, 120), np.uint8), [], max_side=60)
    assert sheet.shape == (40, 4 * 60 + 3 * GAP, 3)
    assert (sheet[:, :60] == 100).all()


def test_the_grid_keeps_each_mattes_mean() -> None:
    levels = np.array([0, 51, 102, 204, 255], np.uint8)
    alphas = np.broadcast_to(levels[:, None, None], (5, 60, 90))
    grid = matte_grid(alphas, (60, 90))
    # 3 columns, 2 rows; the sixth tile is empty.
    tiles = [grid[5 + 30 * (i // 3), 5 + 30 * (i % 3)] for i in range(6)]
    assert [tile.tolist() for tile in tiles[:5]] == [[level] * 3 for level in levels]
    assert tiles[5][2] > tiles[5][0] > 0
    assert matte_grid(np.zeros((50, 4, 4), np.uint8), (3, 3)).shape == (3, 3, 3)


def test_tiles_do_not_touch_and_fill_the_panel() -> None:
    cover = np.zeros((61, 90), int)
    for rows, columns in tiles(5, (61, 90)):
        cover[rows, columns] += 1
    assert cover.max() == 1
    lines = [(cover[:, x] == 0).all() for x in range(90)]
    assert [x for x, empty in enumerate(lines) if empty] == [30, 60]
    assert (cover[30] == 0).all(), 'a line of one pixel between the rows'
    assert (cover[31:, 61:] == 0).all(), 'the sixth tile is free'
    assert tiles(0, (4, 4)) == []


def test_white_instead_of_the_board() -> None:
    photo = np.full((4, 4, 3), 10, np.uint8)
    alphas = np.zeros((1, 4, 4), np.float32)
    alphas[0, 1, 1], alphas[0, 2, 2] = 1, 0.4
    seen = on_checker_board(photo, alphas, white=True)[..., 0]
    assert (seen[1, 1], seen[2, 2], seen[0, 0]) == (10, 157, 255)


def test_the_checker_board_by_hand() -> None:
    photo = np.full((4, 4, 3), 10, np.uint8)
    alphas = np.zeros((2, 4, 4), np.float32)
    alphas[:, 0, 0] = 0.5  # two halves make a whole
    alphas[:, 3, 3] = 0.9  # no more than a whole
    alphas[0, 0, 2] = 0.5
    seen = on_checker_board(photo, alphas, side=2)[..., 0].tolist()
    assert seen == [
        [10, LIGHT, round((DARK + 10) / 2), DARK],
        [LIGHT, LIGHT, DARK, DARK],
        [DARK, DARK, LIGHT, LIGHT],
        [DARK, DARK, LIGHT, 10],
    ]
