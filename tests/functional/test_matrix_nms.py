"""Matrix NMS against a loop reference and against mmdet's."""

import math

import pytest
import torch
from mmdet.models.layers.matrix_nms import mask_matrix_nms

from sosmatting.functional import matrix_nms as matrix_nms_module
from sosmatting.functional.matrix_nms import decay_factors, matrix_nms, pairwise_mask_iou


def loop_scores(masks, labels, scores, kernel, sigma):
    """Decay every score by walking over pairs (SOLOv2, equations 4 and 5)."""
    order = sorted(range(len(scores)), key=lambda i: -float(scores[i]))
    sets = [set(masks[i].flatten().nonzero()[:, 0].tolist()) for i in range(len(scores))]

    def iou(i, j):
        union = len(sets[i] | sets[j])
        return len(sets[i] & sets[j]) / union if union and labels[i] == labels[j] else 0.0

    def f(value):
        return math.exp(-sigma * value * value) if kernel == 'gaussian' else 1 - value

    decayed = {}
    for rank, j in enumerate(order):
        factor = 1.0
        for place, i in enumerate(order[:rank]):
            most = max((iou(k, i) for k in order[:place]), default=0.0)
            factor = min(factor, f(iou(i, j)) / f(most))
        decayed[j] = float(scores[j]) * factor
    return decayed


def random_masks(count, seed=0, side=24):
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros(count, side, side, dtype=torch.bool)
    for k in range(count):
        y, x, h, w = (torch.randint(2, side - 6, (4,), generator=generator)).tolist()
        masks[k, y // 2 : y // 2 + h, x // 2 : x // 2 + w] = True
    labels = torch.randint(0, 3, (count,), generator=generator)
    return masks, labels, torch.rand(count, generator=generator)


@pytest.mark.parametrize('kernel', ['gaussian', 'linear'])
@pytest.mark.parametrize('count', [1, 2, 25])
def test_equals_a_loop(count, kernel):
    masks, labels, scores = random_masks(count)
    found, keep = matrix_nms(masks, labels, scores, kernel=kernel, sigma=2.0)
    expected = loop_scores(masks, labels, scores, kernel, 2.0)
    assert sorted(keep.tolist()) == list(range(count))
    for score, index in zip(found.tolist(), keep.tolist(), strict=True):
        assert score == pytest.approx(expected[index], abs=1e-5)
    assert found.tolist() == sorted(found.tolist(), reverse=True)


@pytest.mark.parametrize('kernel', ['gaussian', 'linear'])
def test_equals_mmdet(kernel):
    masks, labels, scores = random_masks(60, seed=3)
    areas = masks.flatten(1).sum(1).float()
    options = dict(kernel=kernel, sigma=2.0, nms_pre=40, max_num=20, filter_thr=0.05)
    found, keep = matrix_nms(masks, labels, scores, areas, **options)
    peer, peer_labels, _, peer_keep = mask_matrix_nms(
        masks, labels, scores, mask_area=areas, **options
    )
    assert torch.allclose(found, peer, atol=1e-6)
    assert torch.equal(keep, peer_keep)
    assert torch.equal(labels[keep], peer_labels)


def test_duplicate_decays_by_hand():
    masks = torch.ones(2, 4, 4, dtype=torch.bool)
    scores = torch.tensor([0.9, 0.8])
    same, _ = matrix_nms(masks, torch.tensor([1, 1]), scores, sigma=2.0)
    assert same.tolist() == pytest.approx([0.9, 0.8 * math.exp(-2)])
    other, _ = matrix_nms(masks, torch.tensor([1, 2]), scores, sigma=2.0)
    assert other.tolist() == pytest.approx([0.9, 0.8])
    linear, _ = matrix_nms(masks, torch.tensor([1, 1]), scores, kernel='linear')
    assert linear.tolist() == pytest.approx([0.9, 0.0])


def test_nothing_in_nothing_out():
    scores, keep = matrix_nms(
        torch.zeros(0, 4, 4, dtype=torch.bool), torch.zeros(0, dtype=torch.long), torch.zeros(0)
    )
    assert scores.shape == keep.shape == (0,)
    assert keep.dtype == torch.long


def test_empty_masks_overlap_by_zero():
    assert pairwise_mask_iou(torch.zeros(2, 3, 3, dtype=torch.bool)).tolist() == [[0, 0], [0, 0]]


def test_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match='kernel'):
        decay_factors(torch.zeros(1, 1), torch.zeros(1), 'cubic')


