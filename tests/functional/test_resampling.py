"""Resampling by parts against torch's resampling of the whole."""

import random

import pytest
import torch
import torch.nn.functional as F

from sosmatting.functional.resampling import AxisWeights


def dense(axis: AxisWeights) -> torch.Tensor:
    """Write the weights of all outputs as one (O, I) matrix."""
    matrix = torch.zeros(axis.outputs, axis.inputs)
    lo, hi = axis.inputs_of(0, axis.outputs)
    matrix[:, lo:hi] = axis.matrix(0, axis.outputs)
    return matrix


@pytest.mark.parametrize('seed', range(40))
def test_any_part_equals_that_part_of_the_whole(seed: int) -> None:
    rng = random.Random(seed)
    inputs = rng.randint(1, 90)
    outputs = rng.randint(1, 200) if seed % 2 else rng.randint(1, inputs)
    values = torch.rand(5, inputs, generator=torch.Generator().manual_seed(seed))
    whole = F.interpolate(
        values[None, None], (5, outputs), mode='bilinear', align_corners=False,
        antialias=outputs < inputs,
    )[0, 0]  # fmt: skip
    axis = AxisWeights(inputs, outputs)
    for _ in range(5):
        start = rng.randint(0, outputs - 1)
        stop = rng.randint(start + 1, outputs)
        lo, hi = axis.inputs_of(start, stop)
        part = values[:, lo:hi] @ axis.matrix(start, stop).T
        assert torch.allclose(part, whole[:, start:stop], atol=1e-5)


@pytest.mark.parametrize('seed', range(40))
def test_outputs_that_inputs_have_a_weight_in(seed: int) -> None:
    rng = random.Random(seed)
    inputs, outputs = rng.randint(1, 60), rng.randint(1, 120)
    axis = AxisWeights(inputs, outputs)
    start = rng.randint(0, inputs - 1)
    stop = rng.randint(start + 1, inputs)
    touched = (dense(axis)[:, start:stop] > 0).any(1).nonzero()[:, 0]
    lo, hi = axis.outputs_of(start, stop)
    # Where several pixels make one, some inputs between two outputs' tents have no weight at all.
    assert len(touched) == 0 or (lo <= touched[0] and touched[-1] < hi)
    assert hi - lo <= len(touched) + 4


def test_weights_by_hand() -> None:
    assert dense(AxisWeights(2, 4)).tolist() == [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    third = dense(AxisWeights(3, 1))
    assert third.tolist()[0] == pytest.approx([2 / 7, 3 / 7, 2 / 7])
    assert torch.equal(dense(AxisWeights(5, 5)), torch.eye(5))
