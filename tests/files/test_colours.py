"""Colour models, profiles, 16 bits, resolution: each against arithmetic or another reader."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from sosmatting.exceptions import InputError
from sosmatting.files import load_photo, photo_of_array, photo_of_image
from tests.files.profiles import cmyk_profile, grey_profile

RED_LAB = (54.3, 80.8, 69.9)  # sRGB's red under D50


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def inks(*values: int) -> Image.Image:
    return Image.fromarray(np.tile(np.uint8(values), (8, 8, 1)), 'CMYK')


def red_for_cyan(cyan: int, magenta: int, yellow: int, key: int) -> tuple[float, float, float]:
    return RED_LAB if cyan and not (magenta or yellow or key) else (100, 0, 0)


@pytest.mark.parametrize('kind', ['JPEG', 'TIFF'])
def test_cmyk_is_converted_by_its_own_profile(tmp_path: Path, kind: str) -> None:
    profile = cmyk_profile(red_for_cyan)
    path = saved(tmp_path / 'a', inks(255, 0, 0, 0), format=kind, icc_profile=profile)
    photo = load_photo(path)
    assert np.abs(photo.pixels.astype(int) - (255, 0, 0)).max() <= 5
    assert photo.icc_profile is None, 'the pixels are sRGB now'
    plain = load_photo(saved(tmp_path / 'b', inks(255, 0, 0, 0), format=kind))
    assert np.abs(plain.pixels.astype(int) - (0, 255, 255)).max() <= 4


def test_a_damaged_cmyk_profile_is_passed_over(tmp_path: Path) -> None:
    profile = cmyk_profile(red_for_cyan)[:200]
    path = saved(tmp_path / 'a.jpg', inks(255, 0, 0, 0), icc_profile=profile)
    assert np.abs(load_photo(path).pixels.astype(int) - (0, 255, 255)).max() <= 4


def test_grey_is_converted_by_its_own_profile(tmp_path: Path) -> None:
    image = Image.new('L', (4, 4), 128)
    photo = load_photo(saved(tmp_path / 'a.png', image, icc_profile=grey_profile(1.0)))
    # Half the light, by sRGB's curve: 255 (1.055 (128 / 255)^(1 / 2.4) - 0.055) = 188.
    assert np.abs(photo.pixels.astype(int) - 188).max() <= 1
    assert photo.icc_profile is None


def test_lab_is_converted_by_definition(tmp_path: Path) -> None:
    image = Image.fromarray(np.tile(np.uint8([round(54.3 * 2.55), 81, 70]), (4, 4, 1)), 'LAB')
    photo = load_photo(saved(tmp_path / 'a.tif', image))
    assert np.abs(photo.pixels.astype(int) - (255, 0, 0)).max() <= 5


def test_rgb_keeps_values_and_profile(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    for kind in ('PNG', 'TIFF', 'WEBP'):
        options = {'lossless': True} if kind == 'WEBP' else {}
        image = Image.fromarray(pixels)
        path = saved(tmp_path / 'a', image, format=kind, icc_profile=profile, **options)
        photo = load_photo(path)
        assert np.array_equal(photo.pixels, pixels)
        assert photo.icc_profile == profile
        assert photo.deep is None


@pytest.mark.parametrize('channels', [3, 4])
def test_sixteen_bit_png_keeps_all_bits(tmp_path: Path, channels: int) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (6, 9, channels), np.uint16)
    cv2.imwrite(str(tmp_path / 'a.png'), stored[..., [2, 1, 0, 3][:channels]])
    photo = load_photo(tmp_path / 'a.png')
    opacity = stored[..., 3:].astype(np.float64) / 65535 if channels == 4 else 1.0
    expected = stored[..., :3] * opacity
    assert photo.deep is not None
    assert np.abs(photo.deep - expected).max() <= 0.5 + 1e-6
    assert np.abs(photo.pixels - expected / 257).max() <= 0.5 + 0.002


@pytest.mark.parametrize('orientation', [1, 3, 6])
def test_sixteen_bit_files_are_upright(tmp_path: Path, orientation: int) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (6, 10, 3), np.uint16)
    upright = {1: stored, 3: np.rot90(stored, 2), 6: np.rot90(stored, -1)}[orientation]
    tag = [(274, 'H', 1, orientation, True)]
    tifffile.imwrite(
        tmp_path / 'a.tif', stored, photometric='rgb', extratags=tag, resolution=(300, 200),
        resolutionunit=2,
    )  # fmt: skip
    photo = load_photo(tmp_path / 'a.tif')
    assert np.array_equal(photo.deep, upright)
    assert photo.dpi == ((200, 300) if orientation == 6 else (300, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    done, content = cv2.imencode('.png', stored[..., ::-1])
    assert done
    png = content.tobytes()
    chunk = exif.tobytes()
    path = tmp_path / 'a.png'
    path.write_bytes(png[:33] + png_chunk(b'eXIf', chunk) + png[33:])
    assert np.array_equal(load_photo(path).deep, upright)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack('>I', len(content)) + body + struct.pack('>I', zlib.crc32(body))


def test_sixteen_bit_grey_is_deep_too(tmp_path: Path) -> None:
    stored = np.uint16([[0, 1000, 65535]])
    photo = load_photo(saved(tmp_path / 'a.png', Image.fromarray(stored)))
    assert photo.deep is not None and photo.deep[0, :, 1].tolist() == [0, 1000, 65535]
    assert photo.pixels[0, :, 2].tolist() == [0, 4, 255]


def test_a_cut_off_sixteen_bit_png_is_named(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), np.uint16)
    content = cv2.imencode('.png', stored)[1].tobytes()
    (tmp_path / 'a.png').write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r'a\.png: not readable as a picture'):
        load_photo(tmp_path / 'a.png')


def test_resolution_turns_with_the_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new('RGB', (20, 10))
    photo = load_photo(saved(tmp_path / 'a.jpg', image, dpi=(300, 150), exif=exif))
    assert photo.pixels.shape == (20, 10, 3)
    assert photo.dpi == (150, 300)
    assert load_photo(saved(tmp_path / 'b.png', image)).dpi is None


def test_arrays() -> None:
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 256, (4, 5, 3), np.uint8)
    assert np.array_equal(photo_of_array(colour).pixels, colour)
    assert photo_of_array(colour).pixels is not colour, 'the caller may reuse the array'
    grey = colour[..., 0]
    for given in (grey, grey[..., None]):
        assert np.array_equal(photo_of_array(given).pixels, np.repeat(grey[..., None], 3, 2))
    rgba = np.dstack([colour, np.full((4, 5), 51, np.uint8)])
    assert np.abs(photo_of_array(rgba).pixels - colour * 0.2).max() <= 0.5 + 1e-6
    deep = photo_of_array(colour.astype(np.uint16) * 257)
    assert np.array_equal(deep.pixels, colour)
    assert deep.deep is not None and deep.deep.max() == int(colour.max()) * 257


def test_pillow_images(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    image = Image.fromarray(pixels)
    assert np.array_equal(photo_of_image(image).pixels, pixels)
    exif = Image.Exif()
    exif[0x0112] = 3
    path = saved(tmp_path / 'a.png', image, exif=exif, dpi=(96, 96))
    with Image.open(path) as opened:
        photo = photo_of_image(opened)
    assert np.array_equal(photo.pixels, pixels[::-1, ::-1])
    assert photo.dpi == pytest.approx((96, 96), abs=0.02)
    palette = image.convert('P')
    palette.info['transparency'] = int(np.asarray(palette)[0, 0])
    assert photo_of_image(palette).pixels[0, 0].tolist() == [0, 0, 0]
    closed = Image.open(io.BytesIO(path.read_bytes()[:-30]))
    with pytest.raises(InputError, match='the given image: not readable'):
        photo_of_image(closed)
