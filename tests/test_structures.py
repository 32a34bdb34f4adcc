"""Soft mattes through every operation that mmdet's transforms ask for."""

import numpy as np
import pytest
import torch
from mmdet.structures.bbox import HorizontalBoxes

from sosmatting.structures import SoftMattes


def mattes(count=2, height=6, width=8, seed=0):
    rng = np.random.default_rng(seed)
    return SoftMattes(rng.integers(0, 256, (count, height, width)).astype(np.uint8), height, width)


def test_flip_crop_pad_expand_by_indexing():
    one = mattes()
    assert np.array_equal(one.flip().alphas, one.alphas[:, :, ::-1])
    assert np.array_equal(one.flip('vertical').alphas, one.alphas[:, ::-1])
    assert np.array_equal(one.flip('diagonal').alphas, one.alphas[:, ::-1, ::-1])
    cut = one.crop(np.array([2, 1, 5, 9]))
    assert (cut.height, cut.width) == (5, 3)
    assert np.array_equal(cut.alphas, one.alphas[:, 1:6, 2:5])
    padded = one.pad((10, 9))
    assert padded.alphas.sum() == one.alphas.sum() and padded.alphas.shape == (2, 10, 9)
    placed = one.expand(10, 12, 3, 4)
    assert np.array_equal(placed.alphas[:, 3:9, 4:12], one.alphas)
    with pytest.raises(ValueError, match='outside'):
        one.crop(np.array([20, 0, 30, 5]))


def test_resizing_keeps_softness_and_mass():
    alphas = np.zeros((1, 64, 64), np.uint8)
    alphas[0, :, 30] = 200  # a hair
    small = SoftMattes(alphas, 64, 64).resize((16, 16))
    assert small.alphas.max() == 50  # a quarter of 200: averaged, not sampled
    assert small.areas[0] * 16 == pytest.approx(SoftMattes(alphas, 64, 64).areas[0], rel=0.01)
    large = small.resize((32, 32))
    assert 0 < large.alphas[large.alphas > 0].min() < 50


def test_rescale_follows_mmcv():
    from mmcv.image import imrescale

    one = mattes(1, 60, 91)
    for scale in [(133, 80), (40, 40), (1333, 800), 0.37]:
        new = one.rescale(scale)
        assert (new.height, new.width) == imrescale(one.alphas[0], scale).shape


def test_shift_rotation_and_shear():
    one = mattes(1, 9, 9)
    moved = one.translate((9, 9), 2)
    assert np.array_equal(moved.alphas[:, :, 2:], one.alphas[:, :, :-2])
    down = one.translate((9, 9), 3, 'vertical')
    assert np.array_equal(down.alphas[:, 3:], one.alphas[:, :-3])
    turned = one.rotate((9, 9), 90)
    assert np.abs(turned.alphas[0].astype(int) - np.rot90(one.alphas[0], -1)).max() <= 1
    assert one.shear((9, 9), 0.0).alphas.tolist() == one.alphas.tolist()
    slanted = one.shear((9, 9), 1.0)
    assert np.array_equal(slanted.alphas[0, 2, 2:], one.alphas[0, 2, :-2])


def test_crop_and_resize_takes_the_named_mattes():
    one = mattes()
    pieces = one.crop_and_resize(np.array([[0, 0, 4, 4], [2, 2, 6, 6]]), (4, 4), np.array([1, 0]))
    assert np.array_equal(pieces.alphas[0], one.alphas[1, :4, :4])
    assert np.array_equal(pieces.alphas[1], one.alphas[0, 2:6, 2:6])


def test_tensors_by_type():
    one = SoftMattes(np.array([[[0, 127, 128, 255]]], np.uint8), 1, 4)
    assert one.to_tensor(torch.uint8, 'cpu').tolist() == [[[0, 127, 128, 255]]]
    assert one.to_tensor(torch.bool, 'cpu').tolist() == [[[False, False, True, True]]]
    assert one.to_tensor(torch.int64, 'cpu').tolist() == [[[0, 0, 1, 1]]]
    assert one.to_tensor(torch.float32, 'cpu')[0, 0, 2].item() == pytest.approx(128 / 255)


def test_boxes_areas_joining_and_indexing():
    alphas = np.zeros((3, 5, 7), np.uint8)
    alphas[0, 1:3, 2:6] = 255
    alphas[1, 4, 0] = 51
    one = SoftMattes(alphas, 5, 7)
    assert one.get_bboxes(HorizontalBoxes).tensor.tolist() == [
        [2, 1, 6, 3],
        [0, 4, 1, 5],
        [0, 0, 0, 0],
    ]
    assert one.areas.tolist() == pytest.approx([8, 0.2, 0])
    assert len(one[np.array([0, 2])]) == 2 and len(one[1]) == 1 and len(one[one.areas > 1]) == 1
    assert len(SoftMattes.cat([one, one[:1]])) == 4
    with pytest.raises(ValueError, match='at least one'):
        SoftMattes.cat([])


@pytest.mark.parametrize('change', ['flip', 'pad', 'resize', 'crop', 'rotate'])
def test_none_stays_none(change):
    none = SoftMattes(np.zeros((0, 6, 8), np.uint8), 6, 8)
    arguments = dict(
        flip=(), pad=((8, 8),), resize=((3, 4),), crop=(np.array([0, 0, 4, 4]),), rotate=((6, 8), 5)
    )
    result = getattr(none, change)(*arguments[change])
    assert len(result) == 0 and result.alphas.dtype == np.uint8
    assert result.alphas.shape == (0, result.height, result.width)


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match='not'):
        SoftMattes(np.zeros((1, 4, 4), np.uint8), 5, 5)
