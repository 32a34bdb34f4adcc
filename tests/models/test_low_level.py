"""The low-level module: shapes, sources, and a silent start."""

import pytest
import torch

from sosmatting.models.low_level import LowLevelModule
from tests.models.networks import build_soso


@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('source', ['image', 'image+stem'])
def test_shapes(stride, source):
    module = LowLevelModule(32, channels=8, depth=3, stride=stride, source=source, stem_channels=6)
    low = module(torch.randn(2, 3, 32, 64), torch.randn(2, 6, 16, 32))
    assert low.shape == (2, 8, 32 // stride, 64 // stride)
    assert module.expand_weight.shape == (32, 8)


def test_the_stem_is_used_when_asked_for():
    module = LowLevelModule(32, channels=8, source='image+stem', stem_channels=6)
    image = torch.randn(1, 3, 32, 32)
    first = module(image, torch.zeros(1, 6, 16, 16))
    assert not torch.equal(first, module(image, torch.ones(1, 6, 16, 16)))


def test_fresh_module_leaves_the_masks_of_stage_one():
    with_module, without = build_soso({}), build_soso(None)
    report = without.load_state_dict(with_module.state_dict(), strict=False)
    assert all(key.startswith('low_level.') for key in report.unexpected_keys)
    image = torch.randn(1, 3, 64, 64)
    kernels = torch.randn(1, sum(g * g for g in (10, 9, 6, 4, 3)), 32)
    feature = torch.randn(1, 32, 16, 16)
    cate = torch.randn(1, kernels.shape[1], 4)
    metas = [dict(img_shape=(64, 64), ori_shape=(64, 64))]
    low, expand = with_module.extract_low_level(image)
    ours = with_module.mask_head.predict_by_feat(cate, kernels, feature, low, expand, metas)[0]
    plain = without.mask_head.predict_by_feat(cate, kernels, feature, None, None, metas)[0]
    assert len(ours) == len(plain) > 0
    assert torch.equal(ours.alphas, plain.alphas)


def test_real_stem_of_the_backbone():
    model = build_soso(dict(source='image+stem', stem_channels=64))
    low, _ = model.extract_low_level(torch.randn(1, 3, 64, 96))
    assert low.shape == (1, 8, 64, 96)


def test_high_pass_leaves_only_what_quarter_scale_cannot_show():
    torch.manual_seed(0)
    module = LowLevelModule(32, channels=8, high_pass=True)
    flat = module(torch.ones(1, 3, 64, 64))
    assert flat[..., 8:-8, 8:-8].abs().max() < 1e-5
    image = torch.randn(1, 3, 64, 64)
    busy = module(image)
    plain = LowLevelModule(32, channels=8)
    plain.load_state_dict(module.state_dict())
    assert busy.abs().mean() > 0.2 * plain(image).mean()
    assert busy.mean().abs() < 0.05 * plain(image).mean()


@pytest.mark.parametrize('wrong', [dict(stride=4), dict(source='depth'), dict(depth=0)])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LowLevelModule(32, **wrong)
