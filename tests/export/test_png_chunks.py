import zlib

import numpy as np

from sosmatting.export.png_chunks import photo_chunks
from sosmatting.files import png_bytes

from .matte_cases import soft_mattes, srgb_profile


def chunks_of(content: bytes) -> dict[str, bytes]:
    """Walk over a PNG's chunks and check each one's checksum."""
    assert content[:8] == b'\x89PNG\r\n\x1a\n'
    at, found = 8, {}
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], 'big')
        body = content[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(
            content[at + 8 + length : at + 12 + length], 'big'
        )
        found[body[:4].decode()] = body[4:]
        at += 12 + length
    return found


def test_chunks_by_hand() -> None:
    profile = srgb_profile()
    mattes = soft_mattes(icc_profile=profile, dpi=(254.0, 127.0))
    chunks = photo_chunks(mattes, offset=(3, 300))
    found = chunks_of(png_bytes(mattes.image, chunks))
    assert list(found)[:4] == ['IHDR', 'iCCP', 'pHYs', 'oFFs'] and list(found)[-1] == 'IEND'
    name, rest = found['iCCP'].split(b'\0', 1)
    assert 1 <= len(name) <= 79 and rest[0] == 0
    assert zlib.decompress(rest[1:]) == profile
    assert found['pHYs'] == (10000).to_bytes(4, 'big') + (5000).to_bytes(4, 'big') + b'\1'
    assert found['oFFs'] == (3).to_bytes(4, 'big') + (300).to_bytes(4, 'big') + b'\0'


def test_nothing_is_told_where_nothing_is_known_or_it_would_be_wrong() -> None:
    assert photo_chunks(soft_mattes()) == b''
    cmyk = bytearray(srgb_profile())
    cmyk[16:20] = b'CMYK'
    for profile in (bytes(cmyk), b'broken', b''):
        assert photo_chunks(soft_mattes(icc_profile=profile)) == b''
    assert photo_chunks(soft_mattes(icc_profile=srgb_profile()), colour=False) == b''
    assert png_bytes(np.zeros((2, 2), np.uint8), b'') == png_bytes(np.zeros((2, 2), np.uint8))
