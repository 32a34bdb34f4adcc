"""Backbones of the second look, stage by stage, beside mmdet's own forward."""

import copy

import pytest
import torch
from mmdet.registry import MODELS

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from sosmatting.models.look_backbones import stages_of, widths_of
from tests.models.networks import BACKBONE
from tests.models.test_second_look import LOOK, build_look

MOBILE = LOOK['backbone']
DEEP = dict(BACKBONE, type='ResNetV1d', depth=50)


def built(config):
    torch.manual_seed(0)
    return MODELS.build(copy.deepcopy(config))


def outputs_of(backbone, x):
    found = []
    for stage in stages_of(backbone):
        for layer in stage:
            x = layer(x)
        found.append(x)
    return found


@pytest.mark.parametrize(
    ('config', 'widths'),
    [
        (MOBILE, [16, 24, 32, 96, 1280]),
        (BACKBONE, [64, 64, 128, 256, 512]),
        (DEEP, [64, 256, 512, 1024, 2048]),
    ],
)
def test_stages_give_what_mmdets_forward_gives(config, widths):
    backbone = built(config)
    backbone.eval()
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        found, expected = outputs_of(backbone, x), backbone(x)
    assert [each.shape[2] for each in found] == [32, 16, 8, 4, 2]
    for ours, theirs in zip(found[-len(expected) :], expected, strict=True):
        assert torch.equal(ours, theirs)
    before = copy.deepcopy(backbone.state_dict())
    assert widths_of(backbone) == widths
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        (dict(MOBILE, out_indices=(1, 2, 4, 7)), 'five out_indices'),
        (dict(MOBILE, out_indices=(0, 1, 2, 5, 7)), 'stride 32 where 16 is needed'),
        (
            dict(
                BACKBONE,
                num_stages=3,
                out_indices=(0, 1, 2),
                strides=(1, 2, 2),
                dilations=(1, 1, 1),
            ),
            'ResNet of four stages',
        ),
        (dict(BACKBONE, dilations=(1, 1, 1, 2), strides=(1, 2, 2, 1)), 'stride 16 where 32'),
        (dict(type='CSPDarknet', deepen_factor=0.33, widen_factor=0.25), 'backbone=CSPDarknet'),
    ],
)
def test_other_backbones_are_refused(config, words):
    with pytest.raises(InputError, match=words):
        build_look(backbone=config)


def test_a_resnet_learns_with_the_mattes_that_it_is_told_of():
    backbone = dict(BACKBONE, frozen_stages=1, norm_cfg=dict(type='BN', requires_grad=False))
    look = build_look(backbone=backbone).train()
    crops = torch.rand(2, 5, 64, 64)
    logits, rough, quality = look(crops)
    assert logits.shape == (2, 64, 64) and rough.shape == (2, 16, 16) and quality.shape == (2, 5)
    (logits.square().mean() + quality.square().mean()).backward()
    learns = {name for name, each in look.named_parameters() if each.grad is not None}
    assert 'guide.weight' in learns and look.guide.weight.grad.abs().sum() > 0
    assert 'backbone.layer2.0.conv1.weight' in learns
    # What comes before it is told of the mattes stays.
    assert not any(name.startswith(('backbone.conv1', 'backbone.layer1')) for name in learns)
    assert not any('bn' in name for name in learns)
