import numpy as np
import pytest

from sosmatting.export.job import MARGIN, box_of, plain_names, unique

from .matte_cases import make_job, soft_mattes, srgb_profile, swapped_profile


def test_a_cutout_is_the_box_and_a_margin_inside_the_photo() -> None:
    mattes = soft_mattes()
    cutout = make_job(mattes).cutout(2)
    assert (cutout.x, cutout.y) == (80 - MARGIN, 50 - MARGIN)
    assert cutout.alpha.shape == (60 - 42, 90 - 72), 'as far as the photo goes'
    assert np.array_equal(mattes.image[cutout.place], cutout.colours)
    rows, columns = cutout.box
    assert (cutout.alpha[rows, columns] == 255).all()
    assert (rows, columns) == (slice(8, 12), slice(8, 14))


def test_boxes_hold_the_faintest_pixel() -> None:
    alpha = np.zeros((9, 9), np.uint16)
    assert box_of(alpha) == (slice(0, 1), slice(0, 1))
    alpha[3, 7] = 1
    alpha[8, 2] = 65535
    assert box_of(alpha) == (slice(3, 9), slice(2, 8))


def test_names() -> None:
    assert make_job(soft_mattes()).names == ['person_01', 'dog_01', 'person_02']
    assert unique(['a', 'b', 'a', 'a_2', 'a']) == ['a', 'b', 'a_3', 'a_2', 'a_4']
    names = ['person_01', 'traffic-light_01', 'traffic.light_01', '3d_01', 'жираф_01', '']
    plain = plain_names(names)
    assert plain[:4] == ['person_01', 'traffic_light_01', 'traffic_light_01_2', '_3d_01']
    assert len(set(plain)) == len(names)
    assert all(set(name) <= set('_0123456789abcdefghijklmnopqrstuvwxyz') for name in plain)


def test_srgb_jobs_are_left_alone_and_others_are_converted(
    tmp_path: pytest.TempPathFactory,
) -> None:
    job = make_job(soft_mattes(icc_profile=srgb_profile()))
    assert job.in_srgb() is job
    job = make_job(soft_mattes(icc_profile=swapped_profile()), tmp_path)
    converted = job.in_srgb()
    assert converted.mattes.icc_profile is None
    difference = converted.mattes.image.astype(int) - job.mattes.image[..., ::-1]
    assert np.abs(difference).max() <= 1
