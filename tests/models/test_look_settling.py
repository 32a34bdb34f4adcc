"""The last touch on mattes, by what the photo's colours say."""

import cv2
import numpy as np
import pytest
import torch

from sosmatting.functional.matting_laplacian import MattingLaplacian
from sosmatting.models.look_settling import AlphaSettler


def scene(side=48, noise=0.05):
    """A soft half plane of one colour before another: photos (1, 3, s, s) and alpha (s, s)."""
    x = np.arange(side) + 0.5
    alpha = np.tile(np.clip((x - 22) / 4, 0, 1), (side, 1))
    inner, outer = np.array([1.5, -0.5, 0.2]), np.array([-1.0, 0.5, 0.4])
    photo = alpha * inner[:, None, None] + (1 - alpha) * outer[:, None, None]
    photo = photo + np.random.default_rng(0).normal(0, noise, photo.shape)
    return torch.from_numpy(photo[None]).float(), alpha


@pytest.mark.parametrize('shift', [-2, 2])
def test_a_vague_matte_beside_the_contour_moves_onto_it(shift):
    photos, alpha = scene()
    x = np.arange(48) + 0.5
    vague = np.tile(1 / (1 + np.exp(-(x - 24 - shift) / 2)), (48, 1))
    settled = AlphaSettler()(torch.from_numpy(vague[None]).float(), photos, [None])[0].numpy()
    assert np.abs(settled - alpha).mean() < 0.4 * np.abs(vague - alpha).mean()
    assert settled.min() >= 0 and settled.max() <= 1


def test_sure_mattes_stay_where_there_is_no_contour():
    photos = torch.zeros(2, 3, 32, 32)
    alphas = torch.zeros(2, 32, 32)
    alphas[0] = 1
    settled = torch.stack(AlphaSettler()(alphas, photos, [None, None]))
    assert torch.allclose(settled, alphas, atol=1e-3)


def test_one_step_by_hand():
    photos, _ = scene(side=16)
    alphas = torch.rand(1, 16, 16, generator=torch.Generator().manual_seed(1))
    laplacian = MattingLaplacian(photos, 2, 2e-4)
    gradient = laplacian(alphas[:, None])[0, 0].double().numpy()
    trust = 0.03 * (2 * alphas[0].double().numpy() - 1) ** 2
    product = laplacian(laplacian(alphas[:, None]))[0, 0].double().numpy() + trust * gradient
    length = (gradient**2).sum() / (gradient * product).sum()
    wanted = np.clip((alphas[0].numpy() - length * gradient - 0.5) * 1.5 + 0.5, 0, 1)
    settled = AlphaSettler(trust=0.03, steps=1)(alphas, photos, [None])[0].numpy()
    assert np.allclose(settled, wanted, atol=1e-3)
    (untouched,) = AlphaSettler(steps=0, contrast=1.0)(alphas, photos, [None])
    assert torch.equal(untouched, alphas[0])


def test_what_is_drawn_small_is_enlarged_along_the_large_photos_contour():
    large, alpha = scene(side=96, noise=0.0)
    small = torch.nn.functional.avg_pool2d(large, 4)
    drawn = cv2.resize(alpha, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float32)
    plain, finer = AlphaSettler(contrast=1.0)(
        torch.from_numpy(np.stack([drawn, drawn])), small.expand(2, -1, -1, -1), [None, large[0]]
    )
    assert plain.shape == (24, 24) and finer.shape == (96, 96)
    enlarged = cv2.resize(plain.numpy(), (96, 96), interpolation=cv2.INTER_LINEAR)
    away = [np.abs(each - alpha).mean() for each in (finer.numpy(), enlarged)]
    assert away[0] < 0.4 * away[1]
