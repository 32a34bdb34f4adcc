"""Cut-outs of things that only have hard masks: COCO's instances, lifted by closed-form matting.

They bring variety into composed scenes, not truth about edges: a cut-out whose mask was too wide
carries a rim of its old surroundings. Letters: H W pixels of a photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sosmatting.datasets.pseudo import MARK, lift
from sosmatting.datasets.sets.coco import read_instances
from sosmatting.datasets.sets.pixels import clean_colours, cropped, cut_edges, write_levels
from sosmatting.datasets.transforms import decode_mask
from sosmatting.datasets.writer import Part, Plan, cutout_part, write_set
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo

VERSION = 1
ONE_PIECE = 0.95  # of a mask in its largest part: what lies before it cuts it into several
MARGIN = 0.1  # of surroundings that the colours are estimated with, as a share of the longer side


@dataclass(frozen=True)
class HardInstance:
    """An instance to cut out.

    Attributes:
        path: Its photo.
        size_hw: Height and width of the photo in pixels, as stored.
        annotation: COCO's.
    """

    path: Path
    size_hw: tuple[int, int]
    annotation: dict[str, Any]


@dataclass(frozen=True)
class _Pick:
    instances: Sequence[HardInstance]

    def __call__(self, number: int) -> HardInstance:
        return self.instances[number]


def in_one_piece(mask: np.ndarray) -> bool:
    """Tell whether an (H, W) bool mask is one connected part but for crumbs."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    parts = statistics[1:, cv2.CC_STAT_AREA]
    return bool(len(parts)) and bool(parts.max() >= ONE_PIECE * parts.sum())


def write_lifted_cutout(
    plan: Plan, instance: HardInstance, split: str, name: str, number: int
) -> Part:
    """Lift and cut out one instance; returns its entries of the annotation file."""
    image = read_photo(instance.path, upright=False)
    if image.shape[:2] != instance.size_hw:
        raise InputError(
            f'{instance.path}: not of the size that its annotation says; mend one of them'
        )
    mask = decode_mask(instance.annotation['segmentation'], instance.size_hw).astype(bool)
    x, y, width, height = (round(side) for side in instance.annotation['bbox'])
    margin = round(MARGIN * max(width, height)) + 8
    part = np.s_[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
    opacity = (lift(image, mask)[part] / 255).astype(np.float32)
    colours = clean_colours(image[part].astype(np.float32) / 255, opacity, 'pymatting')
    fields = write_levels(plan.root / 'foregrounds', name, cropped(np.dstack([colours, opacity])))
    entries = cutout_part(number, instance.annotation['category_id'], fields)
    entries['annotations'][0] |= {
        'pseudo': True,
        'cut': [int(edge) for edge in cut_edges(mask.astype(np.float32))],
    }
    return entries


def _chosen(
    content: dict[str, Any],
    photos: Path,
    names: dict[int, str],
    without: Sequence[str],
    min_area: float,
    min_iou: float,
) -> list[HardInstance]:
    """List the instances that are large, sure and whole enough, by their numbers."""
    images = {image['id']: image for image in content['images']}
    instances = []
    for annotation in sorted(content['annotations'], key=lambda each: each['id']):
        small = annotation['area'] < min_area or annotation.get('pseudo_iou', 1.0) < min_iou
        unwanted = annotation.get('iscrowd', 0) or names[annotation['category_id']] in without
        if small or unwanted:
            continue
        image = images[annotation['image_id']]
        size_hw = image['height'], image['width']
        if in_one_piece(decode_mask(annotation['segmentation'], size_hw).astype(bool)):
            instances.append(HardInstance(photos / image['file_name'], size_hw, annotation))
    return instances


def write_lifted_cutouts(
    annotations: Path,
    photos: Path,
    root: Path,
    without: Sequence[str] = (),
    min_area: float = 4096.0,
    min_iou: float = 0.0,
    workers: int = 1,
) -> bool:
    """Cut the instances of a COCO file out into ``root``; what is there already is not done again.

    Crowds, instances that several parts show, and those of less than ``min_area`` are left out.

    Args:
        annotations: A file in COCO's form.
        photos: Folder of its photos.
        root: Folder to fill.
        without: Names of categories that are left out.
        min_area: Smallest instance, in pixels.
        min_iou: Smallest ``pseudo_iou`` of masks that a network guessed and that say so.
        workers: Processes that lift.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: The file is not COCO's, a category is unknown, or nothing is left.
    """
    content = read_instances(annotations)
    names = {category['id']: category['name'] for category in content['categories']}
    unknown = sorted(set(without) - set(names.values()))
    if unknown:
        raise InputError(f'--without {unknown[0]}: no category of {annotations}; see its names')
    try:
        instances = _chosen(content, photos, names, without, min_area, min_iou)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{annotations}: an annotation lacks its photo or a field ({error!r}); '
            'download it again'
        ) from error
    if not instances:
        raise InputError(f'{annotations}: no instance of that kind and size; ask for less')
    scenes = {
        f'{instance.path.stem}_{instance.annotation["id"]}': number
        for number, instance in enumerate(instances)
    }
    used = {instance.annotation['category_id'] for instance in instances}
    categories = [
        {'id': category['id'], 'name': category['name']}
        for category in content['categories']
        if category['id'] in used
    ]
    info = {
        'description': f'cut-outs; {MARK}',
        'pseudo': True,
        'version': VERSION,
        'without': list(without),
        'min_area': min_area,
        'min_iou': min_iou,
        'cutouts': len(instances),
    }
    plan = Plan(root, 'foregrounds', categories, {'train': scenes}, info)
    return write_set(plan, _Pick(instances), workers, write_lifted_cutout)
