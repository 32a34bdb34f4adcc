import cv2
import numpy as np
import pytest

from sosmatting.functional.light import (
    colour_statistics,
    to_display,
    to_light,
    tone_table,
    transfer_colours,
)


def test_light_and_back() -> None:
    stored = np.arange(256, dtype=np.uint8)
    light = to_light(stored)
    assert light[[0, 255]].tolist() == [0, 1]
    assert light[188] == pytest.approx(((188 / 255 + 0.055) / 1.055) ** 2.4)
    assert light[5] == pytest.approx(5 / 255 / 12.92)
    assert np.abs(to_display(light) * 255 - stored).max() < 0.2
    assert to_display(np.array([-0.1, 1.2])).tolist() == [0, 1]


def test_statistics_weigh_pixels() -> None:
    bgr = np.zeros((10, 20, 3), np.uint8)
    bgr[:, :10], bgr[:, 10:] = (20, 60, 200), (200, 90, 10)
    weight = np.zeros((10, 20))
    weight[:, :10] = 0.7
    mean, spread = colour_statistics(bgr, weight)
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)
    assert mean == pytest.approx(lab[0, 0], abs=1e-6) and spread == pytest.approx(
        [0, 0, 0], abs=1e-4
    )
    both = colour_statistics(bgr)
    assert both[0] == pytest.approx(lab.reshape(-1, 3).mean(0))
    assert both[1] == pytest.approx(lab.reshape(-1, 3).std(0))
    assert (colour_statistics(bgr, weight * 0) == 0).all()


def test_transfer_goes_part_of_the_way() -> None:
    rng = np.random.default_rng(0)
    bgr = (rng.normal(120, 15, (40, 40, 3))).clip(0, 255).astype(np.uint8)
    own = colour_statistics(bgr)
    wanted = own + np.array([[20, 6, -6], [4, 0, 0]])
    assert (
        np.abs(transfer_colours(bgr, own, wanted, 0.0).astype(int) - bgr).max() <= 3
    )  # Lab rounds
    half = colour_statistics(transfer_colours(bgr, own, wanted, 0.5))
    assert half[0] - own[0] == pytest.approx([10, 3, -3], abs=1)
    whole = colour_statistics(transfer_colours(bgr, own, wanted, 1.0))
    assert whole[0] - own[0] == pytest.approx([20, 6, -6], abs=1.2)
    assert whole[1][0] == pytest.approx(wanted[1][0], abs=1)
    far = own + np.array([[200, 90, 90], [0, 0, 0]])
    limited = colour_statistics(transfer_colours(bgr, own, far, 1.0))
    assert limited[0] - own[0] == pytest.approx([40, 14, 14], abs=2), 'no colour runs away'


def test_tones() -> None:
    table = tone_table(np.array([1.0, 0.5, 2.0]), 1.0)
    assert table.shape == (1, 256, 3)
    assert table[0, 100].tolist() == [100, 50, 200] and table[0, 255].tolist() == [255, 128, 255]
    assert tone_table(np.ones(3), 2.0)[0, 128, 0] == round(255 * (128 / 255) ** 2)
