"""Backbones compute what torchvision's compute with the same weights."""

import urllib.error

import pytest
import torch
import torchvision
from mmdet.registry import MODELS

import sosmatting.register  # noqa: F401
from sosmatting.checkpoints import PACKAGED, fetch, load_weights
from sosmatting.exceptions import InputError
from sosmatting.pretrained import imagenet_weights, rename_mobilenet_v2


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
