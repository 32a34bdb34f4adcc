"""The ground truth of a set, from folders of mattes or from a COCO-style JSON file."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as rle

from sosmatting.evaluation.folders import Kind, read_layout
from sosmatting.exceptions import InputError
from sosmatting.files import PHOTO_SUFFIXES, read_alpha, read_json

UNKNOWN, TRIMAP_VALUES = 128, (0, 128, 255)


@dataclass(frozen=True)
class TrueInstance:
    """One ground truth of an image.

    Attributes:
        name: Its file, or the number of its annotation.
        source: The file of its matte, or COCO's ``segmentation``.
        label: Index of its category, -1 where none is known.
        crowd: Whether it is a region to ignore.
    """

    name: str
    source: Path | dict | list
    label: int = -1
    crowd: bool = False


@dataclass(frozen=True)
class TrueImage:
    """The ground truth of one image.

    Attributes:
        name: Its path below the set's folder, without suffix.
        instances: What is in it.
        photo: The photo, None where it is not to be found.
        size_hw: H, W in pixels where the set says so.
    """

    name: str
    instances: tuple[TrueInstance, ...]
    photo: Path | None
    size_hw: tuple[int, int] | None = None


@dataclass(frozen=True)
class TruthSet:
    """The ground truth of a set.

    Attributes:
        place: The folder or file that it came from.
        kind: ``'instances'`` or ``'single'``, see :mod:`~sosmatting.evaluation.folders`.
        images: Ordered by name.
        classes: Category names; empty where none are known.
    """

    place: Path
    kind: Kind
    images: tuple[TrueImage, ...]
    classes: tuple[str, ...] = ()


def read_truth(place: Path, photos: Path | None = None) -> TruthSet:
    """List the ground truth of a set; no matte is read yet.

    Args:
        place: A folder of mattes, or a JSON file.
        photos: Where the photos are; found beside the mattes in the known layouts (``alphas``
            and ``images`` in the same places).

    Raises:
        InputError: It is missing, empty, or not what it should be.
    """
    if place.suffix.lower() == '.json' or place.is_file():
        return _from_json(place, photos)
    layout = read_layout(place, '--gt')
    strange = [name for name in layout.others if name.lower().endswith('.png')]
    if strange:
        raise InputError(f'{place / strange[0]}: true mattes are named 00.png, 01.png; rename it')
    photos = photos if photos is not None else _images_beside(place)
    images = tuple(
        TrueImage(name, tuple(TrueInstance(f.name, f) for f in files), find_photo(photos, name))
        for name, files in layout.files.items()
    )
    return TruthSet(place, layout.kind, images)


def _images_beside(place: Path) -> Path | None:
    """Turn ``.../alphas/natural`` into ``.../images/natural`` where that exists."""
    parts = place.resolve().parts
    for k in range(len(parts) - 1, 0, -1):
        if parts[k] == 'alphas':
            folder = Path(*parts[:k], 'images', *parts[k + 1 :])
            return folder if folder.is_dir() else None
    return None


def find_photo(folder: Path | None, name: str) -> Path | None:
    """Find ``FOLDER/NAME`` with any suffix of a picture."""
    if folder is None:
        return None
    for suffix in PHOTO_SUFFIXES:
        for variant in (suffix, suffix.upper()):
            if (folder / f'{name}{variant}').is_file():
                return folder / f'{name}{variant}'
    return None


def _from_json(path: Path, photos: Path | None) -> TruthSet:
    """Read a COCO-style file whose annotations name an ``alpha`` or hold a ``segmentation``."""
    content = read_json(path)
    lists = [content.get(key) for key in KEYS] if isinstance(content, dict) else []
    if not lists or not all(isinstance(some, list) for some in lists):
        raise InputError(f'{path}: needs the lists {", ".join(KEYS)}; give a COCO-style file')
    root = path.parent.parent if path.parent.name == 'annotations' else path.parent
    photos = photos if photos is not None else root / 'images'
    try:
        classes = tuple(str(category['name']) for category in content['categories'])
        labels = {category['id']: k for k, category in enumerate(content['categories'])}
        names, sizes = {}, {}
        for image in content['images']:
            names[image['id']] = Path(image['file_name']).with_suffix('').as_posix()
            sizes[image['id']] = (int(image['height']), int(image['width']))
        inside: dict[Any, list[TrueInstance]] = {number: [] for number in names}
        for annotation in content['annotations']:
            inside[annotation['image_id']].append(_instance(annotation, root, labels))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path}: an entry lacks or misnames {error}; give a COCO-style file'
        ) from error
    if not names:
        raise InputError(f'{path}: lists no image; give a set that has some')
    if len(set(names.values())) < len(names) or len(names) < len(content['images']):
        twice = sorted(names.values())
        name = next((a for a, b in itertools.pairwise(twice) if a == b), 'an id')
        raise InputError(f'{path}: {name} is there twice; give every image its own name and id')
    images = [
        TrueImage(name, tuple(inside[key]), find_photo(photos, name), sizes[key])
        for key, name in names.items()
    ]
    images.sort(key=lambda image: image.name)
    return TruthSet(path, 'instances', tuple(images), classes)


KEYS = ('images', 'annotations', 'categories')


def _instance(annotation: dict, root: Path, labels: dict[Any, int]) -> TrueInstance:
    """Read one annotation."""
    alpha, label = annotation.get('alpha'), labels[annotation['category_id']]
    source = root / 'alphas' / alpha if alpha else annotation['segmentation']
    name = Path(alpha).name if alpha else str(annotation.get('id', ''))
    return TrueInstance(name, source, label, bool(annotation.get('iscrowd', 0)))


def matte_pixels(instance: TrueInstance, image: TrueImage) -> np.ndarray:
    """Read one true matte, (H, W) uint8 or uint16.

    Raises:
        InputError: The file cannot be read or has another size than the set says.
    """
    if isinstance(instance.source, Path):
        pixels = read_alpha(instance.source)
        if image.size_hw is not None and pixels.shape != image.size_hw:
            raise InputError(
                f'{instance.source}: is {wh(pixels.shape)}, its image is {wh(image.size_hw)}; give '
                'the matte of the whole image'
            )
        return pixels
    assert image.size_hw is not None
    height, width = image.size_hw
    try:
        code = instance.source
        if isinstance(code, list):
            code = rle.merge(rle.frPyObjects(code, height, width))
        elif isinstance(code.get('counts'), list):
            code = rle.frPyObjects(code, height, width)
        mask = rle.decode(code)
    except Exception as error:  # pycocotools raises nearly anything
        raise InputError(
            f'{image.name}: annotation {instance.name} has a segmentation that is none; mend it'
        ) from error
    if mask.shape != (height, width):
        raise InputError(
            f'{image.name}: annotation {instance.name} has a segmentation of another size; mend it'
        )
    return mask * np.uint8(255)


def wh(size_hw: Sequence[int]) -> str:
    """Write H, W as people do: 640x480."""
    return f'{size_hw[1]}x{size_hw[0]}'


def read_prediction(path: Path, size_hw: Sequence[int]) -> np.ndarray:
    """Read one predicted matte, (H, W) uint8 or uint16.

    Raises:
        InputError: It is no grey picture of one channel, or has another size.
    """
    pixels = read_alpha(path)
    with Image.open(path) as file:
        bands = file.getbands()
    if len(bands) != 1:
        raise InputError(
            f'{path}: an alpha has 1 channel, this has {len(bands)} ({"".join(bands)}); save one '
            'grey channel'
        )
    if pixels.shape != tuple(size_hw):
        raise InputError(
            f'{path}: is {wh(pixels.shape)}, the ground truth is {wh(size_hw)}; predict at the '
            "photo's own size"
        )
    return pixels


def read_unknown(folder: Path, image: TrueImage, instance: TrueInstance, size: Any) -> np.ndarray:
    """Read the unknown band of an instance: ``FOLDER/NAME/KK.png``, else ``FOLDER/NAME.png``.

    Returns:
        (H, W) bool.

    Raises:
        InputError: There is no trimap, it has another size, or values besides 0, 128, 255.
    """
    own = folder / image.name / instance.name
    path = own if own.is_file() else folder / f'{image.name}.png'
    if not path.is_file():
        raise InputError(f'{path}: no such trimap; give one for every image, or another --protocol')
    trimap = read_alpha(path)
    if trimap.shape != tuple(size):
        raise InputError(f'{path}: is {wh(trimap.shape)}, the ground truth is {wh(size)}')
    strange = np.setdiff1d(trimap, TRIMAP_VALUES)
    if len(strange):
        raise InputError(
            f'{path}: a trimap holds 0, 128 and 255, this also {strange[0]}; write it again'
        )
    return trimap == UNKNOWN
