"""Colour profiles made by hand, from the ICC specification (version 2)."""

import itertools
import struct

import numpy as np

D50 = struct.pack('>3I', 0xF6D6, 0x10000, 0xD32D)
IDENTITY = struct.pack('>9i', *(65536 * np.eye(3, dtype=int)).ravel())
RAMP = bytes(range(256))


def profile(kind: bytes, space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Put header, tag table and tags together."""
    tags = {b'wtpt': b'XYZ \0\0\0\0' + D50, **tags}
    body, table, offset = b'', b'', 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += b'\0' * (-len(content) % 4)
        table += name + struct.pack('>2I', offset + len(body), len(content))
        body += content
    table = struct.pack('>I', len(tags)) + table
    header = struct.pack('>I', 128 + len(table) + len(body)) + b'\0\0\0\0' + b'\x02\x40\0\0'
    header += kind + space + pcs + b'\0' * 12 + b'acsp' + b'\0' * 28 + D50
    return header.ljust(128, b'\0') + table + body


def grey_profile(gamma: float) -> bytes:
    """Grey whose light is the stored value to the power of ``gamma``."""
    curve = b'curv\0\0\0\0' + struct.pack('>IH', 1, round(gamma * 256))
    return profile(b'mntr', b'GRAY', b'XYZ ', {b'kTRC': curve})


def cmyk_profile(inks_to_lab) -> bytes:
    """Print whose ink combinations, each on or off, look as ``inks_to_lab(c, m, y, k)`` says."""
    grid = b''
    for inks in itertools.product((0, 1), repeat=4):
        lightness, a, b = inks_to_lab(*inks)
        grid += bytes([round(lightness * 2.55), round(a + 128), round(b + 128)])
    lut = b'mft1\0\0\0\0' + bytes([4, 3, 2, 0]) + IDENTITY + RAMP * 4 + grid + RAMP * 3
    return profile(b'prtr', b'CMYK', b'Lab ', {b'A2B0': lut})
