"""What a folder of real photos offers: object cut-outs with classes, backgrounds, COCO pictures.

The folder is laid out as :data:`EXPECTED` tells; ``data/README.md`` describes it.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import (
    explained,
    list_photos,
    read_alpha,
    read_json,
    read_photo,
    write_json,
)
from sosmatting.functional.compose import foreground_colours

EXPECTED = (
    'coco/annotations',
    'coco/train2017',
    'coco/val2017',
    'tuxpaint-stamps',
    'alphamatting/input_training_lowres',
    'alphamatting/gt_training_lowres',
    'matting_anything_demo/backgrounds',
)
SPLITS = ('train2017', 'val2017')

FOLDER_CLASSES = {  # a folder of stamps whose members are all of one COCO category
    'animals/birds': 'bird',
    'animals/mammals/bears': 'bear',
    'vehicles/flight/planes': 'airplane',
    'vehicles/ship': 'boat',
    'people': 'person',
}
WORD_CLASSES = {  # a word in a stamp's name that means a COCO category; SELF_NAMED are ones
    'bull': 'cow',
    'calf': 'cow',
    'zebu': 'cow',
    'yak': 'cow',
    'ram': 'sheep',
    'lamb': 'sheep',
    'ewe': 'sheep',
    'pony': 'horse',
    'sportscar': 'car',
    'garbagetruck': 'truck',
    'motorbike': 'motorcycle',
    'bike': 'bicycle',
    'couch': 'couch',
    'sofa': 'couch',
}
SELF_NAMED = (
    'bicycle car motorcycle airplane bus train truck boat bird cat dog horse sheep cow elephant '
    'zebra giraffe umbrella bottle cup fork knife spoon bowl banana apple orange broccoli carrot '
    'pizza donut cake chair toilet laptop book clock vase scissors'
)
ALPHAMATTING_CLASSES = {  # by looking; plush animals are COCO's teddy bears
    'GT05': 'teddy bear',
    'GT07': 'teddy bear',
    'GT08': 'person',
    'GT10': 'teddy bear',
    'GT13': 'potted plant',
    'GT16': 'teddy bear',
    'GT20': 'teddy bear',
    'GT22': 'teddy bear',
    'GT23': 'teddy bear',
    'GT26': 'potted plant',
}


@dataclass(frozen=True)
class Cutout:
    """One object on disk: a photo with its alpha inside (RGBA) or beside it.

    Attributes:
        path: The picture.
        alpha: The alpha's file; ``None`` where ``path`` is RGBA.
        name: Its COCO category.
    """

    path: Path
    alpha: Path | None
    name: str


def check_source(source: Path) -> None:
    """Check that a folder of photos is laid out as expected.

    Raises:
        InputError: It is missing, or one of :data:`EXPECTED` is.
    """
    if not source.is_dir():
        raise InputError(
            f'{source}: no such folder; name a folder that holds {", ".join(EXPECTED)}'
        )
    for name in EXPECTED:
        if not (source / name).is_dir():
            found = ', '.join(sorted(path.name for path in source.iterdir())[:6]) or 'nothing'
            raise InputError(
                f'{source}: expected the folder {name} in it, found {found}; '
                'see data/README.md for the layout'
            )


def stamp_class(path: str) -> str | None:
    """Tell the COCO category of a stamp by its path (``animals/birds/crow.png``), or ``None``."""
    for folder, name in FOLDER_CLASSES.items():
        if path.startswith(f'{folder}/'):
            return name
    for word in re.findall('[a-z]+', Path(path).stem.lower()):
        if word in SELF_NAMED.split():
            return word
        if word in WORD_CLASSES:
            return WORD_CLASSES[word]
    return None


def list_cutouts(source: Path) -> list[Cutout]:
    """List all objects whose COCO category is known, sorted by path.

    Raises:
        InputError: There is none, or an alpha is missing.
    """
    stamps = source / 'tuxpaint-stamps'
    cutouts = []
    for path in sorted(stamps.rglob('*.png')):
        name = stamp_class(path.relative_to(stamps).as_posix())
        if name:
            cutouts.append(Cutout(path, None, name))
    for path in list_photos(source / 'alphamatting/input_training_lowres'):
        alpha = source / 'alphamatting/gt_training_lowres' / f'{path.stem}.png'
        if path.stem in ALPHAMATTING_CLASSES:
            if not alpha.is_file():
                raise InputError(f'{alpha}: no such file; it is the alpha of {path.name}')
            cutouts.append(Cutout(path, alpha, ALPHAMATTING_CLASSES[path.stem]))
    if not cutouts:
        raise InputError(f'{stamps}: holds no stamp of a COCO category; complete the folder')
    return cutouts


def read_cutout(cutout: Cutout) -> np.ndarray:
    """Read an object, cropped to what is visible of it.

    Returns:
        (H, W, 4) float32 RGBA in [0, 1], the colours multiplied by alpha.

    Raises:
        InputError: A file is missing or broken, has no alpha, or is fully transparent.
    """
    if cutout.alpha is None:
        try:
            with Image.open(cutout.path) as file:
                rgba = np.asarray(file.convert('RGBA'), np.float32) / 255
        except (OSError, SyntaxError, ValueError) as error:
            raise InputError(f'{cutout.path}: not readable ({error}); save it again') from error
        colours, alpha = rgba[..., :3], rgba[..., 3]
    else:
        stored = read_alpha(cutout.alpha)
        alpha = stored.astype(np.float32) / np.iinfo(stored.dtype).max
        image = read_photo(cutout.path).astype(np.float32) / 255
        if image.shape[:2] != alpha.shape:
            raise InputError(
                f'{cutout.alpha}: not of the size of {cutout.path}; replace one of them'
            )
        colours = foreground_colours(image, alpha)
    seen = alpha > 0.02
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not len(rows):
        raise InputError(f'{cutout.path}: fully transparent; remove it')
    rgba = np.dstack([colours * alpha[..., None], alpha])
    return rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def read_coco(source: Path, split: str) -> dict[str, Any]:
    """Read the official annotations of a split and check that all its photos are there.

    Raises:
        InputError: The file is missing, there are two, or it is not of COCO's form; or a photo is
            missing.
    """
    folder = source / 'coco/annotations'
    files = sorted(folder.glob(f'instances_{split}*.json'))
    if len(files) != 1:
        raise InputError(
            f'{folder}: expected one file instances_{split}*.json, found {len(files)}; '
            'keep the one that belongs to the photos'
        )
    content = read_json(files[0])
    keys = ('images', 'annotations', 'categories')
    if not isinstance(content, dict) or not all(isinstance(content.get(k), list) for k in keys):
        raise InputError(f'{files[0]}: not in COCO form; it must have {", ".join(keys)}')
    for image in content['images']:
        photo = source / 'coco' / split / image['file_name']
        if not photo.is_file():
            raise InputError(f'{photo}: no such file, but {files[0].name} lists it; add the photo')
    return content


def list_backgrounds(source: Path, split: str, content: dict[str, Any]) -> list[Path]:
    """List photos to compose over: object-free ones (training only), and COCO's without people."""
    people = {c['id'] for c in content['categories'] if c['name'] == 'person'}
    peopled = {a['image_id'] for a in content['annotations'] if a['category_id'] in people}
    names = sorted(i['file_name'] for i in content['images'] if i['id'] not in peopled)
    photos = [source / 'coco' / split / name for name in names]
    if split == 'train2017':
        photos = list_photos(source / 'matting_anything_demo/backgrounds') + photos
    if not photos:
        raise InputError(f'{source / "coco" / split}: no photo without people; add some')
    return photos


