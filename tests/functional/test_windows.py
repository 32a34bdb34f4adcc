"""Windows of mattes: the same centres and shrunk mattes as over whole frames."""

import numpy as np
import pytest
import torch

from sosmatting.functional.windows import StoredMattes, window_of


def random_mattes(count: int, size_hw: tuple[int, int], seed: int = 0) -> torch.Tensor:
    """Draw noise in rectangles, some at the border, one empty."""
    rng = np.random.default_rng(seed)
    mattes = np.zeros((count, *size_hw), np.uint8)
    for k, matte in enumerate(mattes[1:]):
        top, left = rng.integers(0, size_hw[0] - 1), rng.integers(0, size_hw[1] - 1)
        part = matte[top : top + 1 + 5 * k, left : left + 1 + 3 * k]
        part[:] = rng.integers(0, 256, part.shape)
    return torch.from_numpy(mattes)


def test_window_of() -> None:
    mask = torch.zeros(6, 8, dtype=torch.bool)
    assert window_of(mask) is None
    mask[2, 3] = mask[4, 6] = True
    assert window_of(mask) == (slice(2, 5), slice(3, 7))
    assert window_of(mask, 2) == (slice(0, 6), slice(1, 8))
    assert window_of(mask.to(torch.uint8) * 3) == (slice(2, 5), slice(3, 7))


def test_centres_are_weighted_means_of_pixels() -> None:
    mattes = random_mattes(12, (37, 50))
    centres, filled = StoredMattes(mattes).centres()
    ys, xs = np.mgrid[:37, :50]
    for matte, centre, any_ in zip(mattes.numpy(), centres, filled, strict=True):
        assert bool(any_) == bool(matte.any())
        mass = matte.sum(dtype=np.float64)
        expected = [(matte * xs).sum() / mass, (matte * ys).sum() / mass] if mass else [0, 0]
        assert centre.tolist() == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize('factor', [1, 2, 4])
@pytest.mark.parametrize('size', [(40, 48), (37, 50)])
def test_shrinking_averages_blocks(factor: int, size: tuple[int, int]) -> None:
    mattes = random_mattes(20, size)
    stored = StoredMattes(mattes)
    height, width = -(-size[0] // factor), -(-size[1] // factor)
    padded = torch.zeros(20, height * factor, width * factor)
    padded[:, : size[0], : size[1]] = mattes.float() / 255
    expected = padded.view(20, height, factor, width, factor).mean((2, 4))
    assert torch.allclose(stored.shrunk(factor), expected, atol=1e-6)
    chosen = torch.tensor([3, 0, 3, 19])
    assert torch.allclose(stored.shrunk(factor, chosen), expected[chosen], atol=1e-6)
    stored.windows = None  # as on a GPU: whole frames
    assert torch.allclose(stored.shrunk(factor, chosen), expected[chosen], atol=1e-6)
    assert torch.allclose(stored.centres()[0], StoredMattes(mattes).centres()[0], atol=1e-3)


def test_no_matte() -> None:
    stored = StoredMattes(torch.zeros(0, 9, 11, dtype=torch.uint8))
    assert stored.shrunk(4).shape == (0, 3, 3)
    centres, filled = stored.centres()
    assert centres.shape == (0, 2) and filled.shape == (0,)
