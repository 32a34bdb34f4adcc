"""COCO 2017: nothing to convert; its files, counts and sizes are verified."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from sosmatting.datasets.sets.layout import found_in, need_folders
from sosmatting.exceptions import InputError, one_line
from sosmatting.files import read_json

TREE = 'annotations/instances_{train,val}2017.json train2017/*.jpg val2017/*.jpg'
PUBLISHED = {'train2017': 118287, 'val2017': 5000}
KEYS = ('images', 'annotations', 'categories')


def splits_of(root: Path) -> dict[str, tuple[Path, Path]]:
    """Find the annotation file and the photo folder of both splits.

    Raises:
        InputError: One is missing.
    """
    need_folders(root, ['annotations', *PUBLISHED])
    splits = {}
    for split in PUBLISHED:
        files = sorted((root / 'annotations').glob(f'instances_{split}*.json'))
        if len(files) != 1:
            raise InputError(
                f'{root / "annotations"}: expected one instances_{split}*.json, found '
                f'{found_in(root / "annotations")}'
            )
        splits[split] = (files[0], root / split)
    return splits


def read_instances(file: Path) -> dict[str, Any]:
    """Read an annotation file in COCO's form.

    Raises:
        InputError: It is not JSON, or not in that form.
    """
    content = read_json(file, 'download it again')
    if not isinstance(content, dict) or not all(isinstance(content.get(k), list) for k in KEYS):
        raise InputError(f'{file}: expected a COCO file with {", ".join(KEYS)}; download it again')
    return content


def problems(root: Path) -> Iterator[str]:
    """Name, one line each, the photos that are missing, broken or of another size, and more.

    Pictures are opened, not decoded.
    """
    for split, (file, folder) in splits_of(root).items():
        content = read_instances(file)
        known = {image['id'] for image in content['images']}
        categories = {category['id'] for category in content['categories']}
        for image in content['images']:
            yield from _photo(folder / image['file_name'], image)
        for annotation in content['annotations']:
            if annotation['image_id'] not in known:
                yield f'{file}: annotation {annotation["id"]} is of an image that {split} has not'
            if annotation['category_id'] not in categories:
                yield f'{file}: annotation {annotation["id"]} is of a category that is not listed'


def _photo(path: Path, image: dict[str, Any]) -> Iterator[str]:
    """Name what is wrong with one photo."""
    if not path.is_file():
        yield f'{path}: no such file, but the annotations list it'
        return
    try:
        with Image.open(path) as photo:
            size = photo.size
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        yield f'{path}: not readable as a picture ({one_line(error)}); download it again'
        return
    if size != (image['width'], image['height']):
        yield (
            f'{path}: is {size[0]} x {size[1]} pixels, its annotation says {image["width"]} x '
            f'{image["height"]}'
        )


def counts(root: Path) -> dict[str, tuple[int, int]]:
    """Count the images and annotations of every split."""
    contents = {split: read_instances(file) for split, (file, _) in splits_of(root).items()}
    return {s: (len(c['images']), len(c['annotations'])) for s, c in contents.items()}
