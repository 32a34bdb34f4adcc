"""alphamatting.com's training set (Rhemann et al., CVPR 2009): 27 photos, true alphas, trimaps."""

from dataclasses import replace
from pathlib import Path

from sosmatting.datasets.photo_sources import ALPHAMATTING_CLASSES
from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects

SIZES = ('lowres', 'highres')


def read(root: Path) -> Contents:
    """List ``input_training_*`` with ``gt_training_*``; trimaps from the first of the two sets.

    Where both sizes were unpacked the smaller one, 800 pixels, is taken.
    """
    size = next((s for s in SIZES if (root / f'input_training_{s}').is_dir()), SIZES[0])
    images, alphas = need_folders(root, [f'input_training_{size}', f'gt_training_{size}'])
    trimaps = root / f'trimap_training_{size}' / 'Trimap1'
    pictures = single_objects(images, alphas, 'object', trimaps)
    return {
        'train': [
            replace(picture, categories=(ALPHAMATTING_CLASSES.get(picture.name, 'object'),))
            for picture in pictures
        ]
    }


SOURCE = Source(
    name='alphamatting',
    kind='objects',
    about='27 photos with true alphas (alphamatting.com)',
    tree='{input,gt,trimap}_training_{lowres,highres}/',
    read=read,
    published={'train': 27},
)
