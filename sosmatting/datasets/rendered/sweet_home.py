"""Libraries of 3D models as Sweet Home 3D has them: ``.sh3f``, a ZIP with a list and OBJ files.

The list, ``PluginFurnitureCatalog.properties``, is Java's: ``name#3=Rocking horse``, in Latin-1.
"""

import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sosmatting.datasets.rendered.models import BROKEN, UPRIGHT, Model
from sosmatting.exceptions import InputError

FILES = '*.sh3f'
LIST = 'PluginFurnitureCatalog.properties'
LINE = re.compile(r'^([A-Za-z]+)#([0-9]+)[ \t]*=[ \t]*(.*?)\r?$', re.MULTILINE)
# Parts of a building are no things to cut out.
NO_THINGS = frozenset({'Doors and windows', 'Staircases'})
PARTS = re.compile(r'\b(plug|switch)\b')
FLAT = 0.04  # height by the other sides: marks on a road, carpets
# Words of a name, the first that is listed here counts; else the library's own category.
WORDS: Mapping[str, str] = {
    **dict.fromkeys(('bulldog', 'cat', 'chicken', 'dog', 'horse', 'rabbit'), 'animal'),
    **dict.fromkeys(
        (
            'acacia', 'bamboo', 'beech', 'bonsai', 'bush', 'cactus', 'cypress', 'ficus', 'flowers',
            'hedge', 'lily', 'maple', 'orchids', 'palm', 'peach', 'pine', 'plant', 'poplar',
            'spathiphyllum', 'tree', 'tulips', 'yucca',
        ),
        'plant',
    ),
    **dict.fromkeys(('motorbike', 'rowboat', 'biplane'), 'vehicle'),
}  # fmt: skip
NAMED_OTHERWISE: Mapping[str, str] = {
    'Car model': 'vehicle',
    'Christmas tree': 'object',
    'Clothes horse': 'object',
    'Deer': 'object',  # a trophy
    'Dog house': 'object',
    'Hot dog': 'object',
    'Mannequin female': 'object',
    'Mannequin male': 'object',
    'Plant box': 'object',
    'Roasted chicken': 'object',
    'Rocking horse': 'object',
    'Skateboard': 'object',
    'Stroller': 'object',
}
CATEGORIES: Mapping[str, str] = {'Characters': 'person', 'Vehicles': 'vehicle'}
NO_FACE = re.compile(rb'f\s+\S+(\s+\S+)?\s*$')


@dataclass(frozen=True)
class Furniture(Model):
    """One model of a library of Sweet Home 3D's; ``path`` is an OBJ file.

    Attributes:
        creator: Who made it.
    """

    creator: str = ''

    def unpacked(self, folder: Path, view: int) -> Path:
        """Unpack it with all that lies beside it; returns its OBJ file, mended.

        Faces of two corners are left out, for VTK gives a file with one up, and what is said of a
        material before it has a name, at which VTK crashes.
        """
        beside = PurePosixPath(self.path).parent
        try:
            with zipfile.ZipFile(self.library) as archive:
                for name in archive.namelist():
                    if PurePosixPath(name).is_relative_to(beside):
                        archive.extract(name, folder)
        except BROKEN as error:
            raise InputError(
                f'{self.library}: broken at {self.path} ({error}); get it again'
            ) from error
        file = folder / self.path
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b''.join(line for line in lines if not NO_FACE.match(line)))
        for materials in file.parent.glob('*.mtl'):
            text = materials.read_bytes()
            materials.write_bytes(text[max(text.find(b'newmtl'), 0) :])
        return file


def models_of(library: Path) -> list[Model]:
    """List the models of one library that are things to cut out.

    Raises:
        InputError: It is broken or has no list.
    """
    try:
        with zipfile.ZipFile(library) as archive:
            text = archive.read(LIST).decode('latin-1')
            inside = set(archive.namelist())
    except KeyError as error:
        raise InputError(f'{library}: holds no {LIST}; is it a library of furniture?') from error
    except BROKEN as error:
        raise InputError(
            f'{library}: not readable as a ZIP ({error}); download it again'
        ) from error
    entries: dict[str, dict[str, str]] = {}
    for key, number, value in LINE.findall(text):
        entries.setdefault(number, {})[key] = value.strip()
    models: list[Model] = []
    for entry in entries.values():
        path, category = entry.get('model', '').lstrip('/'), entry.get('category', '')
        name = entry.get('name', '')
        no_thing = category in NO_THINGS or PARTS.search(name) or is_flat(entry)
        readable = path.lower().endswith('.obj') and '..' not in PurePosixPath(path).parts
        if no_thing or not readable or path not in inside:
            continue
        kind, creator = category_of(name, category), entry.get('creator', '')
        models.append(Furniture(library, path, name, kind, rotation_of(entry), creator))
    return models


def category_of(name: str, category: str) -> str:
    """Tell what a model counts as, by its name, else by the library's category."""
    if name in NAMED_OTHERWISE:
        return NAMED_OTHERWISE[name]
    words = re.findall('[a-z]+', name.lower())
    known = [WORDS[word] for word in words if word in WORDS]
    return known[0] if known else CATEGORIES.get(category, 'object')


def is_flat(entry: Mapping[str, str]) -> bool:
    """Tell whether a model lies on the ground like a carpet."""
    height, *others = numbers_of([entry.get(side, '') for side in ('height', 'width', 'depth')])
    return height < FLAT * min(others)


def rotation_of(entry: Mapping[str, str]) -> tuple[float, ...]:
    """Read what sets a model upright: nine numbers."""
    numbers = numbers_of(entry.get('modelRotation', '').split())
    complete = len(numbers) == len(UPRIGHT) and not any(map(math.isnan, numbers))
    return numbers if complete else UPRIGHT


def numbers_of(texts: Sequence[str]) -> tuple[float, ...]:
    """Read numbers; NaN where there is none."""
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text))
        except ValueError:
            numbers.append(math.nan)
    return tuple(numbers)
