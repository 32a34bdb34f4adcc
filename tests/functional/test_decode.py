"""The factorised decode against the direct one, built at full resolution."""

import pytest
import torch
import torch.nn.functional as F

from sosmatting.functional.decode import decode_coarse, decode_fine, points_nms, upsample


@pytest.mark.parametrize('factor', [2, 4])
def test_factorised_equals_direct(factor):
    generator = torch.Generator().manual_seed(0)
    kernels = torch.randn(5, 32, generator=generator)
    feature = torch.randn(32, 12, 20, generator=generator)
    low_level = torch.randn(8, 12 * factor, 20 * factor, generator=generator)
    expand = torch.randn(32, 8, generator=generator)
    grown = F.interpolate(feature[None], scale_factor=factor, mode='bilinear', align_corners=False)
    wide = grown + F.conv2d(low_level[None], expand[:, :, None, None])
    direct = F.conv2d(wide, kernels[:, :, None, None])[0]
    found = decode_fine(decode_coarse(kernels, feature), kernels, low_level, expand)
    assert (found.sigmoid() - direct.sigmoid()).abs().max() < 1e-5
    assert torch.allclose(found, direct, atol=1e-4)


def test_zero_low_level_is_plain_upsampling():
    coarse = torch.randn(2, 4, 4)
    kernels = torch.randn(2, 8)
    zero = decode_fine(coarse, kernels, torch.randn(3, 16, 16), torch.zeros(8, 3))
    assert torch.equal(zero, upsample(coarse, (16, 16)))


def test_no_kernel_no_map():
    kernels = torch.zeros(0, 8)
    coarse = decode_coarse(kernels, torch.randn(8, 4, 6))
    assert coarse.shape == (0, 4, 6)
    assert decode_fine(coarse, kernels, torch.randn(3, 16, 24), torch.randn(8, 3)).shape == (
        0,
        16,
        24,
    )


def test_points_nms_by_hand():
    scores = torch.tensor([[0.9, 0.1, 0.3], [0.2, 0.8, 0.7], [0.1, 0.1, 0.95]])
    # Each cell is compared with those above, left and above-left of it.
    expected = torch.tensor([[0.9, 0.0, 0.3], [0.0, 0.0, 0.0], [0.0, 0.0, 0.95]])
    assert torch.equal(points_nms(scores[None, None])[0, 0], expected)
