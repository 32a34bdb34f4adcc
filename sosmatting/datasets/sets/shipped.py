"""The cut-outs that the shipped model saw, from a folder of photos laid out as data/README.md says.

One source for stamps (RGBA), one for photos of one object each; both keep apart what
:mod:`shipped_recipe` holds out, as split ``val``.
"""

from collections.abc import Iterable
from pathlib import Path

from sosmatting.datasets.photo_sources import ALPHAMATTING_CLASSES, stamp_class
from sosmatting.datasets.sets.layout import (
    AlphaFile,
    Contents,
    Picture,
    Source,
    need_folders,
    pair,
)
from sosmatting.datasets.sets.shipped_recipe import HELD_OUT, PHOTO_CATEGORIES, STAMP_FOLDERS
from sosmatting.exceptions import InputError


def read_stamps(root: Path) -> Contents:
    """List the stamps; the category is COCO's where there is one, else that of the folder.

    Raises:
        InputError: The folder is missing, or holds no stamp of a known folder.
    """
    (stamps,) = need_folders(root, ['tuxpaint-stamps'])
    pictures = []
    for path in sorted(stamps.rglob('*.png')):
        inside = path.relative_to(stamps)
        folder = STAMP_FOLDERS.get(inside.parts[0])
        if folder is not None:
            name = '_'.join(inside.with_suffix('').parts)
            category = stamp_class(inside.as_posix()) or folder
            pictures.append(Picture(name, path, (AlphaFile(path, 'fourth'),), (category,)))
    return _split(pictures, stamps)


def read_photos(root: Path) -> Contents:
    """List alphamatting.com's photos and the portraits and animals with published mattes.

    Raises:
        InputError: A folder is missing, or a photo has no alpha.
    """
    pictures = []
    inputs, alphas, portraits, mattes, animals, lemur = need_folders(
        root,
        [
            'alphamatting/input_training_lowres',
            'alphamatting/gt_training_lowres',
            'p3m_demo/original',
            'p3m_demo/alpha',
            'am2k_gfm_demo',
            'pymatting_lemur',
        ],
    )
    for photo, alpha in pair(inputs, alphas):
        known = ALPHAMATTING_CLASSES.get(photo.stem, 'object')
        pictures.append(_photo(photo, alpha, known))
    for photo, alpha in pair(portraits, mattes):
        pictures.append(_photo(photo, alpha, 'person'))
    for photo in sorted(animals.glob('*.jpg')):
        pictures.append(_photo(photo, photo.with_suffix('.png'), 'animal'))
    pictures.append(_photo(lemur / 'lemur.png', lemur / 'lemur_alpha.png', 'animal'))
    return _split(pictures, root)


def _photo(photo: Path, alpha: Path, category: str) -> Picture:
    """Describe a photo of one object."""
    category = PHOTO_CATEGORIES.get(photo.stem, category)
    return Picture(photo.stem, photo, (AlphaFile(alpha),), (category,))


def _split(pictures: Iterable[Picture], folder: Path) -> Contents:
    """Keep apart what is held out.

    Raises:
        InputError: There is nothing to train on.
    """
    splits: Contents = {'train': [], 'val': []}
    for picture in pictures:
        splits['val' if picture.name in HELD_OUT else 'train'].append(picture)
    if not splits['train']:
        raise InputError(f'{folder}: holds no cut-out to train on; see data/README.md')
    return {split: listed for split, listed in splits.items() if listed}


STAMPS = Source(
    name='shipped-stamps',
    kind='cutouts',
    about="the shipped model's cut-outs: stamps",
    tree='tuxpaint-stamps/{animals,food,hobbies,household,people,plants,vehicles}/**/NAME.png',
    read=read_stamps,
)
PHOTOS = Source(
    name='shipped-photos',
    kind='objects',
    about="the shipped model's cut-outs: photos of one object",
    tree=(
        'alphamatting/{input,gt}_training_lowres p3m_demo/{original,alpha} am2k_gfm_demo '
        'pymatting_lemur'
    ),
    read=read_photos,
)
