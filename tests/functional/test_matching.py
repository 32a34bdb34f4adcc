"""Overlaps, matching and IMQ against hand arithmetic and loops."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as rle

from sosmatting.functional import matching
from sosmatting.functional.matching import (
    eight_bit,
    hungarian,
    imq_scores,
    imq_sums,
    mask_iou,
    soft_iou,
)


def random_mattes(rng: np.random.Generator, count: int, shape: tuple[int, int]) -> np.ndarray:
    """8-bit mattes, many of them with zeros, ones and empty parts."""
    mattes = rng.integers(-120, 376, (count, *shape)).clip(0, 255).astype(np.uint8)
    for matte in mattes:
        y, x = rng.integers(0, shape[0] + 1), rng.integers(0, shape[1] + 1)
        matte[:y] = 0
        matte[:, x:] = 0
    return mattes


def loop_soft_iou(p: np.ndarray, g: np.ndarray) -> float:
    low = high = 0
    for a, b in zip(p.ravel().tolist(), g.ravel().tolist(), strict=True):
        low, high = low + min(a, b), high + max(a, b)
    return low / high if high else 0.0


def test_by_hand() -> None:
    p = torch.zeros(2, 4, 4, dtype=torch.uint8)
    g = torch.zeros(1, 4, 4, dtype=torch.uint8)
    p[0, 0] = torch.tensor([255, 128, 1, 0])
    g[0, 0] = torch.tensor([255, 255, 0, 4])
    assert mask_iou(p, g).tolist() == [[2 / 4], [0.0]]
    assert mask_iou(p, g, floor=2).tolist() == [[2 / 3], [0.0]]
    assert soft_iou(p, g).tolist() == [[(255 + 128) / (255 + 255 + 1 + 4)], [0.0]]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(0, 4),
    st.integers(0, 3),
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(1, 6),
)
def test_both_equal_the_loop(
    seed: int, n: int, m: int, height: int, width: int, floor: int
) -> None:
    rng = np.random.default_rng(seed)
    p, g = (random_mattes(rng, count, (height, width)) for count in (n, m))
    soft = soft_iou(torch.from_numpy(p), torch.from_numpy(g))
    hard = mask_iou(torch.from_numpy(p), torch.from_numpy(g), floor)
    assert soft.shape == hard.shape == (n, m)
    assert soft.dtype == hard.dtype == torch.float64
    for i, j in itertools.product(range(n), range(m)):
        assert soft[i, j].item() == loop_soft_iou(p[i], g[j])
        assert hard[i, j].item() == loop_soft_iou(p[i] >= floor, g[j] > 0)


def test_soft_iou_of_binary_mattes_is_pycocotools_iou() -> None:
    rng = np.random.default_rng(0)
    p, g = (rng.random((count, 20, 30)) < 0.4 for count in (6, 5))
    crowd = [0, 1, 0, 0, 1]
    codes = [[rle.encode(np.asfortranarray(x.astype(np.uint8))) for x in some] for some in (p, g)]
    ours = soft_iou(torch.from_numpy(p), torch.from_numpy(g), torch.tensor(crowd).bool())
    assert ours.tolist() == rle.iou(codes[0], codes[1], crowd).tolist()


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    p, g = (torch.from_numpy(random_mattes(rng, count, (12, 12))) for count in (7, 3))
    whole = soft_iou(p, g)
    monkeypatch.setattr(matching, 'CHUNK_PIXELS', 100)
    assert torch.equal(soft_iou(p, g), whole)


def test_floats_and_masks_become_8_bit() -> None:
    floats = torch.tensor([[[0.0, 0.4 / 255, 0.6 / 255, 1.0, float('nan')]]])
    assert eight_bit(floats).tolist() == [[[0, 0, 1, 255, 0]]]
    assert eight_bit(torch.tensor([[[True, False]]])).tolist() == [[[255, 0]]]
    assert mask_iou(floats, torch.ones(1, 1, 5)).tolist() == [[2 / 5]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 4), st.integers(0, 4))
def test_hungarian_finds_the_best_of_all_assignments(seed: int, n: int, m: int) -> None:
    iou = np.random.default_rng(seed).random((n, m)).round(2)
    rows, columns = hungarian(torch.from_numpy(iou))
    assert len(rows) == len(columns) == min(n, m)
    assert len(set(rows.tolist())) == len(set(columns.tolist())) == min(n, m)
    tall = iou if n >= m else iou.T
    best = max(
        sum(tall[i, j] for j, i in enumerate(order))
        for order in itertools.permutations(range(len(tall)), tall.shape[1])
    )
    assert iou[rows.numpy(), columns.numpy()].sum() == pytest.approx(best)


def test_hungarian_beats_the_greedy_choice_and_takes_nan_for_0() -> None:
    iou = torch.tensor([[0.9, 0.8], [0.8, 0.1]])
    assert [x.tolist() for x in hungarian(iou)] == [[0, 1], [1, 0]]
    rows, columns = hungarian(torch.tensor([[float('nan'), 0.2]]))
    assert (rows.tolist(), columns.tolist()) == ([0], [1])


def test_imq_by_hand() -> None:
    """Three predictions, two instances; one pair at 0.8, one at 0.6."""
    ious = torch.tensor([0.8, 0.6])
    union_errors = torch.tensor([[0.01, 0.0, 0.2, 0.05], [0.05, 0.02, 0.0, 0.0]])
    sums = imq_sums(ious, union_errors, predictions=3, instances=2)
    expected = [[2, 1, 0, 1.4, 1.8, 1.0, 1.5], [1, 2, 1, 0.9, 1.0, 0.0, 0.5]]
    np.testing.assert_allclose(sums.numpy(), expected, atol=1e-7)
    # another image: nothing predicted, one instance: one miss, never a skip
    missed = imq_sums(torch.zeros(0), torch.zeros(0, 4), predictions=0, instances=1)
    assert missed.tolist() == [[0, 0, 1, 0, 0, 0, 0]] * 2
    scores = imq_scores(sums + missed)
    half = scores['0.5']
    assert (half['TP'], half['FP'], half['FN']) == (2, 1, 1)
    assert half['RQ'] == pytest.approx(100 * 2 / 3)
    assert half['IMQ_MAD'] == pytest.approx(100 * 1.4 / 3)
    assert half['MQ_MAD'] == pytest.approx(70)
    assert scores['0.75']['IMQ_Conn'] == pytest.approx(100 * 0.5 / 3)
    for score in scores.values():
        for name in ('MAD', 'MSE', 'Grad', 'Conn'):
            product = score[f'MQ_{name}'] * score['RQ'] / 100
            assert score[f'IMQ_{name}'] == pytest.approx(product)


def test_imq_of_the_perfect_and_of_nothing() -> None:
    sums = imq_sums(torch.ones(3), torch.zeros(3, 4), predictions=3, instances=3)
    assert imq_scores(sums)['0.75'] == {
        'TP': 3,
        'FP': 0,
        'FN': 0,
        'RQ': 100.0,
        **{f'{kind}_{e}': 100.0 for e in matching.IMQ_ERRORS for kind in ('IMQ', 'MQ')},
    }
    empty = imq_scores(torch.zeros(2, 7, dtype=torch.float64))['0.5']
    assert math.isnan(empty['RQ']) and math.isnan(empty['IMQ_MAD']) and empty['MQ_MAD'] == 0
    noise = imq_scores(imq_sums(torch.zeros(0), torch.zeros(0, 4), 5, 0))['0.5']
    assert noise['FP'] == 5 and noise['RQ'] == 0 and noise['IMQ_Grad'] == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(1, 5))
def test_the_order_of_the_instances_changes_nothing(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    p, g = (torch.from_numpy(random_mattes(rng, count, (6, 7))) for count in (n, m))
    rows, columns = rng.permutation(n), rng.permutation(m)
    for overlap in (mask_iou, soft_iou):
        iou, turned = overlap(p, g), overlap(p[rows], g[columns])
        assert torch.equal(turned, iou[rows][:, columns])
        best, again = (iou[hungarian(iou)].sum(), turned[hungarian(turned)].sum())
        assert best.item() == pytest.approx(again.item())
