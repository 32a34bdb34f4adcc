"""Tiles: weights by hand, and equal results where a network does not see past half a halo."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sosmatting.cli import main
from sosmatting.exceptions import InputError
from sosmatting.trimap_methods import network as network_file
from sosmatting.trimap_methods.network import NetworkMethod
from sosmatting.trimap_methods.tiles import check_tile, solve_in_tiles, spans, tiles
from tests.trimap_methods.test_network import small_files


def big(height=700, width=860, centre=None, radius=250):
    """A photo with a ring of unknown pixels, by default across all tiles: image and trimap."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    ys, xs = np.mgrid[:height, :width]
    y, x = centre or (height / 2, width / 2)
    far = np.hypot(ys - y, xs - x)
    trimap = np.where(far < radius, 255, 0).astype(np.uint8)
    trimap[np.abs(far - radius) < 20] = 128
    return image, trimap


def test_spans_by_hand():
    (whole,) = spans(500, 512, 128)
    assert (whole.start, whole.stop) == (0, 500) and (whole.weights == 1).all()
    first, second = spans(600, 512, 128)
    # Two cores of about 300, on a multiple of 32: 288.
    assert (first.start, first.stop, second.start, second.stop) == (0, 416, 160, 600)
    assert first.weights[223] == 1 and first.weights[352] == 0
    assert first.weights[287] == pytest.approx(0.5 + 0.5 / 128)
    assert second.weights[:64].max() == 0 and second.weights[192:].min() == 1


@pytest.mark.parametrize('length', [33, 511, 513, 1200, 3001])
def test_weights_sum_to_one_and_tiles_start_at_cells(length):
    total = np.zeros(length)
    for span in spans(length, 512, 128):
        assert (
            span.start % 32 == 0 and len(span.weights) == span.stop - span.start <= 512 + 256 + 31
        )
        total[span.start : span.stop] += span.weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_a_local_rule_gives_the_same_and_nothing_is_solved_in_vain():
    image, trimap = big(centre=(230, 250), radius=120)
    solved = []

    def solve(crop, known):
        solved.append(known.shape)
        # A mean over 65 pixels a side: as far as half a halo of 64 reaches, and no further.
        grey = crop[..., 0].astype(np.float32) / 255
        return cv2.blur(grey, (65, 65), borderType=cv2.BORDER_CONSTANT)

    found = solve_in_tiles(solve, image, trimap, 256, 64)
    count = sum(1 for _ in tiles(trimap.shape, 256, 64))
    assert len(solved) < count == 12, 'far from the ring there is nothing to solve'
    assert max(max(shape) for shape in solved) < 420
    expected = np.where(trimap == 128, solve(image, trimap), trimap / 255)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (found[trimap != 128] == trimap[trimap != 128] / 255).all()


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    config, weights = small_files(
        tmp_path_factory.mktemp('network'), widths=(8, 8, 8, 8, 8), fc6=False
    )
    state = torch.load(weights, weights_only=True)
    state['network.alpha.weight'] *= 1e5  # it starts next to 0, and a constant would say nothing
    # Deep down only the middle tap is left: 2 + 4 pixels of the first two levels, the rest of a
    # cell of 32, 4 + 2 + 2 of the last three layers; 45 pixels in all.
    for key, weight in state.items():
        _, part, number = (*key.split('.'), '')[:3]
        deep = (part == 'features' and int(number) >= 10) or (part == 'decoder' and int(number) < 3)
        if deep and weight.ndim == 4:
            middle = weight[..., weight.shape[2] // 2, weight.shape[3] // 2].clone()
            weight.zero_()[..., weight.shape[2] // 2, weight.shape[3] // 2] = 4 * middle
    torch.save(state, weights)
    return config, weights


def test_a_network_in_tiles_equals_the_whole(small, monkeypatch):
    """Half a halo is 64 pixels, and this network sees 45 far."""
    image, trimap = big(520, 640)
    whole = NetworkMethod(*small, device='cpu', tile=0)
    assert whole.fingerprint != NetworkMethod(*small, device='cpu').fingerprint
    tiled = NetworkMethod(*small, device='cpu', tile=256)
    expected, found = whole(image, trimap), tiled(image, trimap)
    assert expected[trimap == 128].std() > 1e-3, 'a constant would say nothing'
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # Large photos are cut without being asked.
    monkeypatch.setattr(network_file, 'WHOLE', 1000)
    monkeypatch.setattr(network_file, 'CORE', 256)
    asked = NetworkMethod(*small, device='cpu')
    assert np.array_equal(asked(image, trimap), found)


def test_wrong_sides_are_refused(small, tmp_path: Path, capsys):
    for side in (100, 128, 1000, -32):
        with pytest.raises(InputError, match=f'tile {side}: give 0'):
            check_tile(side)
    for side in (None, 0, 256, 1024):
        check_tile(side)
    options = ['matte', 'a.png', 'b.png', '-o', str(tmp_path / 'o.png'), '--tile', '512']
    assert main([*options, '--method', 'bayesian']) == 2
    assert 'no tiles' in capsys.readouterr().err
