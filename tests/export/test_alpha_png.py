from pathlib import Path

import cv2
import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import to_bits, write_alpha_png


def test_every_8_bit_value_survives_16_bits() -> None:
    values = np.arange(256, dtype=np.uint8)
    wide = to_bits(values, 16)
    assert wide.dtype == np.uint16
    assert wide[[0, 1, 255]].tolist() == [0, 257, 65535]
    assert np.array_equal(to_bits(wide, 8), values)


def test_16_bits_are_rounded_to_the_nearest_of_8() -> None:
    values = np.arange(65536, dtype=np.uint16)
    nearest = np.round(values / 65535 * 255)  # no ties: 257 is odd
    assert np.array_equal(to_bits(values, 8), nearest)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('bits', [8, 16])
def test_the_file_holds_the_values(tmp_path: Path, dtype: type, bits: int) -> None:
    top = np.iinfo(dtype).max
    alpha = np.random.default_rng(0).integers(0, top + 1, (7, 9)).astype(dtype)
    write_alpha_png(tmp_path / 'a.png', alpha, bits)
    back = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert back.shape == (7, 9)
    assert back.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.abs(back / np.iinfo(back.dtype).max - alpha / top).max() <= 0.5 / 255 * (bits == 8)
    if dtype == np.uint16 and bits == 16:
        assert np.array_equal(back, alpha), 'the low byte is there'


def test_wrong_bits_and_types() -> None:
    with pytest.raises(InputError, match='bits: 12 is not possible; choose 8 or 16'):
        to_bits(np.zeros((1, 1), np.uint8), 12)
    with pytest.raises(TypeError, match='float32'):
        to_bits(np.zeros((1, 1), np.float32), 8)
