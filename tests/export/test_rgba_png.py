from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_cdt

from sosmatting.export.job import MARGIN
from sosmatting.export.rgba_png import write_rgba_png

from .matte_cases import make_job, make_mattes, soft_mattes, srgb_profile


def test_colours_are_the_photos_near_the_matte_and_black_elsewhere(tmp_path: Path) -> None:
    mattes = soft_mattes()
    write_rgba_png(tmp_path / 'a.png', make_job(mattes), 2)
    with Image.open(tmp_path / 'a.png') as image:
        assert image.mode == 'RGBA'
        back = np.asarray(image)
    assert np.array_equal(back[..., 3], mattes.alphas[2]), 'straight, full frame'
    away = distance_transform_cdt(mattes.alphas[2] == 0, 'chessboard')
    near = away <= MARGIN
    assert np.array_equal(back[near, :3], mattes.image[near])
    assert not back[~near, :3].any() and (~near).sum() > 3000


def test_16_bits(tmp_path: Path) -> None:
    mattes = make_mattes(1, np.uint16)
    write_rgba_png(tmp_path / 'a.png', make_job(mattes, bits=16), 0)
    back = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert back.dtype == np.uint16
    assert np.array_equal(back[..., 3], mattes.alphas[0])
    assert np.array_equal(back[..., 2::-1], mattes.image * np.uint16(257))


def test_cropped_with_profile_and_resolution(tmp_path: Path) -> None:
    profile = srgb_profile()
    mattes = soft_mattes(icc_profile=profile, dpi=(72.0, 72.0))
    write_rgba_png(tmp_path / 'a.png', make_job(mattes, crop=True), 1)
    with Image.open(tmp_path / 'a.png') as image:
        assert image.size == (40, 40)
        assert image.info['icc_profile'] == profile
        assert image.info['dpi'] == pytest.approx((72, 72), abs=0.02)
        back = np.asarray(image)
    assert np.array_equal(back[..., 3], mattes.alphas[1, 15:55, 35:75])
    opaque = back[..., 3] > 0
    assert np.array_equal(back[opaque, :3], mattes.image[15:55, 35:75][opaque])


@pytest.mark.parametrize('hw', [(1, 1), (1, 7), (5, 1)])
def test_tiny_photos(tmp_path: Path, hw: tuple[int, int]) -> None:
    mattes = make_mattes(1, hw=hw)
    mattes.alphas[:] = 9
    for crop in (False, True):
        write_rgba_png(tmp_path / 'a.png', make_job(mattes, crop=crop), 0)
        back = cv2.imread(str(tmp_path / 'a.png'), -1)
        assert np.array_equal(back[..., :3], mattes.image[..., ::-1]) and (back[..., 3] == 9).all()
