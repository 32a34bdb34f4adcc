"""Weights: what fits, what is refused, and backbones that compute what torchvision's compute."""

import urllib.error

import pytest
import torch
import torchvision
from mmdet.registry import MODELS
from torch import nn

import sosmatting.register  # noqa: F401
from sosmatting.checkpoints import (
    PACKAGED,
    LoadReport,
    fetch,
    imagenet_weights,
    latest_checkpoint,
    load_weights,
    read_checkpoint,
    refuse_half_model,
    rename_mobilenet_v2,
)
from sosmatting.exceptions import InputError


def test_mobilenet_computes_what_torchvisions_does():
    torch.manual_seed(0)
    peer = torchvision.models.mobilenet_v2(weights=None).eval()
    ours = MODELS.build(dict(type='MobileNetV2', out_indices=(7,)))
    ours.eval()  # mmdet's does not return itself
    renamed = rename_mobilenet_v2(peer.state_dict())
    assert len(renamed) == 314
    assert torch.equal(renamed.pop('classifier.weight'), peer.classifier[1].weight)
    assert torch.equal(renamed.pop('classifier.bias'), peer.classifier[1].bias)
    report = load_weights(ours, renamed, 'x')
    assert report.new == report.unused == report.reshaped == ()
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(ours(image)[0], peer.features(image), atol=1e-5)


def test_packaged_backbone_is_complete():
    weights = imagenet_weights('mobilenet_v2')
    model = MODELS.build(dict(type='MobileNetV2'))
    floats = {k: v for k, v in model.state_dict().items() if v.is_floating_point()}
    assert weights.pop('classifier.weight').shape == (1000, 1280)
    assert weights.pop('classifier.bias').shape == (1000,)
    assert weights.keys() == floats.keys()
    assert all(weights[key].shape == floats[key].shape for key in floats)
    assert {value.dtype for value in weights.values()} == {torch.float32}
    assert (PACKAGED / 'mobilenet_v2_imagenet.safetensors').stat().st_size < 10e6


def test_resnet_names_are_torchvisions(tmp_path):
    peer = torchvision.models.resnet18(weights=None)
    torch.save(peer.state_dict(), tmp_path / 'r18.pth')
    model = MODELS.build(
        dict(
            type='ResNet',
            depth=18,
            init_cfg=dict(type='Pretrained', checkpoint=f'imagenet:{tmp_path / "r18.pth"}'),
        )
    )
    model.init_weights()
    assert torch.equal(model.layer3[1].conv2.weight, peer.layer3[1].conv2.weight)


def test_no_network_says_where_the_weights_come_from(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise urllib.error.URLError('no route')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', refuse)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    with pytest.raises(InputError) as caught:
        imagenet_weights('resnet50')
    message = str(caught.value)
    assert 'download.pytorch.org/models/resnet50' in message
    assert 'model.backbone.init_cfg.checkpoint=imagenet:FILE' in message and '\n' not in message
    with pytest.raises(InputError, match='load_from=FILE'):
        fetch('https://example.org/a.pth')
    with pytest.raises(InputError, match='neither a file nor one of'):
        imagenet_weights('resnet51')


class Net(nn.Module):
    def __init__(self, width=4, extra=False):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 2))
        if extra:
            self.low_level = nn.Linear(2, 2)


def test_loading_reports_what_was_new():
    stage_one, stage_two = Net(), Net(extra=True)
    report = load_weights(stage_two, stage_one.state_dict(), 'x.pth')
    assert set(report.new) == {'low_level.weight', 'low_level.bias'}
    assert 'low_level.weight (1)' in str(report) and f'{report.loaded} tensors loaded' in str(
        report
    )
    assert torch.equal(stage_two.body[0].weight, stage_one.body[0].weight)


def test_another_models_checkpoint_is_refused_and_changes_nothing():
    model = Net()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    for other in (nn.Linear(9, 9), Net(width=7)):
        with pytest.raises(InputError, match=r'x\.pth: a checkpoint of another model'):
            load_weights(model, other.state_dict(), 'x.pth')
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_half_precision_and_wrapped_names_load():
    one, other = Net(), Net()
    given = {f'module.{key}': value.half() if value.is_floating_point() else value
             for key, value in one.state_dict().items()}  # fmt: skip
    load_weights(other, given, 'x')
    assert torch.equal(other.body[0].weight, one.body[0].weight.half().float())


def test_the_newest_checkpoint_is_found_by_number(tmp_path):
    assert latest_checkpoint(tmp_path) is None
    for name in ('iter_90.pth', 'iter_100.pth', 'iter_1000.pth.part', 'best_iter_5000.pth'):
        torch.save({'state_dict': {'a': torch.tensor(float(len(name)))}}, tmp_path / name)
    assert latest_checkpoint(tmp_path).name == 'iter_100.pth'
    assert read_checkpoint(tmp_path)['state_dict']['a'] == len('iter_100.pth')
    with pytest.raises(InputError, match='train first'):
        read_checkpoint(tmp_path.parent)


def test_a_second_look_without_weights_is_refused() -> None:
    once = LoadReport(loaded=3, new=('low_level.expand.weight',), unused=(), reshaped=())
    refuse_half_model(once, 'a.pth')
    half = LoadReport(loaded=3, new=('second_look.draw.weight',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*looks once.*soso_mini'):
        refuse_half_model(half, 'a.pth')
    before = LoadReport(3, new=('second_look.namer.conv1.weight',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*model.second_look.namer=None'):
        refuse_half_model(before, 'a.pth')
    earlier = LoadReport(3, new=('second_look.worth.bias',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*earlier second look.*train on'):
        refuse_half_model(earlier, 'a.pth')
