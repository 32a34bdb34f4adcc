"""From a set's own files to our layouts, with the shared writer.

Photos and mattes that fit as they are get linked (or copied); the rest is written afresh.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from sosmatting.datasets.sets.layout import AlphaFile, Contents, Picture, Source
from sosmatting.datasets.sets.pixels import (
    COLOURS,
    check_matte,
    cut_out,
    read_matte,
    unit,
    write_levels,
)
from sosmatting.datasets.writer import Layout, Part, Plan, solid_box, write_set
from sosmatting.exceptions import InputError, one_line
from sosmatting.files import explained, read_photo, write_png

VERSION = 1
LAYOUTS: dict[str, Layout] = {
    'photos': 'sofi200',
    'objects': 'sofi200',
    'cutouts': 'foregrounds',
    'backgrounds': 'backgrounds',
}


@dataclass(frozen=True)
class Pick:
    """Give the picture of a number; picklable, for the writer's processes."""

    pictures: Sequence[Picture]

    def __call__(self, number: int) -> Picture:
        """Return picture ``number``."""
        return self.pictures[number]


@dataclass(frozen=True)
class PictureWriter:
    """Write one picture of a set into one of our layouts.

    Attributes:
        kind: See :class:`Source`.
        colours: See :func:`cut_out`.
        pseudo: Who made the alphas, where a network did.
    """

    kind: str
    colours: str
    pseudo: str = ''

    def __call__(self, plan: Plan, picture: Picture, split: str, name: str, number: int) -> Part:
        """Write photo, mattes and cut-out; returns their entries of the annotation file."""
        numbers = {category['name']: category['id'] for category in plan.categories}
        entry: dict[str, Any] = {'id': number + 1, **picture.notes}
        if self.kind == 'cutouts':
            cutout = self._cutout(plan, picture, name)
            files, size = cutout['foreground'], cutout['foreground_sizes'][0]
            entry |= {'file_name': files[0], 'width': size[0], 'height': size[1]}
            annotation = {'category_id': numbers[picture.categories[0]], 'iscrowd': 0}
            annotation |= {'bbox': [0.0, 0.0, *map(float, size)]}
            return {'image': entry, 'annotations': [annotation | cutout]}
        file_name = name + picture.image.suffix.lower()
        height, width = read_photo(picture.image).shape[:2]
        place_file(picture.image, plan.image_folder(split) / file_name)
        entry |= {'file_name': file_name, 'width': width, 'height': height}
        annotations = []
        for k, category in enumerate(picture.categories):
            annotation = {'category_id': numbers[category], 'iscrowd': 0}
            annotation |= self._matte(plan, picture, name, k, (width, height))
            if self.kind == 'objects':
                annotation |= self._cutout(plan, picture, name)
            annotations.append(annotation)
        return {'image': entry, 'annotations': annotations}

    def _matte(
        self, plan: Plan, picture: Picture, name: str, k: int, size_wh: tuple[int, int]
    ) -> dict[str, Any]:
        """Write alpha, trimap and guidance of instance ``k``."""
        file, file_name = picture.alphas[k], f'{name}/{k:02d}.png'
        alpha = read_matte(file)
        check_matte(alpha, file.path, size_wh)
        place_alpha(file, alpha, plan.root / 'alphas' / file_name)
        eight = np.round(unit(alpha) * 255).astype(np.uint8)
        entry: dict[str, Any] = {'alpha': file_name, 'bbox': solid_box(eight)}
        entry['area'] = float(unit(alpha).sum(dtype=np.float64))
        if self.pseudo:
            entry['pseudo'] = True
        if picture.trimaps:
            trimap = read_matte(picture.trimaps[k])
            place_alpha(picture.trimaps[k], trimap, plan.root / 'trimaps' / file_name)
            entry['trimap'] = file_name
        guidance = []
        for model, masks in picture.guidance.items():
            mask = masks[k]
            if mask is not None:
                guidance.append(f'{model}/{file_name}')
                place_file(mask, plan.root / 'guidance' / guidance[-1])
        return entry | ({'guidance': guidance} if guidance else {})

    def _cutout(self, plan: Plan, picture: Picture, name: str) -> dict[str, Any]:
        """Write the object by itself at every level."""
        cutout = cut_out(picture, self.colours, keep=self.kind == 'cutouts')
        fields = write_levels(plan.root / 'foregrounds', name, cutout.rgba)
        return {'cut': [int(edge) for edge in cutout.cut], **fields}


def place_file(source: Path, target: Path) -> None:
    """Link a file to ``target``, or copy it where links cannot be made; whole or not at all."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f'.{target.name}.part')
        part.unlink(missing_ok=True)
        try:
            os.link(source, part)
        except OSError:
            shutil.copyfile(source, part)
        part.replace(target)


def place_alpha(file: AlphaFile, alpha: np.ndarray, target: Path) -> None:
    """Link an alpha that is a grey PNG as it is; write any other as one."""
    if file.part == 'all' and file.path.suffix.lower() == '.png':
        with Image.open(file.path) as picture:
            if picture.mode in ('L', 'I;16'):
                place_file(file.path, target)
                return
    write_png(target, np.ascontiguousarray(alpha))


def plan_of(
    source: Source, contents: Contents, root: Path, colours: str, left_out: Sequence[str] = ()
) -> tuple[Plan, Pick]:
    """Plan a set: names, numbers and categories.

    Raises:
        InputError: Two pictures have one name.
    """
    pictures: list[Picture] = []
    splits: dict[str, dict[str, int]] = {}
    seen: dict[str, Path] = {}
    for split, listed in contents.items():
        for picture in listed:
            if picture.name in seen:
                raise InputError(
                    f'{picture.image}: {seen[picture.name]} has the same name; rename one of them'
                )
            seen[picture.name] = picture.image
            splits.setdefault(split, {})[picture.name] = len(pictures)
            pictures.append(picture)
    names = sorted({category for picture in pictures for category in picture.categories})
    info: dict[str, Any] = {
        'description': f'{source.name}, converted by sosmatting',
        'version': VERSION,
        'set': source.name,
        'pictures': {split: len(listed) for split, listed in contents.items()},
    }
    if source.kind == 'objects':
        info['colours'] = colours
    if source.pseudo:
        info['pseudo'] = f'alphas made by {source.pseudo}'
    if left_out:
        info['left_out'] = list(left_out)
    categories = [{'id': k + 1, 'name': name} for k, name in enumerate(names)]
    return Plan(root, LAYOUTS[source.kind], categories, splits, info), Pick(pictures)


def convert(
    source: Source,
    contents: Contents,
    root: Path,
    colours: str = COLOURS[0],
    workers: int = 1,
    left_out: Sequence[str] = (),
) -> bool:
    """Write a set in our layout, or what of it is missing.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: A file is broken, or ``root`` holds something else.
    """
    cv2.setNumThreads(1)
    plan, pick = plan_of(source, contents, root, colours, left_out)
    writer = PictureWriter(source.kind, colours, source.pseudo)
    try:
        return write_set(plan, pick, workers, writer)
    except InputError as error:
        hint = '' if str(root) in str(error) else ' (--check lists all such files)'
        raise InputError(f'{one_line(error)}{hint}') from error
