"""COCO's photos that show nothing of chosen categories, as backgrounds."""

from collections.abc import Sequence
from pathlib import Path

from sosmatting.datasets.composed.category_sizes import setting_of
from sosmatting.datasets.sets import coco
from sosmatting.datasets.sets.layout import Contents, Picture, Source
from sosmatting.exceptions import InputError


def read(root: Path, without: Sequence[str] = ('person',), max_object: float = 0.1) -> Contents:
    """List the photos of every split that show none of the categories ``without``.

    A photo of which one object fills more than the share ``max_object`` is a portrait of that
    object and is left out too.

    Raises:
        InputError: As for COCO; a category is unknown; no photo is left.
    """
    splits: Contents = {}
    for split, (annotations, folder) in coco.splits_of(root).items():
        content = coco.read_instances(annotations)
        names = {category['id']: category['name'] for category in content['categories']}
        unknown = [name for name in without if name not in names.values()]
        if unknown:
            raise InputError(f'--without {unknown[0]}: no category of {annotations}; see its names')
        areas = {i['id']: i['width'] * i['height'] for i in content['images']}
        shown: dict[int, list[str]] = {number: [] for number in areas}
        unfit = set()
        for annotation in content['annotations']:
            number, name = annotation['image_id'], names[annotation['category_id']]
            shown[number].append(name)
            if name in without or annotation['area'] > max_object * areas[number]:
                unfit.add(number)
        splits[split] = [
            Picture(
                Path(image['file_name']).stem,
                folder / image['file_name'],
                notes={'setting': setting_of(shown[image['id']])},
            )
            for image in sorted(content['images'], key=lambda image: image['file_name'])
            if image['id'] not in unfit
        ]
        if not splits[split]:
            raise InputError(
                f'{annotations}: no photo without {", ".join(without)} and without an object above '
                f'{max_object:.0%} of it; leave out less'
            )
    return splits


SOURCE = Source(
    name='coco-backgrounds',
    kind='backgrounds',
    about='COCO photos without people (or --without)',
    tree=coco.TREE,
    read=read,
)
