"""What a 3D model shows, whatever file it comes from, and its OBJ, MTL and PNG files for VTK."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

LARGEST = 1024  # side of a picture in pixels
SURE = 128  # alpha of a picture from which on something is there
# What reading a picture, or a file that the reader checks, may raise.
UNREADABLE = (OSError, ValueError, LookupError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Material:
    """What surfaces without a picture look like.

    Attributes:
        colour: Three numbers in [0, 1].
        opacity: 0 to 1.
    """

    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    opacity: float = 1.0


@dataclass
class Surfaces:
    """Faces that look alike.

    Attributes:
        faces: The corners of each, as numbers of ``places``.
        texels: (n, 2) of each, from the picture's lower left.
        normals: (n, 3) of each.
    """

    faces: list[list[int]] = field(default_factory=list)
    texels: list[np.ndarray] = field(default_factory=list)
    normals: list[np.ndarray] = field(default_factory=list)

    def reversed(self) -> 'Surfaces':
        """Go round every face the other way."""
        return Surfaces(
            [face[::-1] for face in self.faces],
            [rows[::-1] for rows in self.texels],
            [rows[::-1] for rows in self.normals],
        )


@dataclass
class Scene:
    """What a file shows.

    Attributes:
        materials: In the file's order.
        places: (V, 3) of the corners, y up.
        surfaces: By material's number and picture (``''``: none).
    """

    materials: list[Material]
    places: np.ndarray
    surfaces: dict[tuple[int, str], Surfaces]

    @property
    def pictures(self) -> list[str]:
        """The pictures that are asked for, each once."""
        return sorted({picture for _, picture in self.surfaces if picture})

    def placed(self, scale: Sequence[float], move: Sequence[float]) -> 'Scene':
        """Scale it along the three axes, then move it; scales that mirror turn faces round.

        Args:
            scale: Three numbers, none of them 0.
            move: Three numbers.
        """
        mirrored = math.prod(scale) < 0
        surfaces = {}
        for look, group in self.surfaces.items():
            normals = [unit(rows / np.array(scale)) for rows in group.normals]
            parts = Surfaces(group.faces, group.texels, normals)
            surfaces[look] = parts.reversed() if mirrored else parts
        return Scene(self.materials, self.places * np.array(scale) + np.array(move), surfaces)

    def beside(self, other: 'Scene') -> 'Scene':
        """Show another scene as well; its materials come after one's own."""
        surfaces = dict(self.surfaces)
        for (number, picture), group in other.surfaces.items():
            faces = [[corner + len(self.places) for corner in face] for face in group.faces]
            look = number + len(self.materials), picture
            surfaces[look] = Surfaces(faces, group.texels, group.normals)
        materials = self.materials + other.materials
        return Scene(materials, np.concatenate([self.places, other.places]), surfaces)


def write_scene(scene: Scene, pictures: Mapping[str, Image.Image], folder: Path) -> Path:
    """Write a scene for VTK; returns the OBJ file.

    Args:
        scene: What to write.
        pictures: Those of ``scene.pictures`` that there are. Every pixel of them is there or is
            not: what is half there, glass most of all, would need to be sorted by its distance.
        folder: An empty one.
    """
    names = {}
    for number, (name, picture) in enumerate(pictures.items()):
        names[name] = f'{number}.png'
        _solid(picture).save(folder / names[name])
    obj, materials = as_obj(scene, names, 'scene.mtl')
    (folder / 'scene.mtl').write_text(materials)
    file = folder / 'scene.obj'
    file.write_text(obj)
    return file


def as_obj(scene: Scene, pictures: dict[str, str], library: str) -> tuple[str, str]:
    """Put a scene in the words of an OBJ file and its MTL file.

    Args:
        scene: What to write.
        pictures: Files of those of ``scene.pictures`` that there are.
        library: Name of the MTL file.

    Returns:
        The text of both.
    """
    lines = [f'mtllib {library}']
    lines += [f'v {x:.6g} {y:.6g} {z:.6g}' for x, y, z in scene.places]
    materials: list[str] = []
    done = 0
    for (number, picture), group in scene.surfaces.items():
        name = f'm{len(materials)}'
        known = scene.materials[number]
        said = [f'newmtl {name}', 'Kd {:.4g} {:.4g} {:.4g}'.format(*known.colour), 'Ks 0 0 0']
        said += [f'd {known.opacity:.4g}'] if known.opacity < 1 else []
        said += [f'map_Kd {pictures[picture]}'] if picture in pictures else []
        materials.append('\n'.join(said))
        lines.append(f'usemtl {name}')
        for texels, normals in zip(group.texels, group.normals, strict=True):
            lines += [f'vt {u:.6g} {v:.6g}' for u, v in texels]
            lines += [f'vn {x:.4g} {y:.4g} {z:.4g}' for x, y, z in normals]
        for face in group.faces:
            refs = (f'{place + 1}/{k}/{k}' for k, place in enumerate(face, done + 1))
            lines.append('f ' + ' '.join(refs))
            done += len(face)
    return '\n'.join(lines) + '\n', '\n'.join(materials) + '\n'


def smoothed(
    places: np.ndarray, faces: Sequence[Sequence[int]], smooth: Sequence[bool], crease: float
) -> list[np.ndarray]:
    """Give every corner of every face a normal: that of the faces that meet there without a crease.

    Args:
        places: (V, 3).
        faces: Corners of each, three or more.
        smooth: Whether a face is round; others keep their own normal.
        crease: Largest angle between faces that meet smoothly, in degrees.

    Returns:
        (n, 3) for every face, of length 1 (0: a face without an area).
    """
    across = np.array([_across(places[list(face)]) for face in faces])
    own = unit(across)
    around: dict[int, list[int]] = defaultdict(list)
    for number, face in enumerate(faces):
        for corner in face:
            around[corner].append(number)
    near = math.cos(math.radians(crease))
    normals = []
    for number, face in enumerate(faces):
        rows = np.repeat(own[number][None], len(face), axis=0)
        if smooth[number]:
            for k, corner in enumerate(face):
                others = np.array(around[corner])
                others = others[own[others] @ own[number] >= near]
                rows[k] = unit(across[others].sum(0))
        normals.append(rows)
    return normals


def _across(corners: np.ndarray) -> np.ndarray:
    """Twice a polygon's area, along its normal (Newell)."""
    return np.cross(corners, np.roll(corners, -1, axis=0)).sum(0)


def unit(rows: np.ndarray) -> np.ndarray:
    """Give vectors the length 1; those of length 0 stay."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def _solid(picture: Image.Image) -> Image.Image:
    """Make a picture small enough, and every pixel of it opaque or nothing."""
    picture = picture.convert('RGBA')
    opacity = np.asarray(picture)[..., 3]
    if opacity.min() == opacity.max():  # it says nothing
        picture = picture.convert('RGB')
        picture.thumbnail((LARGEST, LARGEST))
        return picture
    picture.thumbnail((LARGEST, LARGEST))
    levels = np.array(picture)
    levels[..., 3] = np.where(levels[..., 3] >= SURE, 255, 0)
    return Image.fromarray(levels)
