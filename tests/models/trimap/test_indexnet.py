"""IndexNet: size, index maps by hand, ImageNet weights."""

import pytest
import torch

from sosmatting.exceptions import InputError
from sosmatting.models.trimap.index_blocks import (
    IndexBlock,
    indexed_pool,
    indexed_upsample,
    spread,
)
from sosmatting.models.trimap.indexnet import IndexNetMatting
from sosmatting.pretrained import imagenet_weights
from tests.models.trimap.networks import network


def parameters(**options):
    with torch.device('meta'):
        return sum(weight.numel() for weight in IndexNetMatting(**options).parameters())


def test_parameters_as_published():
    assert parameters() == 8_153_771, '8.15 M: m2o, nonlinear, context, ASPP (Lu et al., ICCV 2019)'
    base = parameters(index_mode='holistic', nonlinear=False, context=False)
    base -= 4 * 4 * (32 + 24 + 32 + 64 + 160)

    def index(c, middle):  # four branches: 4 x 4, norm, 1 x 1
        return 4 * (16 * c * middle + 2 * middle + middle * c)

    assert parameters() - base == sum(index(c, 2 * c) for c in (32, 24, 32, 64, 160))
    linear = parameters(nonlinear=False, context=False) - base
    assert linear == sum(4 * 4 * c * c for c in (32, 24, 32, 64, 160))
    o2o = parameters(index_mode='o2o', nonlinear=False) - base
    assert o2o == sum(4 * 16 * c for c in (32, 24, 32, 64, 160))
    assert parameters(aspp=False) < parameters()


def test_corners_are_laid_out_row_by_row():
    corners = torch.arange(8.0).view(1, 2, 4, 1, 1)
    assert spread(corners)[0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]


def test_pooling_and_upsampling_by_hand():
    x = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]])[None, None]
    index = torch.tensor([[1.0, 0, 0.25, 0.25], [0, 0, 0.25, 0.25]])[None, None]
    pooled = indexed_pool(x, index)
    assert pooled[0, 0].tolist() == [[1, 5.5]]
    assert indexed_upsample(pooled, index)[0, 0].tolist() == [
        [1, 0, 1.375, 1.375], [0, 0, 1.375, 1.375]
    ]  # fmt: skip


@pytest.mark.parametrize('mode', ['holistic', 'o2o', 'm2o'])
@pytest.mark.parametrize('nonlinear', [False, True])
@pytest.mark.parametrize('context', [False, True])
def test_index_maps(mode, nonlinear, context):
    torch.manual_seed(0)
    block = IndexBlock(3, mode, nonlinear, context).eval()
    x = torch.randn(2, 3, 6, 8)
    with torch.no_grad():
        down, up = block(x)
    assert down.shape == up.shape == (2, 1 if mode == 'holistic' else 3, 6, 8)
    cells = torch.nn.functional.avg_pool2d(down, 2) * 4
    torch.testing.assert_close(cells, torch.ones_like(cells))
    assert ((up > 0) & (up < 1)).all()
    # What a cell's index depends on: the cell, or one more pixel around it.
    changed = x.clone()
    changed[:, 0, 1, 5] += 5  # in the cell of rows 0, 1 and columns 4, 5
    with torch.no_grad():
        moved = (block(changed)[1] - up).abs() > 1e-7
    rows, columns = moved.any(0).any(0).nonzero().T
    reach = (2, 4) if context else (0, 2)
    assert rows.min() == 0 and columns.max() == (7 if context else 5)
    assert rows.max() == reach[1] - 1 and columns.min() == 4, 'column 5 is in the next window too'
    assert moved.any(2).any(2).any(0).sum() == {'holistic': 1, 'o2o': 1, 'm2o': 3}[mode]


def test_linear_index_block_by_hand():
    block = IndexBlock(1, 'o2o', nonlinear=False, context=False)
    for k, branch in enumerate(block.branches):
        branch[0].weight.data.zero_()
        branch[0].weight.data.view(-1)[k] = 1  # each corner looks at itself
    x = torch.tensor([[0.0, 1], [2, 3]])[None, None]
    down, up = (each[0, 0].flatten() for each in block(x))
    torch.testing.assert_close(up, x.flatten().sigmoid())
    torch.testing.assert_close(down, x.flatten().sigmoid().softmax(0))


def test_an_unknown_mode_is_refused():
    with pytest.raises(InputError, match='holistic, o2o, m2o'):
        IndexBlock(3, 'all')


def test_the_packages_imagenet_weights_are_taken_over():
    net = IndexNetMatting(pretrained='mobilenet_v2')
    net.init_weights()
    given = imagenet_weights('mobilenet_v2')
    own = net.state_dict()
    encoder = [k for k in own if k.startswith(('conv1', 'layer')) and 'num_batches' not in k]
    assert set(encoder) == {k for k in given if not k.startswith(('conv2', 'classifier'))}
    for key in encoder:
        kept = own[key][:, :3] if key == 'conv1.conv.weight' else own[key]
        assert torch.equal(kept, given[key]), key
    assert not own['conv1.conv.weight'][:, 3].any()


@pytest.mark.parametrize('mode', ['holistic', 'o2o'])
def test_the_network_in_other_modes(mode):
    net = network('indexnet', index_mode=mode, aspp=False).eval()
    with torch.no_grad():
        alpha = net(torch.rand(1, 3, 64, 32), torch.rand(1, 1, 64, 32))
    assert alpha.shape == (1, 1, 64, 32)


def test_frozen_norms_keep_their_statistics():
    net = network('indexnet', norm_eval=True).train()
    assert not net.layer3[0].depthwise_conv.bn.training and net.decoder[0][1].training
