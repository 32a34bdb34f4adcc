"""Pictures that are too large, have frames, or are no pictures at all."""

import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import MAX_PIXELS, load_photo, photo_bytes, photo_of_array, photo_of_image


def huge_png(width: int, height: int, stored: int | None = None) -> bytes:
    """A PNG of so many black pixels, 1 bit each; ``stored`` rows of them are really there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack('>I', len(content)) + body + struct.pack('>I', zlib.crc32(body))

    count = height if stored is None else stored
    rows = zlib.compress(b'\0' * (count * (1 + (width + 7) // 8)))
    head = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', rows) + chunk(b'IEND', b'')


def test_a_picture_of_30000_pixels_a_side_says_how_to_allow_it(tmp_path: Path) -> None:
    (tmp_path / 'wide.png').write_bytes(huge_png(30000, 30000, stored=1))
    message = (
        r'wide\.png: has 30000 x 30000 = 900,000,000 pixels, more than the limit of '
        r'120,000,000; .*--max-pixels 900000000'
    )
    with pytest.raises(InputError, match=message):
        load_photo(tmp_path / 'wide.png')


def test_the_limit_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'a.png').write_bytes(huge_png(300, 20))
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 100)
    assert load_photo(tmp_path / 'a.png', max_pixels=6000).pixels.shape == (20, 300, 3)
    assert load_photo(tmp_path / 'a.png', max_pixels=None).pixels.shape == (20, 300, 3)
    assert Image.MAX_IMAGE_PIXELS == 100, "Pillow's own limit is as it was"
    with pytest.raises(InputError, match='limit of 5,999;'):
        load_photo(tmp_path / 'a.png', max_pixels=5999)
    for take in (photo_of_array, lambda a, limit: photo_of_image(Image.fromarray(a), limit)):
        assert take(np.zeros((3, 4), np.uint8), 12).pixels.shape == (3, 4, 3)
        with pytest.raises(InputError, match='has 4 x 3 = 12 pixels'):
            take(np.zeros((3, 4), np.uint8), 11)
    assert MAX_PIXELS >= 11648 * 8736, 'the largest sensor of a camera'


def test_pillows_limit_survives_threads(tmp_path: Path) -> None:
    (tmp_path / 'a.png').write_bytes(huge_png(8, 8))
    before = Image.MAX_IMAGE_PIXELS
    threads = [
        threading.Thread(target=lambda: [load_photo(tmp_path / 'a.png') for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Image.MAX_IMAGE_PIXELS == before is not None


@pytest.mark.parametrize('kind', ['GIF', 'WEBP', 'PNG', 'TIFF'])
def test_of_an_animation_the_first_frame_is_taken_and_counted(tmp_path: Path, kind: str) -> None:
    frames = [Image.new('RGB', (6, 4), colour) for colour in ((250, 0, 0), (0, 250, 0))]
    path = tmp_path / 'moving'
    frames[0].save(path, kind, save_all=True, append_images=frames[1:])
    photo = load_photo(path)
    assert photo.frames == 2
    assert np.abs(photo.pixels.astype(int) - (250, 0, 0)).max() <= 8
    frames[0].save(path, kind)
    assert load_photo(path).frames == 1


def test_one_pixel(tmp_path: Path) -> None:
    Image.new('RGB', (1, 1), (9, 8, 7)).save(tmp_path / 'a.png')
    assert load_photo(tmp_path / 'a.png').pixels.tolist() == [[[9, 8, 7]]]


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / 'x.jpg').mkdir()
    (tmp_path / 'empty.jpg').touch()
    (tmp_path / 'text.jpg').write_text('no picture')
    (tmp_path / 'file').touch()
    for name, message in {
        'x.jpg': r'x\.jpg: is a folder',
        'empty.jpg': r'empty\.jpg: not readable as a picture \(it is empty',
        'text.jpg': r'text\.jpg: not readable as a picture \(of no known format\)',
        'none.jpg': r'none\.jpg: no such file',
        'file/a.jpg': r'a\.jpg: not readable',
        'x' * 300: 'not readable',
    }.items():
        for read in (load_photo, lambda path: load_photo(photo_bytes(path), name=str(path))):
            with pytest.raises(InputError, match=message) as caught:
                read(tmp_path / name)
            assert '\n' not in str(caught.value)


def test_bytes_are_a_photo_too(tmp_path: Path) -> None:
    Image.new('RGB', (3, 2), (5, 6, 7)).save(tmp_path / 'a.png')
    content = (tmp_path / 'a.png').read_bytes()
    assert load_photo(content).pixels.shape == (2, 3, 3)
    with pytest.raises(InputError, match=r'^the given bytes: not readable'):
        load_photo(content[:50])


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'a.png'
    path.touch()

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(Path, 'open', refuse)
    with pytest.raises(InputError, match=r'a\.png: may not be read'):
        load_photo(path)
