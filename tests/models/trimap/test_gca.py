"""Guided contextual attention against a loop, GCA's parts, ImageNet weights."""

import numpy as np
import pytest
import torch
from torchvision.models import resnet34

from sosmatting.exceptions import InputError
from sosmatting.models.trimap import guided_attention
from sosmatting.models.trimap.gca import GCAMatting
from sosmatting.models.trimap.guided_attention import GuidedContextualAttention, attend
from tests.models.trimap.networks import network


def loop_attention(guidance, features, unknown):
    """Rebuild one image's features, patch by patch: (G, h, w), (C, h, w), (h, w) arrays."""
    f, u = guidance[:, ::2, ::2], unknown[::2, ::2]
    height, width = u.shape
    mirrored = np.pad(f, ((0, 0), (1, 1), (1, 1)), mode='reflect')
    known_around = np.pad(u, 1, mode='reflect')
    cells = [(y, x) for y in range(height) for x in range(width)]
    patch = {c: mirrored[:, c[0] : c[0] + 3, c[1] : c[1] + 3].ravel() for c in cells}
    open_ = {c: known_around[c[0] : c[0] + 3, c[1] : c[1] + 3].any() for c in cells}
    share = u.mean()
    weight = {
        True: np.clip(np.sqrt(share / (1 - share)), 0.1, 10),
        False: np.clip(np.sqrt((1 - share) / share), 0.1, 10),
    }
    wide = np.pad(features, ((0, 0), (1, 1), (1, 1)), mode='reflect')
    total = np.zeros_like(wide)
    for asking in cells:
        scores = []
        for other in cells:
            unit = patch[other] / max(np.linalg.norm(patch[other]), 1e-4)
            score = unit @ patch[asking] * weight[bool(open_[other])]
            scores.append(score - (1e4 if other == asking and open_[other] else 0))
        share_of = np.exp(np.array(scores) - max(scores))
        share_of /= share_of.sum()
        y, x = asking
        for other, part in zip(cells, share_of, strict=True):
            a, b = other
            value = wide[:, 2 * a : 2 * a + 4, 2 * b : 2 * b + 4]
            total[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4] += part * value
    return total[:, 1:-1, 1:-1] / 4


@pytest.mark.parametrize('queries', [4096, 5])
def test_attention_equals_a_loop(queries, monkeypatch):
    monkeypatch.setattr(guided_attention, 'QUERIES', queries)
    generator = torch.Generator().manual_seed(0)
    guidance = torch.randn(2, 3, 8, 12, generator=generator, dtype=torch.float64)
    features = torch.randn(2, 4, 8, 12, generator=generator, dtype=torch.float64)
    unknown = torch.zeros(2, 1, 8, 12, dtype=torch.float64)
    unknown[0, :, 2:6, 4:], unknown[1, :, :3] = 1, 1
    found = attend(guidance, features, unknown)
    for k in range(2):
        expected = loop_attention(guidance[k].numpy(), features[k].numpy(), unknown[k, 0].numpy())
        np.testing.assert_allclose(found[k].numpy(), expected, atol=1e-10)


@pytest.mark.parametrize('share', [0.0, 1.0])
def test_attention_without_a_known_or_an_unknown_region(share):
    features = torch.randn(1, 4, 8, 8)
    found = attend(torch.randn(1, 3, 8, 8), features, torch.full((1, 1, 8, 8), share))
    assert found.isfinite().all()


def test_a_likeness_carries_opacity_across():
    # Two textures, each known on the left; on the right features are missing.
    guidance = torch.zeros(1, 2, 16, 16)
    guidance[:, 0, :8], guidance[:, 1, 8:] = 3, 3
    features = torch.zeros(1, 1, 16, 16)
    features[:, :, :8, :8] = 1
    unknown = torch.zeros(1, 1, 16, 16)
    unknown[..., 8:] = 1
    found = attend(guidance, features, unknown)[0, 0]
    assert found[2:6, 10:14].mean() > 3 * found[10:14, 10:14].mean()


def test_the_module_starts_near_the_identity():
    module = GuidedContextualAttention(4, 6).eval()
    features = torch.randn(1, 4, 8, 8)
    with torch.no_grad():
        out = module(torch.randn(1, 6, 8, 8), features, torch.ones(1, 1, 8, 8))
    assert 0 < (out - features).abs().max() < 0.05


def test_the_networks_parts():
    net = network('gca').train()
    image, trimap = torch.rand(2, 3, 32, 64), torch.zeros(2, 3, 32, 64)
    trimap[:, 1] = 1
    alpha = net(image, trimap)
    assert alpha.shape == (2, 1, 32, 64) and ((alpha >= 0) & (alpha <= 1)).all()
    weight = net.encoder[1][0].conv1.weight.detach()
    assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1, abs=0.05)
    plain = network('gca', attention=False)
    assert not any('attention' in name or 'guidance' in name for name, _ in plain.named_modules())
    counts = [
        sum(weight.numel() for weight in GCAMatting(attention=with_it).parameters())
        for with_it in (True, False)
    ]
    assert counts == [25_344_305, 25_252_257]


def test_resnet34s_weights_are_taken_over():
    with torch.device('meta'):
        keys = resnet34().state_dict()
    weights = {k: torch.rand(v.shape) for k, v in keys.items() if v.is_floating_point()}
    net = GCAMatting(attention=False)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    # layer1 has no downsampling of its own there; the last blocks of layer3, layer4 have no place.
    blocks = 3 + 4 + 4 + 2
    net.load_imagenet(weights)
    after = net.state_dict()
    assert sum(not torch.equal(before[key], after[key]) for key in before) == 10 * blocks + 5 * 3
    conv = net.encoder[2][3].conv2.parametrizations.weight.original
    assert torch.equal(conv, weights['layer3.3.conv2.weight'])
    norm = net.encoder[1][0].skip[2]
    assert torch.equal(norm.running_var, weights['layer2.0.downsample.1.running_var'])
    with pytest.raises(InputError, match='shares no tensor'):
        net.load_imagenet({'fc.weight': torch.rand(3)})
