"""Targets of a batch: shrinking, drawing, and mmdet's own assignment."""

import numpy as np
import pytest
import torch

from sosmatting.models.matte_targets import MatteTargets, draw_one_each
from tests.models.networks import HEAD, build_mmdet_solov2, build_soso, sample_of


def discs(rng, count, size_hw, radii=(6, 40)):
    """Draw discs far from the borders as (N, H, W) uint8 0/255."""
    height, width = size_hw
    ys, xs = np.mgrid[:height, :width]
    alphas = np.zeros((count, height, width), np.uint8)
    for alpha in alphas:
        r = rng.uniform(*radii)
        cy, cx = rng.uniform(r, height - r), rng.uniform(r, width - r)
        alpha[(ys - cy) ** 2 + (xs - cx) ** 2 <= r * r] = 255
    return alphas


def test_assignment_equals_mmdet_where_no_cell_is_contested():
    peer = build_mmdet_solov2().mask_head
    head = build_soso().mask_head
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(40):
        sample = sample_of(discs(rng, 3, (192, 256)), torch.tensor([0, 1, 2]))
        (target,) = head.targets([sample], torch.device('cpu'), 4, None)
        one_by_one = [
            head.targets([single], torch.device('cpu'), 4, None)[0].cells
            for single in (sample_of(sample.gt_instances.masks.alphas[k : k + 1]) for k in range(3))
        ]
        if len(torch.cat(one_by_one).unique()) < len(torch.cat(one_by_one)):
            continue  # a contested cell: ours gives it to the smaller instance
        peer_masks, peer_labels, peer_positive, _ = peer._get_targets_single(
            sample.gt_instances, featmap_sizes=(48, 64)
        )
        assert torch.equal(torch.cat([label.flatten() for label in peer_labels]), target.labels)
        assert torch.equal(torch.cat(peer_positive).nonzero()[:, 0], target.cells)
        ours = target.coarse[target.owners]
        # mmdet lists the cells of a level instance by instance, ours row by row: compare as sets.
        theirs = torch.cat(peer_masks).float()
        assert len(theirs) == len(ours)
        assert torch.allclose(
            theirs.flatten(1).sum(1).sort().values,
            (ours >= 0.5).float().flatten(1).sum(1).sort().values,
            atol=30,
        )
        compared += 1
    assert compared >= 10


def test_smaller_instance_owns_the_contested_cell():
    alphas = np.zeros((2, 64, 64), np.uint8)
    alphas[0, 4:60, 4:60] = 255
    alphas[1, 24:40, 24:40] = 255
    head = build_soso().mask_head
    (target,) = head.targets([sample_of(alphas)], torch.device('cpu'), 4, 1)
    # Both centres lie in the middle cell of the first level.
    grid = HEAD['num_grids'][0]
    middle = (grid // 2) * grid + grid // 2
    owner = dict(zip(target.cells.tolist(), target.owners.tolist(), strict=True))
    assert owner[middle] == 1
    assert target.without_cell == 0


@pytest.mark.parametrize('stride', [1, 2])
def test_fine_targets_are_the_mattes_of_the_drawn_cells(stride):
    rng = np.random.default_rng(1)
    alphas = (discs(rng, 3, (64, 96), (8, 20)) * rng.uniform(0.3, 1, (3, 1, 1))).astype(np.uint8)
    head = build_soso().mask_head
    (target,) = head.targets([sample_of(alphas)], torch.device('cpu'), 4, stride)
    assert len(target.drawn) == len(target.owners.unique())
    for place, fine in zip(target.drawn.tolist(), target.fine, strict=True):
        alpha = alphas[target.owners[place]] / 255.0
        expected = alpha.reshape(64 // stride, stride, 96 // stride, stride).mean((1, 3))
        assert np.allclose(fine.numpy(), expected, atol=1e-6)


def test_hard_images_are_not_supervised_in_detail():
    rng = np.random.default_rng(1)
    head = build_soso().mask_head
    sample = sample_of(discs(rng, 3, (64, 96), (8, 20)), matte='hard', complete=(0, 2))
    (target,) = head.targets([sample], torch.device('cpu'), 4, 1)
    assert len(target.cells) > 0 and len(target.drawn) == len(target.fine) == 0
    assert target.complete.tolist() == [True, False, True, False]


def test_draw_takes_one_of_each_and_not_always_the_same():
    owners = torch.tensor([2, 0, 0, 2, 2, 5])
    draws = []
    for seed in range(20):
        torch.manual_seed(seed)
        drawn = draw_one_each(owners)
        assert owners[drawn].sort().values.tolist() == [0, 2, 5]
        draws.append(tuple(drawn.tolist()))
    assert len(set(draws)) > 3
    torch.manual_seed(4)
    assert draws[4] == tuple(draw_one_each(owners).tolist())
    assert draw_one_each(torch.zeros(0, dtype=torch.long)).shape == (0,)


@pytest.mark.parametrize('count', [0, 1, 200])
def test_many_one_or_no_instance(count):
    alphas = np.zeros((count, 96, 96), np.uint8)
    for k in range(count):
        y, x = divmod(k * 41 % (90 * 90), 90)
        alphas[k, y : y + 4, x : x + 4] = 255
    head = build_soso().mask_head
    (target,) = head.targets([sample_of(alphas)], torch.device('cpu'), 4, 1)
    assert target.coarse.shape == (count, 24, 24)
    assert len(target.cells) == (target.labels < 4).sum()
    assert 0 <= target.without_cell <= count
    assert target.owners.unique().numel() == count - target.without_cell


def test_one_pixel_instance_gets_a_cell():
    alphas = np.zeros((1, 64, 64), np.uint8)
    alphas[0, 31, 17] = 255
    head = build_soso().mask_head
    (target,) = head.targets([sample_of(alphas)], torch.device('cpu'), 4, 1)
    assert len(target.cells) == 1 and target.without_cell == 0
    assert target.coarse.sum() * 16 == 1


def test_unknown_choice_of_cells_is_refused():
    with pytest.raises(ValueError, match='detail_cells'):
        MatteTargets((4,), ((1, 9),), 0.2, 'smaller', 4, 'two')
