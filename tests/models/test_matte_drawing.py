"""Drawing tile by tile where instances can be seen, against drawing whole frames."""

import pytest
import torch

from sosmatting.functional.resampling import AxisWeights
from sosmatting.models import visible_tiles
from sosmatting.models.matte_drawing import MatteDrawer
from sosmatting.models.visible_tiles import Logits, VisibleTiles


def scene(stride: int = 1, count: int = 6, signed: bool = False, seed: int = 0):
    """Make blobs at 1/4 scale with noise, kernels, and a low-level map that adds hairs."""
    generator = torch.Generator().manual_seed(seed)
    height, width, channels = 24, 32, 5
    ys, xs = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    coarse = torch.stack(
        [
            9 - 0.9 * ((ys - 3 * k) ** 2 + (xs - 5 * k) ** 2).sqrt() * (3 if k % 2 else 1)
            for k in range(count)
        ]
    )
    coarse += torch.randn(coarse.shape, generator=generator)
    coarse[-1] = -30  # an instance that is nowhere to be seen
    kernels = torch.randn(count, 7, generator=generator)
    expand = torch.randn(7, channels, generator=generator) * 0.4
    low = torch.randn(channels, height * 4 // stride, width * 4 // stride, generator=generator)
    low = low if signed else low.relu()
    return coarse, kernels, low, expand


SIZES = {
    'as it is': (93, 121),
    'grown': (260, 301),
    'shrunk': (40, 50),
    'one side': (93, 200),
    'pixel': (1, 1),
}


@pytest.mark.parametrize('ori_hw', SIZES.values(), ids=SIZES)
@pytest.mark.parametrize('stride', [1, 2, 4])
@pytest.mark.parametrize('signed', [False, True])
@pytest.mark.parametrize('group', [1, 2])
def test_tiles_equal_whole_frames(monkeypatch, ori_hw, stride, signed, group):
    monkeypatch.setattr(visible_tiles, 'BASE', 37)
    monkeypatch.setattr(visible_tiles, 'GROUPS', (group,))
    monkeypatch.setattr(visible_tiles, 'AT_ONCE', 3 * 37 * 37)
    args = scene(stride, signed=signed)
    if stride == 4:
        args = (*args[:2], None, None)
    drawer = MatteDrawer(4, 'logits', 1 / 255, 0.97, 8)
    alphas, boxes, areas = drawer(*args, (93, 121), ori_hw)
    whole = drawer.draw_whole(*args, (93, 121), ori_hw)
    difference = (alphas.int() - whole[0].int()).abs()
    # Weights are rounded differently: a value next to the middle of two levels may take the other.
    assert difference.max() <= 1 and (difference > 0).float().mean() < 1e-3
    assert torch.allclose(areas, whole[2], rtol=1e-4, atol=1e-3)
    assert (boxes - whole[1]).abs().max() <= (difference > 0).any().float()
    assert alphas[-1].max() == 0 and areas[-1] == 0


def test_what_is_skipped_is_below_the_floor():
    coarse, kernels, low, expand = scene()
    logits = Logits(coarse, kernels @ expand, low, 4, 1)
    visible = logits.visible(0.02).repeat_interleave(4, 1).repeat_interleave(4, 2)
    around = torch.nn.functional.max_pool2d(visible[:, None].float(), 9, 1, 4)[:, 0] > 0
    whole, size = MatteDrawer(4, 'logits', 0.02, 1.0, 16), (96, 128)
    alphas = whole.draw_whole(coarse, kernels, low, expand, size, size)[0]
    assert (alphas[~around] == 0).all() and (alphas > 0).any()
    assert not around.all(), 'nothing was skipped'


def test_sixteen_bits_and_no_instance():
    coarse, kernels, low, expand = scene()
    drawer = MatteDrawer(4, 'logits', 1 / 255, 1.0, 16)
    alphas, _, _ = drawer(coarse, kernels, low, expand, (93, 121), (93, 121))
    whole = drawer.draw_whole(coarse, kernels, low, expand, (93, 121), (93, 121))[0]
    assert alphas.dtype == whole.dtype == torch.int32
    assert (alphas - whole).abs().max() <= 1 and alphas.max() > 60000
    empty = drawer(coarse[:0], kernels[:0], low, expand, (93, 121), (50, 60))
    assert [tuple(part.shape) for part in empty] == [(0, 50, 60), (0, 4), (0,)]


def test_without_a_floor_whole_frames_are_drawn():
    args = scene()
    drawer = MatteDrawer(4, 'logits', 0.0, 1.0, 8)
    assert torch.equal(
        drawer(*args, (93, 121), (93, 121))[0], drawer.draw_whole(*args, (93, 121), (93, 121))[0]
    )


@pytest.mark.parametrize('group', [1, 3])
def test_tiles_cover_what_is_visible_once(monkeypatch, group):
    monkeypatch.setattr(visible_tiles, 'BASE', 10)
    monkeypatch.setattr(visible_tiles, 'GROUPS', (group,))
    visible = torch.zeros(3, 24, 32, dtype=torch.bool)
    visible[0, 3:5, 20:22] = visible[1, 23, 31] = True
    tiles = VisibleTiles(visible, (AxisWeights(93, 93), AxisWeights(121, 121)), 4)
    covered = torch.zeros(3, 93, 121, dtype=torch.int)
    for tile in tiles:
        assert tile.rows[1] - tile.rows[0] <= 10 * group
        covered[(tile.instances, *tile.window)] += 1
    around = torch.nn.functional.max_pool2d(visible[:, None].float(), 3, 1, 1)[:, 0] > 0
    around = around.repeat_interleave(4, 1).repeat_interleave(4, 2)[:, :93, :121]
    assert (covered[around] == 1).all() and covered.max() == 1
    assert covered[0].float().mean() < 0.2 * group and not covered[2].any()
    assert tiles.windows()[2] is None
    rows, columns = tiles.windows()[0]
    assert covered[0, rows, columns].any() and rows.start <= 12 and rows.stop >= 20
    assert columns.start <= 80 and columns.stop >= 88


def test_spread_is_a_three_by_three_maximum():
    maps = torch.randn(3, 7, 9, generator=torch.Generator().manual_seed(0))
    pooled = torch.nn.functional.max_pool2d(maps[None], 3, stride=1, padding=1)[0]
    assert torch.equal(visible_tiles.spread(maps), pooled)


def test_tiles_grow_where_few_would_do():
    axes = AxisWeights(640, 640), AxisWeights(640, 640)
    whole = torch.ones(1, 160, 160, dtype=torch.bool)
    specks = torch.zeros(1000, 160, 160, dtype=torch.bool)
    specks[torch.arange(1000), torch.arange(1000) % 160, torch.arange(1000) * 7 % 160] = True
    assert VisibleTiles(whole, axes, 4).group > 2
    assert VisibleTiles(specks, axes, 4).group == 1


def test_wrong_options_are_refused():
    for options in (('sideways', 0.1, 1, 8), ('logits', 0.1, 1, 12), ('logits', 1.0, 1, 8)):
        with pytest.raises(ValueError, match='test_cfg'):
            MatteDrawer(4, *options)
