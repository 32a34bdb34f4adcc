"""Models as AC3D writes them (``.ac``) and TORCS extends them (``.acc``), put in OBJ's words.

A file is text: materials, then objects that have others inside them. An object has a picture for
its surfaces, corners, and surfaces with the corners that they join; y is up. What has a name that
only a simulator needs (lights at night, trails) is left out.

After https://www.inivis.com/ac3d/man/ac3dfileformat.html.
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

POLYGON, STRIP = 0, 4  # kinds of surfaces; the others are lines
SMOOTH = 0x10
CREASE = 61.0  # degrees between faces, from which on an edge is sharp
# Objects that show nothing of a vehicle as it stands by day.
UNSEEN = re.compile(
    r'light|beacon|strobe|halo|flash|flame|trail|smoke|shadow|wake|nav[-_. ]|chute$'
    r'|prop.*dis[ck]|prop.*blur|prplr|disquehelice',
    re.IGNORECASE,
)
TOKEN = re.compile(r'"[^"]*"|\S+')


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
        """Scale it along the three axes, then move it; scales that mirror turn faces round."""
        mirrored = math.prod(scale) < 0
        surfaces = {}
        for look, group in self.surfaces.items():
            normals = [_unit(rows / np.array(scale)) for rows in group.normals]
            parts = Surfaces(group.faces, group.texels, normals)
            surfaces[look] = parts.reversed() if mirrored else parts
        return Scene(self.materials, self.places * np.array(scale) + np.array(move), surfaces)

    def beside(self, other: 'Scene') -> 'Scene':
        """Show another scene as well."""
        surfaces = dict(self.surfaces)
        for (number, picture), group in other.surfaces.items():
            faces = [[corner + len(self.places) for corner in face] for face in group.faces]
            look = number + len(self.materials), picture
            known = surfaces.get(look, Surfaces())
            surfaces[look] = Surfaces(
                known.faces + faces, known.texels + group.texels, known.normals + group.normals
            )
        materials = self.materials + other.materials
        return Scene(materials, np.concatenate([self.places, other.places]), surfaces)


@dataclass
class _Frame:
    """Where objects stand, and what they share with those inside them."""

    turn: np.ndarray
    move: np.ndarray


class _Reader:
    """Takes a file's words apart; says at which line it fails."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.at = 0
        self.materials: list[Material] = []
        self.places: list[np.ndarray] = []
        self.count = 0
        self.surfaces: dict[tuple[int, str], Surfaces] = defaultdict(Surfaces)

    def words(self) -> list[str]:
        """Return the next line that is not empty; an empty list at the end."""
        while self.at < len(self.lines):
            found = TOKEN.findall(self.lines[self.at])
            self.at += 1
            if found:
                return [word.strip('"') for word in found]
        return []

    def scene(self) -> Scene:
        first = self.words()
        if not first or not first[0].startswith('AC3D'):
            raise ValueError('no AC3D file')
        while words := self.words():
            if words[0] == 'MATERIAL':
                self.materials.append(_material(words))
            elif words[0] == 'OBJECT':
                self.object(_Frame(np.eye(3), np.zeros(3)), seen=True)
        places = np.concatenate(self.places) if self.places else np.zeros((0, 3))
        return Scene(self.materials or [Material()], places, dict(self.surfaces))

    def object(self, outer: _Frame, seen: bool) -> None:
        """Read an object and those inside it."""
        turn, move = np.eye(3), np.zeros(3)
        picture, crease = '', CREASE
        uv = np.array([[1.0, 1.0], [0.0, 0.0]])  # scale and shift of the picture
        corners = np.zeros((0, 3))
        frame = outer
        while words := self.words():
            word, *values = words
            if word == 'name':
                seen = seen and not UNSEEN.search(values[0] if values else '')
            elif word == 'data':
                self.at += 1
            elif word == 'texture' and values and values[-1] not in ('tiled', 'skids', 'shad'):
                picture = '' if values[0] == 'empty_texture_no_mapping' else values[0]
            elif word == 'texrep':
                uv[0] = _numbers(values, 2)
            elif word == 'texoff':
                uv[1] = _numbers(values, 2)
            elif word == 'crease':
                (crease,) = _numbers(values, 1)
            elif word == 'rot':
                turn = np.array(_numbers(values, 9)).reshape(3, 3)
            elif word == 'loc':
                move = np.array(_numbers(values, 3))
            elif word == 'hidden':
                seen = False
            elif word == 'numvert':
                corners = self.corners(_count(values))
            elif word == 'numsurf':
                frame = _inside(outer, turn, move)
                self.faces(_count(values), corners, frame, picture, uv, crease, seen)
            elif word == 'kids':
                frame = _inside(outer, turn, move)
                for _ in range(_count(values)):
                    begin = self.words()
                    if not begin:
                        return  # some files announce more than they have
                    if begin[0] != 'OBJECT':
                        raise ValueError(f'line {self.at}: an OBJECT is missing')
                    self.object(frame, seen)
                return
        raise ValueError('it is cut off')

    def corners(self, count: int) -> np.ndarray:
        rows = [_numbers(self.words(), 3) for _ in range(count)]
        return np.array(rows).reshape(-1, 3)

    def faces(
        self,
        count: int,
        corners: np.ndarray,
        frame: _Frame,
        picture: str,
        uv: np.ndarray,
        crease: float,
        seen: bool,
    ) -> None:
        """Read an object's surfaces; keeps them if they are ``seen``."""
        places = corners @ frame.turn + frame.move
        faces, texels, looks, smooth = [], [], [], []
        for _ in range(count):
            kind, material, refs = self.surface(len(corners))
            mapped = refs[:, 1:] * uv[0] + uv[1]
            numbers = refs[:, 0].astype(int)
            for part in _parts(kind & 0xF, len(refs)):
                faces.append(numbers[part].tolist())
                texels.append(mapped[part])
                looks.append((material, picture))
                smooth.append(bool(kind & SMOOTH))
        if not seen or not faces:
            return
        normals = smoothed(places, faces, smooth, crease)
        for face, texel, normal, look in zip(faces, texels, normals, looks, strict=True):
            group = self.surfaces[look]
            group.faces.append([number + self.count for number in face])
            group.texels.append(texel)
            group.normals.append(normal)
        self.places.append(places)
        self.count += len(places)

    def surface(self, corners: int) -> tuple[int, int, np.ndarray]:
        """Read a surface: flags, material, rows of corner, u, v."""
        kind, material = 0, 0
        while words := self.words():
            if words[0] == 'SURF':
                kind = int(words[1], 16)
            elif words[0] == 'mat':
                material = _count(words[1:])
            elif words[0] == 'refs':
                rows = [_numbers(self.words(), 1, 3) for _ in range(_count(words[1:]))]
                refs = np.array([(*row, 0.0, 0.0)[:3] for row in rows]).reshape(-1, 3)
                if len(refs) and not 0 <= refs[:, 0].min() <= refs[:, 0].max() < corners:
                    raise ValueError(f'line {self.at}: a surface has corners that are not there')
                return kind, material, refs
            else:
                break
        raise ValueError(f'line {self.at}: a surface is cut off')


