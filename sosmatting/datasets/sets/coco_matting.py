"""COCO-Matting (SEMat, 2024): alphas and trimaps of objects in COCO photos, made by a network."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sosmatting.datasets.sets.layout import (
    AlphaFile,
    Contents,
    Picture,
    Source,
    found_in,
    need_folders,
    pictures_in,
)
from sosmatting.exceptions import InputError
from sosmatting.files import read_json

FOLDER = 'COCO-Matting_trimap_alpha'
PHOTO_FOLDERS = ('train2017', 'unlabeled2017')
NUMBER = re.compile(r'(?<!\d)(\d{12})(?!\d)')


def read(root: Path) -> Contents:
    """List ``COCO-Matting_trimap_alpha/*.png`` (trimap and alpha side by side) by COCO photo.

    A photo may have several; ``*.json`` beside the folder says which photo belongs to which file.

    Raises:
        InputError: A folder, the JSON or a photo is missing, or an entry names no COCO photo.
    """
    need_folders(root, [FOLDER, PHOTO_FOLDERS[0]])
    lists = sorted(root.glob('*.json'))
    if len(lists) != 1:
        raise InputError(
            f'{root}: expected one JSON beside {FOLDER}/, found {found_in(root)}; keep the list '
            'that the set came with'
        )
    entries = read_json(lists[0])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(
            f'{lists[0]}: expected a list of objects with save_path; download it again'
        )
    files = pictures_in(root / FOLDER)
    objects: dict[Path, list[Path]] = {}
    for entry in entries:
        label = Path(str(entry.get('save_path', '')))
        if label.stem not in files:
            raise InputError(
                f'{lists[0]}: names {str(label)!r}, which is not in {FOLDER}/; complete the folder'
            )
        objects.setdefault(_photo(root, entry, lists[0]), []).append(files[label.stem])
    pictures = []
    for photo in sorted(objects):
        alphas = tuple(AlphaFile(file, 'right') for file in sorted(objects[photo]))
        trimaps = tuple(AlphaFile(file.path, 'left') for file in alphas)
        pictures.append(Picture(photo.stem, photo, alphas, ('person',) * len(alphas), trimaps))
    return {'train': pictures}


def _photo(root: Path, entry: Mapping[str, Any], source: Path) -> Path:
    """Find the COCO photo of an entry by the 12-digit number in it; the label's name comes last."""
    texts = [str(value) for key, value in sorted(entry.items()) if key != 'save_path']
    for text in [*texts, str(entry['save_path'])]:
        for number in NUMBER.findall(text):
            for folder in PHOTO_FOLDERS:
                if (root / folder / f'{number}.jpg').is_file():
                    return root / folder / f'{number}.jpg'
    raise InputError(
        f'{source}: the entry {entry["save_path"]!r} names no photo of {" or ".join(PHOTO_FOLDERS)}'
        "; put COCO's photos there"
    )


SOURCE = Source(
    name='coco-matting',
    kind='photos',
    about='alphas and trimaps on COCO photos (SEMat)',
    tree=f'{FOLDER}/NAME.png (trimap | alpha) LIST.json train2017/*.jpg unlabeled2017/*.jpg',
    read=read,
    published={'train': 38251},
    pseudo='a network (SEMat)',
)
