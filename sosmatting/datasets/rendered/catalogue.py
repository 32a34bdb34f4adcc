"""Libraries of 3D models as Sweet Home 3D has them: ``.sh3f``, a ZIP with a list and OBJ files.

The list, ``PluginFurnitureCatalog.properties``, is Java's: ``name#3=Rocking horse``, in Latin-1.
"""

import math
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sosmatting.datasets.sets.layout import found_in
from sosmatting.exceptions import InputError

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
# What zipfile raises at files that are damaged, encrypted or packed in a way it does not know.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Model:
    """One 3D model of a library.

    Attributes:
        library: The ``.sh3f`` file.
        path: The OBJ file in it.
        name: ``'Rocking horse'``.
        category: ``person``, ``animal``, ``vehicle``, ``plant`` or ``object``.
        creator: Who made it.
        rotation: Nine numbers, the rows of the matrix that sets it upright.
    """

    library: Path
    path: str
    name: str
    category: str
    creator: str = ''
    rotation: tuple[float, ...] = UPRIGHT


def listed(folder: Path) -> list[Model]:
    """List the models of all libraries in a folder that are things to cut out.

    Raises:
        InputError: There is no library, or one that is broken or has no list, or nothing in them.
    """
    libraries = sorted(folder.glob('*.sh3f'))
    if not libraries:
        raise InputError(f'{folder}: expected libraries (*.sh3f), found {found_in(folder)}')
    models = [model for library in libraries for model in models_of(library)]
    if not models:
        raise InputError(f'{folder}: its libraries hold no OBJ file of a thing to cut out')
    return models


def models_of(library: Path) -> list[Model]:
    """List the models of one library; see :func:`listed`."""
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
    models = []
    for entry in entries.values():
        path, category = entry.get('model', '').lstrip('/'), entry.get('category', '')
        name = entry.get('name', '')
        no_thing = category in NO_THINGS or PARTS.search(name) or is_flat(entry)
        readable = path.lower().endswith('.obj') and '..' not in PurePosixPath(path).parts
        if no_thing or not readable or path not in inside:
            continue
        creator = entry.get('creator', '')
        kind = category_of(name, category)
        models.append(Model(library, path, name, kind, creator, rotation_of(entry)))
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