def read_scene(text: str) -> Scene:
    """Read a file.

    Raises:
        ValueError: It is none, or is cut off.
    """
    try:
        return _Reader(text).scene()
    except (IndexError, RecursionError) as error:
        raise ValueError(f'{error}') from error


def as_obj(scene: Scene, pictures: dict[str, str], library: str) -> tuple[str, str]:
    """Put a scene in the words of an OBJ file and its MTL file.

    Args:
        scene: What to write.
        pictures: Files of those of ``scene.pictures`` that there are.
        library: Name of the MTL file.
    """
    lines = [f'mtllib {library}']
    lines += [f'v {x:.6g} {y:.6g} {z:.6g}' for x, y, z in scene.places]
    materials: list[str] = []
    done = 0
    for (number, picture), group in scene.surfaces.items():
        name = f'm{len(materials)}'
        known = scene.materials[number] if number < len(scene.materials) else Material()
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
    own = _unit(across)
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
                rows[k] = _unit(across[others].sum(0))
        normals.append(rows)
    return normals


def _across(corners: np.ndarray) -> np.ndarray:
    """Twice a polygon's area, along its normal (Newell)."""
    return np.cross(corners, np.roll(corners, -1, axis=0)).sum(0)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Give vectors the length 1; those of length 0 stay."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def _parts(kind: int, count: int) -> Iterator[list[int]]:
    """Say which corners of a surface are a face."""
    if kind == POLYGON and count >= 3:
        yield list(range(count))
    elif kind == STRIP:
        for k in range(count - 2):
            yield [k, k + 1, k + 2] if k % 2 == 0 else [k + 1, k, k + 2]


def _inside(outer: _Frame, turn: np.ndarray, move: np.ndarray) -> _Frame:
    return _Frame(turn @ outer.turn, move @ outer.turn + outer.move)


def _material(words: Sequence[str]) -> Material:
    colour, opacity = (1.0, 1.0, 1.0), 1.0
    for k, word in itertools.islice(enumerate(words), 2, None):
        if word == 'rgb':
            red, green, blue = _numbers(words[k + 1 :], 3)
            colour = red, green, blue
        elif word == 'trans':
            opacity = 1 - _numbers(words[k + 1 :], 1)[0]
    return Material(colour, min(max(opacity, 0.0), 1.0))


def _numbers(words: Sequence[str], least: int, most: int | None = None) -> tuple[float, ...]:
    """Read the first words as numbers."""
    if len(words) < least:
        raise ValueError('it is cut off' if not words else f'{words[0]}: numbers are missing')
    return tuple(float(word) for word in words[: most or least])


def _count(words: Sequence[str]) -> int:
    count = int(words[0]) if words else -1
    if count < 0:
        raise ValueError('a count is missing')
    return count
