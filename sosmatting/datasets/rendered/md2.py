"""Models as Quake II has them: ``.md2``, little-endian, x ahead, y to the left, z up.

After a magic word and the version come the picture's width and height, the size of a frame, the
counts of skins, corners, texels, triangles, commands and frames, and where each of them begins.
"""

import struct
from dataclasses import dataclass

import numpy as np

from sosmatting.datasets.rendered.scene import Material, Scene, Surfaces, smoothed

HEAD = struct.Struct('<4s16i')
MAGIC, VERSION = b'IDP2', 8
NAME = 64  # bytes of a skin's
FRAME_HEAD = 40  # bytes before a frame's corners: six numbers and a name
CREASE = 60.0  # degrees, see smoothed


@dataclass(frozen=True)
class Mesh:
    """A model in coordinates whose y is up and whose z is the front.

    Attributes:
        skins: Names of its pictures, of which it wears one.
        places: (F, V, 3) of the corners in every frame.
        texels: (U, 2) where a corner is in the skin, from below.
        faces: (T, 3) numbers of corners.
        texel_faces: (T, 3) numbers of texels.
    """

    skins: tuple[str, ...]
    places: np.ndarray
    texels: np.ndarray
    faces: np.ndarray
    texel_faces: np.ndarray

    def scene(self, frame: int, picture: str) -> Scene:
        """Show a frame (they take turns) in a picture."""
        places = self.places[frame % len(self.places)].astype(float)
        faces = self.faces.tolist()
        normals = smoothed(places, faces, [True] * len(faces), CREASE)
        texels = list(self.texels[self.texel_faces])
        return Scene([Material()], places, {(0, picture): Surfaces(faces, texels, normals)})


def read_mesh(content: bytes) -> Mesh:
    """Read a file.

    Raises:
        ValueError: It is none, or is cut off.
    """
    try:
        magic, version, *numbers = HEAD.unpack_from(content)
    except struct.error as error:
        raise ValueError('it is cut off') from error
    if magic != MAGIC or version != VERSION:
        raise ValueError(f'no MD2 file of version {VERSION}')
    width, height, frame_size, skins, corners, texels, triangles, _, frames = numbers[:9]
    skins_at, texels_at, triangles_at, frames_at = numbers[9:13]
    if min(width, height, corners, texels, triangles, frames) < 1 or skins < 0:
        raise ValueError('it has no surface')
    if min(skins_at, texels_at, triangles_at, frames_at) < HEAD.size:
        raise ValueError('its parts are nowhere')
    ends = skins_at + NAME * skins, frames_at + frames * frame_size
    if max(ends) > len(content) or frame_size < FRAME_HEAD + 4 * corners:
        raise ValueError('it is cut off')
    names = [content[skins_at + NAME * k :][:NAME].split(b'\0')[0] for k in range(skins)]
    mapped = np.frombuffer(content, '<i2', 2 * texels, texels_at).reshape(-1, 2)
    sides = np.frombuffer(content, '<u2', 6 * triangles, triangles_at).reshape(-1, 6)
    if sides[:, :3].max() >= corners or sides[:, 3:].max() >= texels:
        raise ValueError('a triangle has corners that are not there')
    places = []
    for at in range(frames_at, frames_at + frames * frame_size, frame_size):
        scale, move = np.frombuffer(content, '<f4', 6, at).reshape(2, 3)
        rows = np.frombuffer(content, 'u1', 4 * corners, at + FRAME_HEAD).reshape(-1, 4)
        places.append((rows[:, :3] * scale + move)[:, [1, 2, 0]])
    if not np.isfinite(places).all():
        raise ValueError('its corners are nowhere')
    share = mapped / (width, height)
    return Mesh(
        tuple(name.decode('latin-1') for name in names),
        np.stack(places),
        np.stack([share[:, 0], 1 - share[:, 1]], axis=1),
        # They go round clockwise, as seen from outside.
        sides[:, 2::-1].astype(int),
        sides[:, :2:-1].astype(int),
    )
