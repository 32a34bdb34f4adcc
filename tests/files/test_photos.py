"""Photos of every odd kind, and damaged files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import list_photos, read_alpha, read_json, read_photo
from tests.files.pictures import encoded, noise

# What a camera stores of one upright picture, by the definition of each EXIF orientation: which
# sides of the upright picture row 0 and column 0 of the stored one are.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('kind', ['PNG', 'TIFF'])
def test_read_photo_turns_upright(tmp_path: Path, orientation: int, kind: str) -> None:
    upright = noise(6, 10, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    path = tmp_path / f'photo.{kind.lower()}'
    path.write_bytes(encoded(stored, kind, exif=exif))
    assert np.array_equal(read_photo(path), upright)


def test_read_photo_turns_a_jpeg_upright(tmp_path: Path) -> None:
    photo = np.zeros((32, 64, 3), np.uint8)
    photo[:, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / 'a.jpg'
    path.write_bytes(encoded(Image.fromarray(photo), 'JPEG', exif=exif))
    turned = read_photo(path)
    assert turned.shape == (64, 32, 3)
    assert turned[:12].mean() > 250 > 5 > turned[20:].mean()
    assert read_photo(path, upright=False).shape == (32, 64, 3)


def test_read_photo_with_damaged_exif_keeps_the_pixels(tmp_path: Path) -> None:
    path = tmp_path / 'a.jpg'
    pixels = noise(16, 24, 3)
    path.write_bytes(
        encoded(Image.fromarray(pixels), 'JPEG', exif=b'Exif\0\0garbage' + b'\xff' * 9)
    )
    assert read_photo(path).shape == (16, 24, 3)


def test_read_photo_cmyk_jpeg(tmp_path: Path) -> None:
    path = tmp_path / 'print.jpg'
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 1:3] = 255  # magenta and yellow: red
    path.write_bytes(encoded(Image.fromarray(ink, 'CMYK'), 'JPEG', quality=100))
    assert np.abs(read_photo(path).astype(int) - (255, 0, 0)).max() <= 3


@pytest.mark.parametrize('kind', ['PNG', 'TIFF'])
def test_read_photo_16_bit_grey(tmp_path: Path, kind: str) -> None:
    values = np.array([[0, 257, 32768, 65535]], np.uint16)
    path = tmp_path / f'grey.{kind.lower()}'
    path.write_bytes(encoded(Image.fromarray(values), kind))
    expected = np.array([0, 1, 128, 255])  # 32768 / 257 = 127.502
    assert np.array_equal(read_photo(path), np.repeat(expected[None, :, None], 3, 2))


def test_read_photo_palette_with_transparency_lies_on_black(tmp_path: Path) -> None:
    image = Image.new('P', (2, 1))
    image.putpalette([200, 10, 20, 30, 40, 250])
    image.putpixel((1, 0), 1)
    path = tmp_path / 'palette.png'
    path.write_bytes(encoded(image, 'PNG', transparency=0))
    assert read_photo(path).tolist() == [[[0, 0, 0], [30, 40, 250]]]


def test_read_photo_rgba_and_grey(tmp_path: Path) -> None:
    path = tmp_path / 'a.png'
    path.write_bytes(encoded(Image.new('RGBA', (1, 1), (100, 200, 40, 127)), 'PNG'))
    assert read_photo(path)[0, 0].tolist() == pytest.approx([50, 100, 20], abs=1)
    path.write_bytes(encoded(Image.new('L', (1, 1), 77), 'PNG'))
    assert read_photo(path).tolist() == [[[77, 77, 77]]]


def test_read_photo_refuses_floating_point(tmp_path: Path) -> None:
    path = tmp_path / 'float.tif'
    path.write_bytes(encoded(Image.fromarray(np.ones((2, 2), np.float32)), 'TIFF'))
    with pytest.raises(InputError, match=r'float\.tif.*8 or 16 bits'):
        read_photo(path)


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'TIFF', 'WEBP'])
@pytest.mark.parametrize('share', [0.0, 0.02, 0.5, 0.95])
def test_cut_off_pictures_are_named(tmp_path: Path, kind: str, share: float) -> None:
    whole = encoded(Image.fromarray(noise(64, 64, 3)), kind)
    path = tmp_path / 'cut.img'
    path.write_bytes(whole[: int(len(whole) * share)])
    for read in (read_photo, read_alpha):
        with pytest.raises(InputError, match=r'cut\.img: not readable') as caught:
            read(path)
        assert '\n' not in str(caught.value)


@pytest.mark.parametrize('seed', range(60))
def test_damaged_pictures_are_read_or_named(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = ['JPEG', 'PNG', 'TIFF', 'WEBP', 'BMP', 'GIF'][seed % 6]
    content = bytearray(encoded(Image.fromarray(noise(12, 10, 3, seed=seed)), kind))
    for place in rng.integers(0, min(len(content), 120), 4):
        content[place] = rng.integers(256)
    path = tmp_path / 'damaged'
    path.write_bytes(content)
    for read in (read_photo, read_alpha):
        try:
            assert read(path).dtype in (np.uint8, np.uint16)
        except InputError as error:
            assert 'damaged' in str(error)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    for read in (read_photo, read_alpha, read_json):
        with pytest.raises(InputError, match=r'none\.x: no such file'):
            read(tmp_path / 'none.x')
    with pytest.raises(InputError, match='folder'):
        read_photo(tmp_path)
    with pytest.raises(InputError):
        read_alpha(tmp_path)


def test_list_photos_is_sorted_and_only_pictures(tmp_path: Path) -> None:
    for name in ('b.JPG', 'a.png', 'c.txt', 'd.tiff'):
        (tmp_path / name).touch()
    (tmp_path / 'e.jpg').mkdir()
    assert [path.name for path in list_photos(tmp_path)] == ['a.png', 'b.JPG', 'd.tiff']
    (tmp_path / 'empty').mkdir()
    for folder, word in (('empty', 'holds no picture'), ('none', 'no such folder')):
        with pytest.raises(InputError, match=word):
            list_photos(tmp_path / folder)
