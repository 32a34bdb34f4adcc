"""Mistakes in mattes, and coarse ones: of the kinds that are named, no larger than they may be."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.optimize import linprog

from sosmatting.models import look_perturbing
from sosmatting.models.look_crops import LookCrops
from sosmatting.models.look_perturbing import (
    blot_out,
    coarsened,
    cut_off,
    drills,
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


def coarse_by(monkeypatch, cell, level, contrast, alphas):
    monkeypatch.setattr(look_perturbing, 'COARSE', (cell, 0.0))
    monkeypatch.setattr(look_perturbing, 'LEVEL', (level, level))
    monkeypatch.setattr(look_perturbing, 'CONTRAST', (contrast, contrast))
    return coarsened(alphas)[0].numpy()


def test_a_coarse_matte_is_what_a_coarse_grid_holds(monkeypatch):
    alpha = soft_disc()
    few = Image.fromarray(alpha.numpy()).resize((20, 16), Image.Resampling.BILINEAR)
    many = cv2.resize(np.asarray(few), (80, 64), interpolation=cv2.INTER_LINEAR)
    assert np.abs(coarse_by(monkeypatch, 4.0, 0.5, 1.0, alpha[None]) - many).max() < 2e-3
    expected = np.clip((many - 0.3) * 2 + 0.5, 0, 1)
    expected[many == 0] = 0
    away = np.abs(coarse_by(monkeypatch, 4.0, 0.3, 2.0, alpha[None]) - expected)
    # Where next to nothing is left, it is nothing.
    assert away[(many == 0) | (many > 0.01)].max() < 5e-3


def test_coarse_mattes_lose_what_is_thin_and_have_many_sizes():
    spoke = disc((64, 80), (40, 30), 18)
    spoke[29, 62:76] = 255
    stored = torch.from_numpy(np.stack([spoke, np.zeros_like(spoke)]))
    before = stored.clone()
    sizes, thin = [], []
    for seed in range(40):
        torch.manual_seed(seed)
        coarse = coarsened(stored)
        torch.manual_seed(seed)
        assert torch.equal(coarse, coarsened(stored))
        assert coarse.shape == stored.shape and coarse.min() >= 0 and coarse.max() <= 1
        assert coarse[1].max() == 0
        sizes.append((coarse[0] > 0.5).sum().item())
        thin.append(coarse[0, 29, 65:75].max().item())
    assert torch.equal(stored, before)
    area = (spoke > 127).sum()
    assert min(sizes) < 0.95 * area and max(sizes) > 1.05 * area
    assert min(thin) == 0 and max(thin) > 0.5
    assert coarsened(stored[:0]).shape == (0, 64, 80)


def drilled(first, samples, frames=None, share=1.0, **options):
    look = build_look(jitter=0.0, crops=(9, 9), drill=share, **options)
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    if frames is None:
        count = len(samples)
        frames = torch.randn(count, 3, 128, 160, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(3)
    return look.loss(frames, [first] * len(samples), samples)


def two_truths(**meta):
    small = disc((64, 80), (30, 30), 14), disc((64, 80), (62, 40), 9)
    return small, sample_of(np.stack([twice_as_large(each) for each in small]), **meta)


def test_truths_are_drawn_coarse_several_times():
    small, sample = two_truths()
    like = torch.zeros(5, 64, 80, dtype=torch.uint8)
    made = drills(sample, like)
    assert len(made) == 3 and all(each.made for each in made)
    for each in made:
        for coarse, alpha in zip(each.alphas.numpy(), small, strict=True):
            shared, union = (f(coarse, alpha / 255.0).sum() for f in (np.minimum, np.maximum))
            assert 0.4 < shared / union < 0.999
    assert not torch.equal(made[0].alphas, made[1].alphas)
    assert drills(two_truths(matte='hard')[1], like) == []
    assert drills(sample_of(np.zeros((0, 128, 160), np.uint8)), like) == []


def test_drills_teach_contours_as_found_mattes_do_and_the_judge_nothing(monkeypatch):
    monkeypatch.setattr(look_perturbing, 'coarsened', lambda alphas: alphas / 255.0)
    small, sample = two_truths()
    third = dict(shrinks=1.0, margin=0.15)
    nothing = found(*small)[:0]
    drill = drilled(nothing, [sample], third=third)
    assert drill['loss_again_quality'] == 0 and drill['contour_crops'] == 6

    look = build_look(jitter=0.0, crops=(6, 6))
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    look.crops = LookCrops((64, 96), least=24.0, **third)
    frames = torch.randn(1, 3, 128, 160, generator=torch.Generator().manual_seed(1))
    by_hand = look.loss(frames, [found(*small)], [sample])
    for name, value in by_hand.items():
        if name not in ('loss_again_quality', 'contour_crops'):
            assert torch.allclose(value, drill[name], rtol=1e-2), name
    assert by_hand['loss_again_quality'] > 0


def test_hard_masks_are_not_drilled():
    small, soft = two_truths()
    hard = two_truths(matte='hard')[1]
    first = found(*small)
    frames = torch.randn(2, 3, 128, 160, generator=torch.Generator().manual_seed(1))
    both = drilled(first, [soft, hard], frames)
    alone = drilled(first, [hard], frames[1:])
    plain = drilled(first, [hard], frames[1:], share=0.0)
    assert torch.allclose(both['loss_again_quality'], alone['loss_again_quality'], rtol=1e-3)
    assert torch.allclose(plain['loss_again_quality'], alone['loss_again_quality'], rtol=1e-3)
    assert both['loss_again_edge'] > 0 and alone['loss_again_edge'] == 0
    assert both['contour_crops'] == 6 and alone['contour_crops'] == 0