def link_coco(source: Path, root: Path) -> bool:
    """Bring the COCO pictures to ``root``: hard links, or copies; the annotations last.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: The source is not complete, or ``root`` holds something else.
    """
    changed = False
    known = {'annotations', *SPLITS}
    held = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
    if foreign := [name for name in held if name not in known]:
        raise InputError(f'{root}: holds something else ({foreign[0]}); choose another folder')
    for split in SPLITS:
        content = read_coco(source, split)
        target = root / 'annotations' / f'instances_{split}.json'
        if target.is_file() and read_json(target) != content:
            raise InputError(f'{target}: other annotations than the source; choose another folder')
        for image in content['images']:
            changed |= _link(source / 'coco' / split / image['file_name'], root / split)
        if not target.is_file():
            write_json(target, content)
            changed = True
    return changed


def _link(photo: Path, folder: Path) -> bool:
    """Link or copy one photo into a folder, unless it is there; tells whether it was needed."""
    target = folder / photo.name
    if target.is_file() and target.stat().st_size == photo.stat().st_size:
        return False
    with explained(target):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f'.{photo.name}.part'
        part.unlink(missing_ok=True)
        try:
            os.link(photo, part)
        except OSError:
            shutil.copyfile(photo, part)
        part.replace(target)
    return True
