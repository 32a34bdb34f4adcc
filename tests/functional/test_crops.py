"""Windows around instances: cut out and put back, against arithmetic by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sosmatting.functional.crops import cut, put_back, square_windows, windows_around


def window(*sides):
    return torch.tensor([sides], dtype=torch.float32)


ALONE = torch.zeros(1, dtype=torch.long)


def test_a_window_is_square_around_its_box():
    # Longer side 40, a quarter on each side: 60; the middle stays. A point gets the least.
    boxes = torch.tensor([[10.0, 20.0, 50.0, 30.0], [7.0, 9.0, 7.0, 9.0]])
    expected = torch.tensor([[0.0, -5.0, 60.0, 55.0], [3.0, 5.0, 11.0, 13.0]])
    assert torch.equal(square_windows(boxes, 0.25, 8.0), expected)


def test_windows_see_what_exceeds_the_threshold():
    alphas = torch.zeros(2, 20, 30)
    alphas[0, 4:8, 10:20] = 0.9
    alphas[0, 0, 0] = 0.3
    assert torch.equal(windows_around(alphas, 0.0, 2.0)[0], torch.tensor([10.0, 1, 20, 11]))
    assert torch.equal(windows_around(alphas, 0.0, 2.0)[1], torch.tensor([-1.0, -1, 1, 1]))
    assert torch.equal(windows_around(alphas, 0.0, 2.0, 0.2)[0], torch.tensor([0.0, -6, 20, 14]))


def test_a_cut_of_whole_pixels_is_a_copy():
    frames = torch.rand(2, 3, 24, 24)
    crops = cut(frames, window(3, 5, 11, 13).repeat(2, 1), torch.tensor([1, 0]), 8)
    assert torch.allclose(crops[0], frames[1, :, 5:13, 3:11], atol=1e-6)
    assert torch.allclose(crops[1], frames[0, :, 5:13, 3:11], atol=1e-6)


def test_a_cut_that_shrinks_is_the_mean():
    frames = torch.rand(1, 2, 24, 24)
    crops = cut(frames, window(4, 0, 20, 16), ALONE, 8)
    assert torch.allclose(crops, F.avg_pool2d(frames[:, :, :16, 4:20], 2), atol=1e-6)


def test_beyond_the_frame_there_is_nothing():
    crops = cut(torch.ones(1, 1, 16, 16), window(-8, -8, 8, 8), ALONE, 16)[0, 0]
    assert torch.equal(crops[9:, 9:], torch.ones(7, 7))
    assert not crops[:7].any() and not crops[:, :7].any()


@pytest.mark.parametrize('corner', [(2, 3), (-4, 5), (14, -3)])
def test_whole_pixels_come_back_as_they_were(corner):
    crop = torch.rand(8, 8)
    x, y = corner
    part, rows, columns = put_back(crop, torch.tensor([x, y, x + 8, y + 8.0]), (16, 20))
    frame = np.zeros((40, 40), np.float32)
    frame[10 + y : 18 + y, 10 + x : 18 + x] = crop.numpy()
    mine = np.zeros((16, 20), np.float32)
    mine[rows, columns] = part.numpy()
    assert np.allclose(mine, frame[10:26, 10:30], atol=1e-6)


def test_growing_is_bilinear_and_shrinking_averages():
    crop = torch.rand(8, 8)
    part, rows, columns = put_back(crop, torch.tensor([4.0, 2.0, 28.0, 26.0]), (40, 40))
    assert (rows, columns) == (slice(2, 26), slice(4, 28))
    grown = F.interpolate(crop[None, None], (24, 24), mode='bilinear', align_corners=False)
    assert torch.allclose(part, grown[0, 0], atol=1e-6)
    part, *_ = put_back(crop, torch.tensor([1.0, 1.0, 5.0, 5.0]), (40, 40))
    assert torch.allclose(part, F.avg_pool2d(crop[None, None], 2)[0, 0], atol=1e-6)


def test_a_window_outside_the_frame_leaves_nothing():
    part, rows, columns = put_back(torch.ones(8, 8), torch.tensor([50.0, 2, 58, 10]), (20, 20))
    assert part.numel() == 0 and columns.start == columns.stop == 20 and rows == slice(2, 10)
    part, *_ = put_back(torch.ones(8, 8), torch.tensor([3.0, 3.0, 3.2, 3.2]), (20, 20))
    assert part.numel() == 0


def test_cut_and_put_back_undo_each_other():
    frame = F.avg_pool2d(torch.rand(1, 1, 64, 96), 9, 1, 4)
    at = torch.tensor([20.3, 11.7, 60.3, 51.7])
    crop = cut(frame, at[None], ALONE, 96)[0, 0]
    part, rows, columns = put_back(crop, at, (64, 96))
    assert (part - frame[0, 0, rows, columns]).abs()[2:-2, 2:-2].max() < 0.02
