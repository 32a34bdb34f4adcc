"""Mistakes in mattes are of the kinds that are named, no larger than they may be, and taught."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from sosmatting.models.look_perturbing import (
    blot_out,
    cut_off,
    neighbours,
    perturb,
    spill,
)
from tests.models.networks import sample_of
from tests.models.test_second_look import build_look, disc, found, twice_as_large

SEEDS = range(12)


def soft_disc(hw=(64, 80), centre=(40, 30), radius=18):
    return torch.from_numpy(disc(hw, centre, radius)) / 255.0


def wrong_by(mistake, seed):
    torch.manual_seed(seed)
    alpha = soft_disc()
    wrong = mistake(alpha)
    assert wrong.shape == alpha.shape and wrong.min() >= 0 and wrong.max() <= 1
    return alpha.numpy(), wrong.numpy()


def separable(one, other):
    """Whether a straight line lies between two sets of points: a linear programme has an answer."""
    rows = np.vstack([np.c_[one, np.ones(len(one))], -np.c_[other, np.ones(len(other))]])
    return linprog(np.zeros(3), rows, -np.ones(len(rows)), bounds=(None, None)).status == 0


@pytest.mark.parametrize('seed', SEEDS)
def test_what_lies_beyond_a_line_is_cut_off(seed):
    alpha, wrong = wrong_by(cut_off, seed)
    assert (wrong <= alpha).all()
    assert wrong.sum() >= 0.48 * alpha.sum()
    inside = alpha == 1
    gone, kept = (np.argwhere(inside & part) for part in (wrong < 0.4, wrong > 0.6))
    assert separable(gone, kept)
    assert not separable(np.argwhere((np.arange(80) < 40) & inside), np.argwhere(inside))


def test_as_much_is_cut_off_as_not():
    shares = [(wrong.sum() / alpha.sum()) for alpha, wrong in (wrong_by(cut_off, s) for s in SEEDS)]
    assert min(shares) < 0.65 and max(shares) > 0.85


@pytest.mark.parametrize('seed', SEEDS)
def test_a_spot_is_blotted_out(seed):
    alpha, wrong = wrong_by(blot_out, seed)
    gone = alpha - wrong
    assert gone.min() >= 0 and gone.max() > 0.9
    # Half axes of at most 0.4 of the root of the area: pi * 0.4 ** 2 = 0.50 of it, and soft edges.
    assert 0.01 * alpha.sum() < gone.sum() < 0.6 * alpha.sum()


@pytest.mark.parametrize('seed', SEEDS)
def test_a_spot_is_added_nearby(seed):
    alpha, wrong = wrong_by(spill, seed)
    added = wrong - alpha
    assert added.min() >= 0 and added.sum() < 0.6 * alpha.sum()
    # Its middle is within 0.4 roots of a place inside, its half axis is 0.4: root 32, radius 18.
    y, x = np.argwhere(added > 0.5).T
    if len(y):
        assert np.hypot(y - 29.5, x - 39.5).max() < 18 + 2 * 0.4 * 32 + 2


def test_some_spots_are_added_outside():
    assert max((wrong - alpha).sum() for alpha, wrong in (wrong_by(spill, s) for s in SEEDS)) > 50


def test_neighbours_are_a_tenth_of_the_longer_side_apart():
    boxes = torch.tensor([[0.0, 0, 20, 40], [24, 10, 30, 16], [35, 0, 40, 5], [0, 45, 20, 50]])
    near = [[False, True, False, False], [True, False, False, False], [False] * 4, [False] * 4]
    assert neighbours(boxes).tolist() == near


def test_mattes_run_together_with_smaller_neighbours_alone():
    large, small = disc((64, 80), (30, 30), 15), disc((64, 80), (54, 30), 7)
    away = disc((64, 80), (72, 8), 5)
    stored = torch.from_numpy(np.stack([large, small, away]))
    both = torch.from_numpy(np.maximum(large, small)) / 255.0
    together = 0
    for seed in range(40):
        torch.manual_seed(seed)
        wrong = perturb(stored, 1.0)
        together += torch.equal(wrong[0], both)
        assert wrong[1, 30, 20] < 1e-6 and wrong[2, 30, 20:60].max() < 1e-6
    assert 3 <= together <= 20  # one mistake of four: 10 are expected


def test_as_many_mattes_as_wanted_are_wrong():
    stored = torch.from_numpy(np.stack([disc((64, 80), (40, 30), 12 + k) for k in range(10)]))
    tiny = torch.from_numpy(disc((64, 80), (10, 10), 2))[None]
    stored = torch.cat([stored, tiny, torch.zeros_like(tiny)])
    before = stored.clone()
    wrong = []
    for seed in range(20):
        torch.manual_seed(seed)
        changed = perturb(stored, 0.3)
        wrong.append((changed != stored / 255.0).flatten(1).any(1))
        torch.manual_seed(seed)
        assert torch.equal(changed, perturb(stored, 0.3))
    assert torch.equal(stored, before)
    wrong = torch.stack(wrong)
    assert 35 <= wrong[:, :10].sum() <= 85  # 60 are expected, less spots added inside
    assert not wrong[:, 10:].any()  # too small, empty
    assert torch.equal(perturb(stored, 0.0), stored / 255.0)
    assert perturb(stored[:0], 1.0).shape == (0, 64, 80)


def test_the_second_look_is_taught_at_wrong_mattes():
    frame = torch.randn(1, 3, 128, 160, generator=torch.Generator().manual_seed(1))
    first = found(disc((64, 80), (30, 30), 14), disc((64, 80), (62, 40), 9))
    truth = sample_of(np.stack([twice_as_large(each) for each in first.alphas.numpy()]))

    def taught(share):
        look = build_look(perturb=share)
        torch.manual_seed(3)
        return look.loss(frame, [first], [truth])

    right, wrong = taught(0.0), taught(1.0)
    assert right['first_iou'] > 0.97 > 0.95 > wrong['first_iou']
    assert wrong['loss_again_iou'] > right['loss_again_iou']
