"""Models as AC3D writes them (``.ac``) and TORCS extends them (``.acc``).

A file is text: materials, then objects that have others inside them. An object has a picture for
its surfaces, corners, and surfaces with the corners that they join; y is up.

After https://www.inivis.com/ac3d/man/ac3dfileformat.html.
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sosmatting.datasets.rendered.scene import Material, Scene, Surfaces, smoothed

POLYGON, STRIP = 0, 4  # kinds of surfaces; the others are lines
SMOOTH = 0x10
CREASE = 61.0  # degrees between faces, from which on an edge is sharp
TOKEN = re.compile(r'"[^"]*"|\S+')


@dataclass
class _Frame:
    """Where an object stands: a corner ``x`` of it, a row, is at ``x @ turn + move``.

    Attributes:
        turn: (3, 3).
        move: (3,).
    """

    turn: np.ndarray
    move: np.ndarray


class _Reader:
    """Takes a file's words apart; says at which line it fails."""

    def __init__(self, text: str, unseen: re.Pattern[str] | None) -> None:
        self.lines = text.split('\n')
        self.unseen = unseen
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
        """Read the whole file; a plain material comes after its own."""
        first = self.words()
        if not first or not first[0].startswith('AC3D'):
            raise ValueError('no AC3D file')
        while words := self.words():
            if words[0] == 'MATERIAL':
                self.materials.append(_material(words))
            elif words[0] == 'OBJECT':
                self.object(_Frame(np.eye(3), np.zeros(3)), seen=True)
            else:
                raise ValueError(f'line {self.at}: {words[0]} outside of objects')
        places = np.concatenate(self.places) if self.places else np.zeros((0, 3))
        return Scene([*self.materials, Material()], places, dict(self.surfaces))

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
                named = values[0] if values else ''
                seen = seen and (self.unseen is None or not self.unseen.search(named))
            elif word == 'data':
                self.skip(_count(values))
            elif word == 'texture' and values and values[1:2] in ([], ['base']):
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

    def skip(self, count: int) -> None:
        """Leave out a text of so many letters; what follows begins in a line of its own."""
        while count > 0 and self.at < len(self.lines):
            count -= len(self.lines[self.at]) + 1
            self.at += 1

    def corners(self, count: int) -> np.ndarray:
        """Read corners: (count, 3)."""
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
                # Some files ask for materials that they do not have.
                return kind, min(material, len(self.materials)), refs
            else:
                break
        raise ValueError(f'line {self.at}: a surface is cut off')


def read_scene(text: str, unseen: re.Pattern[str] | None = None) -> Scene:
    """Read a file.

    Args:
        text: Of the file.
        unseen: Objects of such names, with those inside them, are left out.

    Raises:
        ValueError: It is none, or is cut off.
    """
    try:
        return _Reader(text, unseen).scene()
    except (IndexError, RecursionError) as error:
        raise ValueError(f'{error}') from error


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
    numbers = tuple(float(word) for word in words[: most or least])
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f'{" ".join(words)}: no numbers')
    return numbers


def _count(words: Sequence[str]) -> int:
    count = int(words[0]) if words else -1
    if count < 0:
        raise ValueError('a count is missing')
    return count
