"""Sets in our own layout: nothing to convert; files, counts, sizes and mattes are verified."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sosmatting.datasets.sets.coco import read_instances
from sosmatting.datasets.sets.layout import found_in, need_folders
from sosmatting.datasets.sets.pixels import check_alpha, check_photo
from sosmatting.datasets.writer import named_files
from sosmatting.exceptions import InputError

TREE = 'images/NAME.jpg alphas/NAME/KK.png annotations/{train,test}.json'


def annotation_files(root: Path) -> dict[str, Path]:
    """Find the annotation file of every split.

    Raises:
        InputError: There is none.
    """
    (folder,) = need_folders(root, ['annotations'])
    files = {path.stem: path for path in sorted(folder.glob('*.json'))}
    if not files:
        raise InputError(f'{folder}: expected SPLIT.json, found {found_in(folder)}')
    return files


def problems(root: Path) -> Iterator[str]:
    """Name, one line each, what is missing, broken or of another size; everything is decoded."""
    for file in annotation_files(root).values():
        content = read_instances(file)
        numbers = {category['id'] for category in content['categories']}
        sizes = {image['id']: (image['width'], image['height']) for image in content['images']}
        folder = _photo_folder(root, content)
        for image in content['images']:
            yield from check_photo(folder / image['file_name'], (image['width'], image['height']))
        for annotation in content['annotations']:
            if annotation['image_id'] not in sizes or annotation['category_id'] not in numbers:
                yield f'{file}: annotation {annotation["id"]} is of no image or category listed'
                continue
            yield from _mattes(root, annotation, sizes[annotation['image_id']])


def _photo_folder(root: Path, content: dict[str, Any]) -> Path:
    """Tell where the photos lie: a set of cut-outs alone has none but the cut-outs."""
    cutouts = content['annotations'] and not {'alpha', 'pseudo_alpha'} & set(
        content['annotations'][0]
    )
    return root / ('foregrounds' if cutouts else 'images')


def _mattes(root: Path, annotation: dict[str, Any], size_wh: tuple[int, int]) -> Iterator[str]:
    """Check the matte of one annotation, and that its other files are there."""
    for file in named_files(root, annotation):
        if not file.is_file():
            yield f'{file}: no such file, but the annotations name it'
    for key, folder in (('alpha', 'alphas'), ('pseudo_alpha', 'pseudo_alphas')):
        if key in annotation and (root / folder / annotation[key]).is_file():
            yield from check_alpha(root / folder / annotation[key], size_wh, visible=True)


def counts(root: Path) -> dict[str, tuple[int, int]]:
    """Count the images and annotations of every split."""
    contents = {split: read_instances(file) for split, file in annotation_files(root).items()}
    return {s: (len(c['images']), len(c['annotations'])) for s, c in contents.items()}
