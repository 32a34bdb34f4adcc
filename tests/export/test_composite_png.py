from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.export.composite_png import composite, cover, write_composite_png
from sosmatting.visualization.sheet import on_checker_board

from .matte_cases import make_job, soft_mattes, srgb_profile


def expected(background: np.ndarray) -> np.ndarray:
    """The rule, by plain arithmetic over the whole frame."""
    mattes = soft_mattes()
    unit = mattes.alphas / 255.0
    total = unit.sum(0)[..., None]
    objects = mattes.image * total / np.maximum(total, 1)
    return (objects + (1 - np.minimum(total, 1)) * background).round()


def test_over_a_colour_with_profile(tmp_path: Path) -> None:
    mattes = soft_mattes(icc_profile=srgb_profile(), dpi=(96.0, 96.0))
    write_composite_png(tmp_path / 'a.png', make_job(mattes, background=(12, 200, 90)))
    with Image.open(tmp_path / 'a.png') as image:
        assert image.mode == 'RGB' and image.info['icc_profile'] == mattes.icc_profile
        seen = np.asarray(image)
    assert np.abs(seen - expected(np.array([12, 200, 90]))).max() <= 1
    assert seen[0, 0].tolist() == [12, 200, 90]


def test_over_a_picture_that_covers_the_photo() -> None:
    ramp = np.tile(np.arange(0, 240, 2, dtype=np.uint8)[:, None, None], (1, 60, 3))
    behind = cover(ramp, 60, 90)  # 120 x 60 grows to 180 x 90; the middle 60 rows are used
    assert behind.shape == (60, 90, 3)
    rows = (60 + np.arange(60) + 0.5) / 180 * 240 - 1
    assert np.abs(behind[:, 0, 0] - rows).max() <= 1
    seen = composite(make_job(soft_mattes(), background=ramp))
    assert np.abs(seen - expected(behind.astype(float))).max() <= 1


def test_a_larger_picture_is_shrunk_by_area() -> None:
    stripes = np.zeros((120, 180, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (cover(stripes, 60, 90) == 100).all()
    assert cover(np.zeros((7, 3, 3), np.uint8), 60, 90).shape == (60, 90, 3)


def test_without_a_background_it_is_the_checker_board() -> None:
    mattes = soft_mattes()
    seen = composite(make_job(mattes))
    assert np.abs(seen.astype(int) - on_checker_board(mattes.image, mattes.alphas)).max() <= 1


def test_over_nothing_it_is_one_cut_out_of_all() -> None:
    mattes = soft_mattes()
    seen = composite(make_job(mattes, background='transparent'))
    total = np.minimum((mattes.alphas / 255.0).sum(0), 1)
    assert np.array_equal(seen[..., 3], (total * 255).round())
    assert np.abs(seen[total > 0, :3].astype(int) - mattes.image[total > 0]).max() <= 1
    assert not seen[total == 0].any()


@pytest.mark.parametrize('background', [(1, 2, 3), 'transparent'])
def test_no_matte(background: tuple | str) -> None:
    job = make_job(soft_mattes()[:0], background=background)
    values = [1, 2, 3] if background != 'transparent' else [0, 0, 0, 0]
    assert (composite(job) == values).all()
