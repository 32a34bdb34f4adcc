"""The header of an OpenEXR file, parsed by hand from the published file layout."""

import struct
from pathlib import Path
from typing import Any

FIXED = {'int': '<i', 'float': '<f', 'box2i': '<4i', 'v2f': '<2f', 'compression': 'B'}
FIXED['lineOrder'] = 'B'


def read_header(path: Path) -> dict[str, Any]:
    """Parse magic, version and attributes; channels become {name: pixel type}, in file order."""
    content = path.read_bytes()
    magic, version = struct.unpack_from('<II', content)
    assert magic == 20000630 and version & 0xFF == 2
    header: dict[str, Any] = {'flags': version >> 8}
    at = 8
    while content[at]:
        name, at = _text(content, at)
        kind, at = _text(content, at)
        (size,) = struct.unpack_from('<i', content, at)
        value, at = content[at + 4 : at + 4 + size], at + 4 + size
        if kind == 'chlist':
            header[name] = dict(_channels(value))
        elif kind in FIXED:
            found = struct.unpack(FIXED[kind], value)
            header[name] = found if len(found) > 1 else found[0]
        else:
            assert kind == 'string', (name, kind)
            header[name] = value.decode()
    return header


def _text(content: bytes, at: int) -> tuple[str, int]:
    end = content.index(b'\0', at)
    return content[at:end].decode(), end + 1


def _channels(value: bytes) -> Any:
    at = 0
    while value[at]:
        name, at = _text(value, at)
        kind, _, across, down = struct.unpack_from('<iB3xii', value, at)
        assert (across, down) == (1, 1), 'no channel is subsampled'
        yield name, ('uint', 'half', 'float')[kind]
        at += 16
