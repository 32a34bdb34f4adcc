"""Only the worst and the best keep pictures, whoever offers them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from sosmatting.evaluation.gallery import BEST, PANELS, WORST, Gallery, badness, panels, pick
from sosmatting.evaluation.image_scores import score_image
from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.rules import Rules


def instances(alphas: list[np.ndarray]) -> Instances:
    stack = torch.from_numpy(np.stack([np.zeros((40, 300), np.uint8), *alphas])[1:])
    count = len(alphas)
    return Instances(stack, torch.zeros(count, dtype=torch.int64), torch.ones(count).double())


def offered(levels: list[int | None], per_image: int = 3) -> list:
    """One instance of opacity 255 per level; its prediction has the level, None: missed."""
    images, gallery = [], Gallery()
    for start in range(0, len(levels), per_image):
        true, found = [], []
        for k, level in enumerate(levels[start : start + per_image]):
            matte = np.zeros((40, 300), np.uint8)
            matte[5:30, 20 + 60 * k : 60 + 60 * k] = 255
            true.append(matte)
            if level is not None:
                found.append((matte > 0) * np.uint8(level))
        p, g = instances(found), instances(true)
        scores = score_image(start, f'{start:03d}', p, g, instances([]), Rules(('per_instance',)))
        gallery.offer(scores, p, g, lambda: np.full((40, 300, 3), 99, np.uint8))
        images.append(scores)
    return images


def test_the_kept_are_the_picked() -> None:
    rng = np.random.default_rng(0)
    levels = [None if k % 9 == 0 else int(v) for k, v in enumerate(rng.permutation(200)[:90] + 50)]
    images = offered(levels)
    worst, best = pick(images)
    assert (len(worst), len(best)) == (WORST, BEST) == (20, 5)
    kept = {(image.name, j) for image in images for j in image.pictures}
    assert kept == {(image.name, j) for image, j in [*worst, *best]}
    assert [badness(image)[j] for image, j in worst[:10]] == [1.0] * 10, 'missed ones first'
    bad = [badness(image)[j] for image, j in worst]
    assert bad == sorted(bad, reverse=True)
    top = sorted((255 - level) / 255 for level in levels if level is not None)[:5]
    # IMQ divides by |U| + 1
    good = [badness(image)[j] * 1001 / 1000 for image, j in best]
    assert good == pytest.approx(top)


def test_a_small_set_shows_all_and_never_a_missed_one_as_good() -> None:
    images = offered([None, 200, None])
    worst, best = pick(images)
    assert len(worst) == 3 and len(best) == 1
    assert set(images[0].pictures) == {0, 1, 2}


def test_panels_show_the_surroundings() -> None:
    truth = np.zeros((600, 900), np.uint8)
    truth[100:500, 200:300] = 255
    photo = np.zeros((600, 900, 3), np.uint8)
    photo[..., 1] = 200
    found = panels(photo, truth // 2, truth)
    assert tuple(found) == PANELS
    pictures = {name: np.asarray(Image.open(io.BytesIO(found[name]))) for name in PANELS}
    assert {p.shape[:2] for p in pictures.values()} == {pictures['truth'].shape}
    assert max(pictures['truth'].shape) == 256
    assert pictures['truth'].max() == 255 and abs(int(pictures['prediction'].max()) - 127) <= 1
    assert abs(pictures['image'].mean((0, 1)) - [0, 200, 0]).max() < 4
    middle = pictures['error'][128, pictures['error'].shape[1] // 2]
    assert middle[2] > middle[0] + 40, 'blue: too transparent'
    assert set(panels(None, truth, truth)) == {'truth', 'prediction', 'error'}
    assert panels(photo, truth * 0, truth * 0)['truth']
