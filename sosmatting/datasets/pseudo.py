"""Pseudo alphas: hard masks lifted by closed-form matting, kept apart and marked.

A pseudo alpha is a guess, not a truth. Its field is ``pseudo_alpha``, its folder
``pseudo_alphas/``, its file says so in ``info``; what reads true alphas does not take it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmdet.registry import DATASETS

from sosmatting.datasets.sets.coco import read_instances, splits_of
from sosmatting.datasets.sets.convert import place_file
from sosmatting.datasets.sofi200 import Sofi200
from sosmatting.datasets.transforms import decode_mask
from sosmatting.datasets.writer import Part, Plan, solid_box, write_set
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo, write_png
from sosmatting.functional.trimap import trimap_around

VERSION = 1
MARK = 'pseudo alphas: lifted from hard masks by closed-form matting'
MAX_SIDE = 480  # a larger instance is matted at this size, its matte enlarged again


@dataclass(frozen=True)
class HardPhoto:
    """A COCO photo and the instances to lift.

    Attributes:
        path: Its file.
        size_hw: Height and width in pixels, as stored.
        instances: COCO annotations.
    """

    path: Path
    size_hw: tuple[int, int]
    instances: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True)
class _Pick:
    photos: Sequence[HardPhoto]

    def __call__(self, number: int) -> HardPhoto:
        return self.photos[number]


def lift(image: np.ndarray, mask: np.ndarray, band: float = 0.06) -> np.ndarray:
    """Turn a hard mask into a guess of its alpha.

    A band around the contour is unknown; pymatting's closed-form matting (Levin et al., TPAMI
    2008) fills it.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool.
        band: Half width of the band as a share of ``sqrt(area)``; 2 pixels at least.

    Returns:
        (H, W) uint8, 0 transparent, 255 opaque.

    Raises:
        InputError: pymatting is not installed.
    """
    try:
        from pymatting import estimate_alpha_cf
    except ImportError as error:
        raise InputError(
            "pymatting is not installed; pip install 'sosmatting[foreground]' for pseudo alphas"
        ) from error
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    alpha = np.zeros(mask.shape, np.uint8)
    if not len(rows):
        return alpha
    radius = max(2, round(band * float(np.sqrt(mask.sum()))))
    margin = 3 * radius
    part = np.s_[
        max(rows[0] - margin, 0) : rows[-1] + 1 + margin,
        max(columns[0] - margin, 0) : columns[-1] + 1 + margin,
    ]
    crop, hard = image[part], mask[part]
    factor = min(1.0, MAX_SIDE / max(hard.shape))
    size_wh = (max(2, round(hard.shape[1] * factor)), max(2, round(hard.shape[0] * factor)))
    small = cv2.resize(crop, size_wh, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(hard.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA)
    trimap = trimap_around(soft >= 0.5, max(1, round(radius * factor)))
    if (trimap == 255).any() and (trimap == 0).any():
        guess = estimate_alpha_cf(small / 255.0, trimap / 255.0)
    else:
        guess = soft
    grown = cv2.resize(
        np.clip(guess, 0, 1).astype(np.float32), hard.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    alpha[part] = np.round(grown * 255).astype(np.uint8)
    return alpha


def write_lifted(plan: Plan, photo: HardPhoto, split: str, name: str, number: int) -> Part:
    """Lift the instances of one photo; returns its entries of the annotation file."""
    image = read_photo(photo.path, upright=False)
    if image.shape[:2] != photo.size_hw:
        raise InputError(
            f'{photo.path}: not of the size that its annotation says; mend one of them'
        )
    place_file(photo.path, plan.image_folder(split) / photo.path.name)
    annotations = []
    for k, instance in enumerate(photo.instances):
        mask = decode_mask(instance['segmentation'], photo.size_hw).astype(bool)
        alpha = lift(image, mask)
        file_name = f'{name}/{k:02d}.png'
        write_png(plan.root / 'pseudo_alphas' / file_name, alpha)
        annotations.append(
            {
                'category_id': instance['category_id'],
                'iscrowd': 0,
                'pseudo_alpha': file_name,
                'bbox': solid_box(alpha),
                'area': float(alpha.sum(dtype=np.int64)) / 255,
            }
        )
    height, width = photo.size_hw
    entry = {'id': number + 1, 'file_name': photo.path.name, 'width': width, 'height': height}
    return {'image': entry, 'annotations': annotations}


def write_pseudo_alphas(
    source: Path,
    root: Path,
    split: str = 'train2017',
    categories: Sequence[str] = (),
    min_area: float = 4096.0,
    count: int | None = None,
    workers: int = 1,
) -> bool:
    """Lift the instances of a COCO split into ``root``; what is there already is not done again.

    Args:
        source: COCO's folder.
        root: Folder to fill.
        split: ``train2017`` or ``val2017``.
        categories: Names of the categories to lift; all of them where none is named.
        min_area: Smallest instance, in pixels.
        count: Number of photos, all without it.
        workers: Processes that lift.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: The source is not COCO's, a category is unknown, or nothing is left.
    """
    splits = splits_of(source)
    if split not in splits:
        raise InputError(f'--split {split}: use one of {", ".join(splits)}')
    content = read_instances(splits[split][0])
    names = {category['name']: category['id'] for category in content['categories']}
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise InputError(f'--categories {unknown[0]}: no category of {splits[split][0]}')
    wanted = {names[name] for name in categories} or set(names.values())
    chosen: dict[int, list[dict[str, Any]]] = {}
    for annotation in content['annotations']:
        large = annotation['area'] >= min_area and not annotation.get('iscrowd', 0)
        if large and annotation['category_id'] in wanted:
            chosen.setdefault(annotation['image_id'], []).append(annotation)
    photos = [
        HardPhoto(
            splits[split][1] / image['file_name'],
            (image['height'], image['width']),
            tuple(chosen[image['id']]),
        )
        for image in sorted(content['images'], key=lambda image: image['id'])
        if image['id'] in chosen
    ][:count]
    if not photos:
        raise InputError(f'{splits[split][0]}: no instance of that kind and size; ask for less')
    info = {
        'description': MARK,
        'pseudo': True,
        'version': VERSION,
        'split': split,
        'categories': list(categories),
        'min_area': min_area,
        'photos': len(photos),
    }
    scenes = {photo.path.stem: number for number, photo in enumerate(photos)}
    plan = Plan(root, 'sofi200', content['categories'], {split: scenes}, info)
    return write_set(plan, _Pick(photos), workers, write_lifted)


@DATASETS.register_module()
class PseudoAlphas(Sofi200):
    """Photos whose alphas are guesses; ``source`` says so in logs and pictures.

    Args:
        data_prefix: ``img`` and ``alpha``, folders below ``data_root``.
        **kwargs: Those of :class:`Sofi200`; ``source`` must contain ``pseudo``.

    Raises:
        InputError: As for :class:`Sofi200`; ``source`` hides that the alphas are pseudo.
    """

    def __init__(self, *args: Any, data_prefix: dict | None = None, **kwargs: Any) -> None:
        source = kwargs.setdefault('source', 'pseudo')
        if 'pseudo' not in source:
            raise InputError(
                f"source={source!r}: a set of pseudo alphas needs 'pseudo' in its name"
            )
        prefix = data_prefix or dict(img='images/', alpha='pseudo_alphas/')
        super().__init__(*args, data_prefix=prefix, **kwargs)

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """Parse one image; its alphas go by their own name."""
        annotations = [
            dict(annotation, alpha=annotation.get('pseudo_alpha'))
            for annotation in raw_data_info['raw_ann_info']
        ]
        return super().parse_data_info(dict(raw_data_info, raw_ann_info=annotations))
