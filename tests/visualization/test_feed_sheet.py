import numpy as np

from sosmatting.visualization.feed_sheet import BAR, GAP, draw_bands, feed_row, stack_rows


def test_bands_have_their_colours() -> None:
    image = np.full((20, 30, 3), 100, np.uint8)
    unknown, ignored = np.zeros((2, 20, 30), bool)
    unknown[:5], ignored[-5:] = True, True
    drawn = draw_bands(image, unknown, ignored).astype(int)
    assert drawn[0, 0, 0] > drawn[0, 0, 2] + 80, 'orange'
    assert min(drawn[-1, 0, 0], drawn[-1, 0, 2]) > drawn[-1, 0, 1] + 80, 'magenta'
    assert (drawn[10, 0] == 75).all(), 'the rest is dimmed'


def test_rows_show_four_panels_and_stack() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    matte = np.zeros((1, 60, 90), np.uint8)
    matte[0, 10:40, 10:60] = 255
    none = np.zeros((60, 90), bool)
    row = feed_row(image, matte, ['cow'], none, none, 'title', height=120)
    assert row.shape == (120 + BAR, 4 * 180 + 3 * GAP, 3)
    assert (row[:BAR] < 128).any(), 'the title is written'
    empty = feed_row(image[:, :45], matte[:0, :, :45], [], none[:, :45], none[:, :45], 'x', 60)
    sheet = stack_rows([row, empty])
    assert sheet.shape == (120 + BAR + GAP + 60 + BAR + GAP, row.shape[1], 3)
    assert (sheet[-GAP - 30, -1] == 255).all(), 'narrow rows end in white'
