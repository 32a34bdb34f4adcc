"""Photos of every odd kind, damaged files, and writers that fail midway."""

import errno
import io
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import (
    list_photos,
    read_alpha,
    read_json,
    read_photo,
    write_bytes,
    write_jpeg,
    write_json,
    write_png,
)

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


def noise(*shape: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


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


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('channels', [0, 3, 4])
def test_write_png_keeps_every_value(tmp_path: Path, dtype: type, channels: int) -> None:
    pixels = noise(5, 7, *([channels] if channels else []), dtype=dtype)
    write_png(tmp_path / 'sub' / 'a.png', pixels)
    path = tmp_path / 'sub' / 'a.png'
    back = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if channels:
        back = back[..., [2, 1, 0, 3][:channels]]
    assert back.dtype == dtype
    assert np.array_equal(back, pixels)
    if dtype == np.uint8:
        assert np.array_equal(np.asarray(Image.open(path)), pixels)


def test_read_alpha_kinds(tmp_path: Path) -> None:
    path = tmp_path / 'matte.png'
    grey = noise(4, 5)
    for image in (
        Image.fromarray(grey),
        Image.fromarray(np.repeat(grey[..., None], 3, 2)),
        Image.fromarray(np.dstack([grey, grey, grey, 255 - grey])),
        Image.fromarray(grey).convert('P'),
    ):
        path.write_bytes(encoded(image, 'PNG'))
        assert np.array_equal(read_alpha(path), grey)
    path.write_bytes(encoded(Image.fromarray(noise(4, 5, 3)), 'PNG'))
    with pytest.raises(InputError, match=r'matte\.png: a matte must be grey'):
        read_alpha(path)


def test_write_jpeg_is_close(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    photo = np.repeat(np.broadcast_to(ramp, (32, 64))[..., None], 3, 2).copy()
    write_jpeg(tmp_path / 'a.jpg', photo)
    assert np.abs(read_photo(tmp_path / 'a.jpg').astype(int) - photo).max() <= 4


def test_json_round_trip_and_faults(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    write_json(path, {'a': [1, 2.5, 'é']})
    assert json.loads(path.read_text()) == {'a': [1, 2.5, 'é']} == read_json(path)
    for bad in (b'', b'{"a": ', b'\xff\xfe\x00'):
        path.write_bytes(bad)
        with pytest.raises(InputError, match=r'a\.json: not readable as JSON'):
            read_json(path)


@pytest.mark.parametrize('step', ['write', 'fsync', 'replace'])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / 'result.bin'
    path.write_bytes(b'old')
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*args: object, **kwargs: object) -> None:
        raise full

    if step == 'write':
        real = os.fdopen

        def half_writer(handle: int, mode: str) -> object:
            file = real(handle, mode)
            os.write(handle, b'ne')
            monkeypatch.setattr(os, 'fsync', refuse)
            return file

        monkeypatch.setattr(os, 'fdopen', half_writer)
    else:
        monkeypatch.setattr(os, step, refuse)
    with pytest.raises(InputError, match=r'result\.bin: the disk is full'):
        write_bytes(path, b'new')
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='this system has no /dev/full')
def test_a_device_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fdopen

    def onto_full_device(handle: int, mode: str) -> object:
        os.close(handle)
        return real(os.open('/dev/full', os.O_WRONLY), mode)

    monkeypatch.setattr(os, 'fdopen', onto_full_device)
    with pytest.raises(InputError, match='the disk is full'):
        write_bytes(tmp_path / 'a', b'x' * 100_000)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(InputError, match=r'file.*cannot be written.*choose another folder'):
        write_bytes(tmp_path / 'file' / 'a.png', b'x')

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr('tempfile.mkstemp', refuse)
    with pytest.raises(InputError, match=r'cannot be written \(permission denied\)'):
        write_bytes(tmp_path / 'a.png', b'x')


def test_an_interrupted_writer_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'fsync', interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / 'a', b'x')
    assert not list(tmp_path.iterdir())


def test_written_files_have_the_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / 'a', b'x')
    finally:
        os.umask(old)
    assert (tmp_path / 'a').stat().st_mode & 0o777 == 0o640


def test_list_photos_is_sorted_and_only_pictures(tmp_path: Path) -> None:
    for name in ('b.JPG', 'a.png', 'c.txt', 'd.tiff'):
        (tmp_path / name).touch()
    (tmp_path / 'e.jpg').mkdir()
    assert [path.name for path in list_photos(tmp_path)] == ['a.png', 'b.JPG', 'd.tiff']
    (tmp_path / 'empty').mkdir()
    for folder, word in (('empty', 'holds no picture'), ('none', 'no such folder')):
        with pytest.raises(InputError, match=word):
            list_photos(tmp_path / folder)
