"""Deep Image Matting: size, unpooling by hand, ImageNet weights."""

import pytest
import torch
from torchvision.models import vgg16, vgg16_bn

from sosmatting.exceptions import InputError
from sosmatting.models.trimap.deep_image_matting import DeepImageMatting, Unpool
from tests.models.trimap.networks import network


def parameters(**options):
    with torch.device('meta'):
        return sum(weight.numel() for weight in DeepImageMatting(**options).parameters())


def test_parameters_as_published():
    assert parameters() == 130_545_345, '130.55 M: VGG16-BN with fc6 (Lu et al., ICCV 2019)'
    vgg, first, fc6 = 14_714_688, 64 * 9, 512 * 4096 * 49 + 4096
    convs = ((4096, 512, 1), (512, 512, 5), (512, 256, 5), (256, 128, 5), (128, 64, 5), (64, 64, 5))
    decoder = sum(a * b * k * k + b for a, b, k in (*convs, (64, 1, 5)))
    assert parameters(batch_norm=False) == vgg + first + fc6 + decoder == 130_536_897
    refinement = (4 * 64 + 2 * 64 * 64) * 9 + 3 * 64 + 64 * 9 + 1
    assert parameters(refinement=True) == 130_545_345 + refinement
    assert parameters(fc6=False) == 130_545_345 - fc6 - (4096 * 512 + 512)


def test_unpooling_by_hand():
    x = torch.tensor([[1.0, 2, 0, 0], [0, 0, 0, 7], [3, 0, 0, 0], [0, 0, 5, 0]])[None, None]
    pooled, places = torch.nn.functional.max_pool2d(x, 2, 2, return_indices=True)
    grown = Unpool('index', 1)(10 * pooled, places)[0, 0]
    assert grown.tolist() == [[0, 20, 0, 0], [0, 0, 0, 70], [30, 0, 0, 0], [0, 0, 50, 0]]
    smooth = Unpool('bilinear', 1)(pooled, places)[0, 0]
    assert smooth[0].tolist() == [2, 0.75 * 2 + 0.25 * 7, 0.25 * 2 + 0.75 * 7, 7]
    learned = Unpool('transposed', 1)
    torch.nn.init.constant_(learned.grow.weight, 0)
    torch.nn.init.constant_(learned.grow.bias, 0.25)
    learned.grow.weight.data[0, 0, 1:3, 1:3] = 1
    assert learned(pooled, places)[0, 0].tolist() == [
        [2.25, 2.25, 7.25, 7.25]] * 2 + [[3.25, 3.25, 5.25, 5.25]] * 2  # fmt: skip
    with pytest.raises(InputError, match="unpooling='nearest'"):
        Unpool('nearest', 1)


@pytest.mark.parametrize('unpooling', ['index', 'bilinear', 'transposed'])
def test_options(unpooling):
    net = network('dim', unpooling=unpooling, fc6=False, refinement=True).eval()
    with torch.no_grad():
        alpha = net(torch.rand(2, 3, 32, 64), torch.rand(2, 1, 32, 64))
    assert alpha.shape == (2, 1, 32, 64) and ((alpha >= 0) & (alpha <= 1)).all()


def test_nothing_to_train_is_refused():
    with pytest.raises(InputError, match='nothing is left to train'):
        network('dim', train_main=False)


@pytest.mark.parametrize(('batch_norm', 'make'), [(False, vgg16), (True, vgg16_bn)])
def test_torchvisions_weights_are_taken_over(batch_norm, make):
    torch.manual_seed(1)
    with torch.device('meta'):
        keys = make().state_dict()
    weights = {
        key: torch.rand(value.shape)
        for key, value in keys.items()
        if key.startswith('features.') and value.is_floating_point()
    }
    net = DeepImageMatting(batch_norm, fc6=False)
    net.load_imagenet(weights)
    image, peer = torch.rand(1, 3, 32, 32), make().features
    peer.load_state_dict({key.removeprefix('features.'): v for key, v in weights.items()}, False)
    x, y = torch.cat([image, torch.rand(1, 1, 32, 32)], 1), image
    with torch.no_grad():
        for ours, theirs in zip(net.features.eval()[:10], peer.eval()[:10], strict=True):
            x, y = ours(x), theirs(y)
            x = x[0] if isinstance(x, tuple) else x
            torch.testing.assert_close(x, y), 'the trimap has no say yet'
    with pytest.raises(InputError, match='not the weights of this encoder'):
        DeepImageMatting(not batch_norm, fc6=False).load_imagenet(weights)


def test_fc6_becomes_a_convolution():
    net = network('dim', widths=(4, 4, 4, 4, 4), fc6_channels=6)
    weights = {f'features.{key}': value for key, value in net.features.state_dict().items()}
    weights['features.0.weight'] = weights['features.0.weight'][:, :3]
    full = torch.nn.Linear(4 * 49, 6)
    weights |= {'classifier.0.weight': full.weight.data, 'classifier.0.bias': full.bias.data}
    net.load_imagenet(weights)
    x = torch.rand(1, 4, 7, 7)
    with torch.no_grad():
        torch.testing.assert_close(net.fc6(x)[0, :, 3, 3], full(x.flatten()))
        assert not net.features[0].weight[:, 3].any()
