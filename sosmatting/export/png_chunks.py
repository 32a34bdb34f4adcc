"""What a PNG tells besides its pixels: colour profile, resolution, place in a larger picture.

Chunks of the PNG specification (third edition): iCCP, pHYs, oFFs.
"""

import struct
import zlib

from sosmatting.export.colour_profile import rgb_profile
from sosmatting.mattes import Mattes

INCH = 0.0254  # metres


def photo_chunks(
    mattes: Mattes, colour: bool = True, offset: tuple[int, int] | None = None
) -> bytes:
    """Write down the photo's colour profile and resolution, for a PNG that shows it.

    Args:
        mattes: The result for the photo.
        colour: The PNG holds the photo's colours; a grey one may have no profile of RGB.
        offset: Left and top edge of the PNG in the photo, pixels; ``None`` for the whole photo.

    Returns:
        Whole chunks, none where nothing is known.
    """
    chunks = b''
    profile = rgb_profile(mattes.icc_profile)
    if profile and colour:
        chunks += _chunk(b'iCCP', b'ICC profile\0\0' + zlib.compress(profile))
    if mattes.dpi is not None:
        per_metre = [round(value / INCH) for value in mattes.dpi]
        chunks += _chunk(b'pHYs', struct.pack('>IIB', *per_metre, 1))
    if offset is not None:
        chunks += _chunk(b'oFFs', struct.pack('>iiB', *offset, 0))
    return chunks


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Frame a chunk: length, kind, content, checksum."""
    body = kind + content
    return struct.pack('>I', len(content)) + body + struct.pack('>I', zlib.crc32(body))
