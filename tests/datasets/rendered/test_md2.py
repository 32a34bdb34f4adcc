"""MD2 files packed by hand: what is read from them."""

import struct
from collections.abc import Sequence

import numpy as np
import pytest

from sosmatting.datasets.rendered.md2 import read_mesh

# A square of side 2 that looks ahead, along x; to the left is y, and z is up. In bytes of 0 and 2,
# moved by -1: x, y, z. Seen from ahead the first corner is lower left (its right).
CORNERS = ((1, 0, 0), (1, 2, 0), (1, 2, 2), (1, 0, 2))
TEXELS = ((0, 8), (8, 8), (8, 0), (0, 0))  # from above
CLOCKWISE = ((2, 1, 0), (3, 2, 0))


def packed(
    skins: Sequence[str] = ('.skin',),
    frames: Sequence[float] = (1.0,),
    version: int = 8,
    triangles: Sequence[Sequence[int]] = CLOCKWISE,
    corners: Sequence[Sequence[int]] = CORNERS,
    frame_size: int = 40 + 4 * len(CORNERS),
) -> bytes:
    """Pack the square, in each frame as large as that says."""
    names = b''.join(name.encode().ljust(64, b'\0') for name in skins)
    texels = b''.join(struct.pack('<2h', *texel) for texel in TEXELS)
    faces = b''.join(struct.pack('<6H', *face, *face) for face in triangles)
    rows = b''.join(struct.pack('<4B', *corner, 0) for corner in corners)
    shots = b''.join(
        struct.pack('<6f16s', *[size] * 3, *[-size] * 3, b'frame') + rows for size in frames
    )
    sizes = [len(names), len(texels), len(faces), len(shots)]
    at = [68 + sum(sizes[:k]) for k in range(5)]
    counts = [len(skins), len(corners), len(TEXELS), len(triangles), 0, len(frames)]
    head = struct.pack('<4s16i', b'IDP2', version, 8, 8, frame_size, *counts, *at[:4], at[4], at[4])
    return head + names + texels + faces + shots


def test_a_mesh_is_turned_to_the_front() -> None:
    mesh = read_mesh(packed())
    assert mesh.places[0].tolist() == [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]
    assert mesh.texels.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    for a, b, c in mesh.faces:
        across = np.cross(
            mesh.places[0][b] - mesh.places[0][a], mesh.places[0][c] - mesh.places[0][a]
        )
        assert across.tolist() == [0, 0, 4], 'anticlockwise, as seen from ahead'
    assert mesh.skins == ('.skin',)


def test_frames_take_turns() -> None:
    mesh = read_mesh(packed(frames=(1, 3)))
    sides = [mesh.scene(view, 'x').places[:, 0].max() for view in range(3)]
    assert sides == [1, 3, 1]


def test_faces_that_meet_without_a_crease_are_round() -> None:
    folded = (*CORNERS[:3], (0, 0, 2))  # the last corner is pushed back
    (shown,) = read_mesh(packed(corners=folded)).scene(0, 'x').surfaces.values()
    first, second = shown.faces
    normals = [
        dict(zip(face, rows, strict=True))
        for face, rows in zip(shown.faces, shown.normals, strict=True)
    ]
    for corner in set(first) & set(second):
        assert np.allclose(normals[0][corner], normals[1][corner])
    assert normals[0][1].tolist() == [0, 0, 1] and not np.allclose(normals[1][3], [0, 0, 1])


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'cut off'),
        (b'IDP2', 'cut off'),
        (packed(version=15), 'no MD2 file of version 8'),
        (b'IDP3' + packed()[4:], 'no MD2 file'),
        (packed()[:-5], 'cut off'),
        (packed(frame_size=1, frames=(1,) * 9), 'cut off'),
        (packed(frame_size=0), 'cut off'),
        (packed(frames=(float('nan'),)), 'nowhere'),
        (packed()[:100], 'cut off'),
        (packed(frames=()), 'no surface'),
        (packed(triangles=((0, 1, 4),)), 'corners that are not there'),
        (packed()[:48] + struct.pack('<i', -9) + packed()[52:], 'nowhere'),
        (packed()[:20] + struct.pack('<i', 2**30) + packed()[24:], 'cut off'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_a_broken_file_is_told(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_mesh(content)
