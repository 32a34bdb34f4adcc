"""The layers of a Photoshop document, parsed by hand from Adobe's published file layout."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Layer:
    name: str
    box: tuple[int, int, int, int]  # x1, y1, x2, y2
    flags: int
    channels: dict[int, np.ndarray]


def read_layers(path: Path) -> list[Layer]:
    """Read all layers, from below; channel -1 is the transparency, 0, 1, 2 are R, G, B."""
    content = path.read_bytes()
    assert content[:6] == b'8BPS\0\1'
    at = 26
    for _ in range(2):  # colour mode data, image resources
        at += 4 + _number(content, at)
    at += 8  # lengths of the section and of the layers in it
    count = abs(struct.unpack_from('>h', content, at)[0])
    at += 2
    records = []
    for _ in range(count):
        record, at = _record(content, at)
        records.append(record)
    layers = []
    for name, (top, left, bottom, right), flags, lengths in records:
        channels = {}
        for identity, length in lengths:
            part = content[at : at + length]
            channels[identity] = _plane(part, bottom - top, right - left)
            at += length
        layers.append(Layer(name, (left, top, right, bottom), flags, channels))
    return layers


def _number(content: bytes, at: int) -> int:
    return int(struct.unpack_from('>I', content, at)[0])


def _record(content: bytes, at: int) -> tuple[tuple, int]:
    frame = struct.unpack_from('>4i', content, at)
    (count,) = struct.unpack_from('>H', content, at + 16)
    lengths = [struct.unpack_from('>hI', content, at + 18 + 6 * k) for k in range(count)]
    at += 18 + 6 * count
    assert content[at : at + 8] == b'8BIMnorm' and content[at + 8] == 255, 'normal, opaque'
    flags, size = content[at + 10], _number(content, at + 12)
    at += 16
    end = at + size
    for _ in range(2):  # mask, blending ranges
        at += 4 + _number(content, at)
    name = content[at + 1 : at + 1 + content[at]].decode('ascii', 'replace')
    return (name, frame, flags, lengths), end


def _plane(part: bytes, height: int, width: int) -> np.ndarray:
    """Unpack PackBits rows."""
    assert part[:2] == b'\0\1', 'PackBits'
    sizes = struct.unpack_from(f'>{height}H', part, 2)
    at, rows = 2 + 2 * height, []
    for size in sizes:
        row, end = b'', at + size
        while at < end:
            code = part[at]
            if code < 128:
                row += part[at + 1 : at + 2 + code]
                at += 2 + code
            else:
                row += part[at + 1 : at + 2] * (257 - code) if code > 128 else b''
                at += 2 if code > 128 else 1
        rows.append(row)
    assert at == len(part) and all(len(row) == width for row in rows)
    return np.frombuffer(b''.join(rows), np.uint8).reshape(height, width)