@pytest.mark.parametrize('tile', [1, 700, 1 << 20])
def test_statistics_equal_masks_decoded_one_by_one(monkeypatch, tile):
    monkeypatch.setattr(matrix_nms_module, 'TILE', tile)
    generator = torch.Generator().manual_seed(0)
    kernels = torch.randn(9, 6, generator=generator)
    feature = torch.randn(6, 13, 17, generator=generator)
    kernels[4] = feature[3] = 0  # a mask in which nothing is above the threshold
    masks, sizes, maskness = matrix_nms_module.mask_statistics(kernels, feature, 0.5)
    for k, kernel in enumerate(kernels):
        alpha = (kernel[:, None, None] * feature).sum(0).sigmoid()
        inside = alpha > 0.5
        assert (masks[k] != inside).sum() == 0 and sizes[k] == inside.sum()
        expected = alpha[inside].mean() if inside.any() else 0.0
        assert float(maskness[k]) == pytest.approx(float(expected), abs=1e-6)
    assert sizes[4] == 0 and (sizes[:4] > 0).all()


@pytest.mark.parametrize('integers', [False, True])
@pytest.mark.parametrize('block', [1, 3, 128])
def test_intersections_equal_sets(monkeypatch, block, integers):
    monkeypatch.setattr(matrix_nms_module, 'BLOCK', block)
    monkeypatch.setattr(matrix_nms_module, 'PIXELS', 50 * block)
    monkeypatch.setattr(matrix_nms_module, 'multiplies_int8', lambda: integers)
    masks, _, _ = random_masks(7, seed=5)
    sets = [set(mask.flatten().nonzero()[:, 0].tolist()) for mask in masks]
    found = matrix_nms_module.pairwise_intersections(masks.flatten(1))
    assert found.tolist() == [[len(a & b) for b in sets] for a in sets]


@pytest.mark.parametrize(('host', 'fast'), [('AVX512', True), ('AVX2', False), ('DEFAULT', False)])
def test_bytes_are_multiplied_where_that_is_fast(monkeypatch, host, fast):
    calls = []

    def multiply(left, right):
        calls.append(left.shape)
        return left.int() @ right.int()

    monkeypatch.setattr(torch.backends.cpu, 'get_cpu_capability', lambda: host)
    monkeypatch.setattr(torch, '_int_mm', multiply)
    masks = torch.tensor([[True, True, False], [False, True, True]])
    found = matrix_nms_module.pairwise_intersections(masks)
    assert found.tolist() == [[2, 1], [1, 2]] and bool(calls) == fast


@pytest.mark.parametrize('tile', [1, 100, 1 << 20])
def test_rows_are_counted(monkeypatch, tile):
    monkeypatch.setattr(matrix_nms_module, 'TILE', tile)
    masks = torch.rand(9, 37, generator=torch.Generator().manual_seed(1)) > 0.4
    masks[2], masks[3] = False, True
    expected = [sum(row) for row in masks.tolist()]
    assert matrix_nms_module.row_counts(masks).tolist() == expected
    assert matrix_nms_module.row_counts(masks.T).tolist() == [sum(row) for row in masks.T.tolist()]
    assert matrix_nms_module.row_counts(masks[:0]).shape == (0,)


def test_no_candidate_has_no_statistics():
    masks, sizes, maskness = matrix_nms_module.mask_statistics(
        torch.zeros(0, 6), torch.zeros(6, 5, 7), 0.5
    )
    assert masks.shape == (0, 5, 7) and sizes.shape == maskness.shape == (0,)
