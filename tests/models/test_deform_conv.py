"""Deformable convolution through torchvision, with mmcv's names."""

import torch
import torch.nn.functional as F
from mmcv.ops import ModulatedDeformConv2dPack

from sosmatting.models.deform_conv import TorchvisionDCNv2
from tests.models.networks import build_soso


def test_starts_as_half_a_plain_convolution():
    conv = TorchvisionDCNv2(4, 6, 3, padding=1)
    x = torch.randn(2, 4, 9, 7)
    assert torch.allclose(conv(x), 0.5 * F.conv2d(x, conv.weight, padding=1), atol=1e-5)


def test_a_whole_offset_shifts_the_picture():
    conv = TorchvisionDCNv2(2, 3, 3, padding=1, bias=False)
    with torch.no_grad():
        conv.conv_offset.bias[:18:2] = 1.0  # dy of the nine taps
    x = torch.randn(1, 2, 8, 8)
    shifted = F.pad(x, (0, 0, 0, 1))[:, :, 1:]
    plain = 0.5 * F.conv2d(shifted, conv.weight, padding=1)
    assert torch.allclose(conv(x)[:, :, 1:-2, 1:-1], plain[:, :, 1:-2, 1:-1], atol=1e-5)


def test_parameters_are_mmcvs():
    options = dict(padding=1, stride=2, deform_groups=2, bias=False)
    ours = TorchvisionDCNv2(8, 8, 3, **options).state_dict()
    peer = ModulatedDeformConv2dPack(8, 8, 3, **options).state_dict()
    assert {key: value.shape for key, value in ours.items()} == {
        key: value.shape for key, value in peer.items()
    }


def test_a_deformable_head_predicts_and_learns():
    model = build_soso(dcn_cfg=dict(type='TorchvisionDCNv2'), dcn_apply_to_all_conv=False)
    assert isinstance(model.mask_head.cls_convs[-1].conv, TorchvisionDCNv2)
    assert not isinstance(model.mask_head.cls_convs[0].conv, TorchvisionDCNv2)
    model.init_weights()
    assert not model.mask_head.cls_convs[-1].conv.conv_offset.weight.any()
    cate, kernels, _, _, _ = model._forward(torch.randn(1, 3, 64, 64))
    (cate.sum() + kernels.sum()).backward()
    assert model.mask_head.kernel_convs[-1].conv.conv_offset.weight.grad.abs().sum() > 0
