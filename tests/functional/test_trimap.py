import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.functional.trimap import (
    check_trimap,
    trimap_around,
    trimap_from_alpha,
    trimap_from_mask,
)


def loop_dilate(region: np.ndarray, side: int, rounds: int, shape: str) -> np.ndarray:
    """Dilate a bool region pixel by pixel."""
    half = side // 2
    for _ in range(rounds):
        grown = region.copy()
        for y, x in np.argwhere(region):
            for dy in range(-half, half + 1):
                for dx in range(-half, half + 1):
                    inside = shape == 'square' or dx * dx + dy * dy <= half * half
                    if inside and 0 <= y + dy < len(region) and 0 <= x + dx < region.shape[1]:
                        grown[y + dy, x + dx] = True
        region = grown
    return region


def example() -> np.ndarray:
    alpha = np.zeros((24, 30), np.uint8)
    alpha[8:16, 8:22] = 255
    alpha[8:16, 7] = 100
    alpha[3, 25] = 1  # a hair: unknown as well
    return alpha


@pytest.mark.parametrize('shape', ['square', 'ellipse'])
@pytest.mark.parametrize('rounds', [0, 1, 3])
def test_unknown_is_what_is_soft_dilated(shape: str, rounds: int) -> None:
    alpha = example()
    trimap = trimap_from_alpha(np.random.default_rng(0), alpha, 3, rounds, shape)
    unknown = loop_dilate((alpha > 0) & (alpha < 255), 3, rounds, shape)
    assert ((trimap == 128) == unknown).all()
    assert ((trimap == 255) == ((alpha == 255) & ~unknown)).all()
    assert set(np.unique(trimap)) <= {0, 128, 255}


def test_all_kinds_of_alpha_agree() -> None:
    alpha = example()
    made = [
        trimap_from_alpha(np.random.default_rng(4), each)
        for each in (alpha, alpha.astype(np.uint16) * 257, alpha / 255)
    ]
    assert (made[0] == made[1]).all() and (made[0] == made[2]).all()


@pytest.mark.parametrize('make', [trimap_from_alpha, trimap_from_mask])
def test_a_seed_gives_one_trimap(make) -> None:
    given = example() if make is trimap_from_alpha else example() > 127
    found = [make(np.random.default_rng(k), given, (3, 7), (1, 6)).tobytes() for k in (1, 1, 2, 3)]
    assert found[0] == found[1] and len(set(found)) > 1


def test_a_mask_is_eroded_and_dilated() -> None:
    mask = example() > 127
    trimap = trimap_from_mask(np.random.default_rng(0), mask, 3, 2, 'square')
    outer = loop_dilate(mask, 3, 2, 'square')
    inner = ~loop_dilate(~mask, 3, 2, 'square')
    assert ((trimap > 0) == outer).all()
    assert ((trimap == 255) == inner).all()
    widths = set()
    for seed in range(40):
        trimap = trimap_from_mask(np.random.default_rng(seed), mask, 3, (1, 3), 'square')
        widths.add((int((trimap > 0).any(0).sum()) - 14, 14 - int((trimap == 255).any(0).sum())))
    assert widths == {(2 * a, 2 * b) for a in (1, 2, 3) for b in (1, 2, 3)}, 'drawn apart'


def test_around_a_contour() -> None:
    mask = np.zeros((30, 30), bool)
    mask[10:20, 10:20] = True
    trimap = trimap_around(mask, 3)
    assert trimap[15].tolist() == [0] * 7 + [128] * 6 + [255] * 4 + [128] * 6 + [0] * 7


def test_a_wrong_kernel_is_refused() -> None:
    for kernel, shape in ((3, 'star'), (0, 'square')):
        with pytest.raises(ValueError, match='kernel'):
            trimap_from_alpha(np.random.default_rng(0), example(), kernel, 1, shape)


def test_check_trimap_names_the_trouble_and_the_file():
    good = np.array([[0, 128, 255]], np.uint8)
    check_trimap(good, (1, 3))
    check_trimap(good[:, :2], (1, 2), both=False)
    for trimap, words in (
        (good.T, 'x.png: is 1 x 3 pixels, its photo 3 x 1'),
        (good + np.uint8(1), 'x.png: 2 pixels are none of 0, 128 and 255'),
        (good * 0, 'no pixel is unknown'),
        (good * 0 + np.uint8(128), 'every pixel is unknown'),
        (good.clip(128), 'no pixel is sure background'),
        (good.clip(0, 128), 'no pixel is sure foreground'),
    ):
        with pytest.raises(InputError, match=words):
            check_trimap(trimap, (1, 3), 'x.png')
