from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.export.alpha_png import to_bits, write_alpha8_png, write_alpha16_png

from .matte_cases import make_job, make_mattes, soft_mattes, srgb_profile


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
    mattes = make_mattes(2, dtype)
    write = write_alpha8_png if bits == 8 else write_alpha16_png
    write(tmp_path / 'a.png', make_job(mattes), 1)
    back = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert back.shape == (40, 60)
    assert back.dtype == (np.uint8 if bits == 8 else np.uint16)
    unit = mattes.alphas[1] / np.iinfo(dtype).max
    assert np.abs(back / np.iinfo(back.dtype).max - unit).max() <= 0.5 / 255 * (bits == 8)
    if dtype == np.uint16 and bits == 16:
        assert np.array_equal(back, mattes.alphas[1]), 'the low byte is there'


def test_cropped_to_the_box_with_its_place_told(tmp_path: Path) -> None:
    mattes = soft_mattes(dpi=(300.0, 150.0), icc_profile=srgb_profile())
    for index, box in enumerate(((10, 5, 50, 45), (35, 15, 75, 55), (80, 50, 86, 54))):
        path = tmp_path / f'{index}.png'
        write_alpha8_png(path, make_job(mattes, crop=True), index)
        x1, y1, x2, y2 = box
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image), mattes.alphas[index, y1:y2, x1:x2])
            assert image.info['dpi'] == pytest.approx((300, 150), abs=0.02)
            assert 'icc_profile' not in image.info, 'a grey PNG may have no profile of RGB'
        content = path.read_bytes()
        place = content.index(b'oFFs') + 4
        found = [int.from_bytes(content[place + k : place + k + 4], 'big') for k in (0, 4)]
        assert found == [x1, y1] and content[place + 8] == 0, 'in pixels'


def test_an_empty_matte_crops_to_one_transparent_pixel(tmp_path: Path) -> None:
    mattes = soft_mattes()
    mattes.alphas[0] = 0
    write_alpha8_png(tmp_path / 'a.png', make_job(mattes, crop=True), 0)
    assert cv2.imread(str(tmp_path / 'a.png'), -1).tolist() == [[0]]


def test_wrong_bits_and_types() -> None:
    with pytest.raises(InputError, match='bits: 12 is not possible; choose 8 or 16'):
        to_bits(np.zeros((1, 1), np.uint8), 12)
    with pytest.raises(TypeError, match='float32'):
        to_bits(np.zeros((1, 1), np.float32), 8)
