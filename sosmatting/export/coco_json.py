"""COCO JSON: binary masks that every COCO tool reads, with the soft matte beside each.

::

    {"images": [{"id": 1, "width": 640, "height": 480, "file_name": "photo.jpg"}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "score": 0.93,
                      "segmentation": {"size": [480, 640], "counts": "..."}, "area": 5120,
                      "bbox": [x, y, width, height], "alpha": "00.png"}],
     "categories": [{"id": 1, "name": "person"}]}

``segmentation`` is alpha >= 0.5, run-length encoded; ``area`` and ``bbox`` are the mask's.
``alpha`` names the matte's file, beside the JSON, or holds it: base64 of a 16-bit grey PNG of the
whole frame. Of a cropped file, ``alpha_offset`` tells the left and top edge in the photo.
pycocotools loads the file as ground truth, and its ``annotations`` as results.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as mask_api

from sosmatting.export.alpha_png import to_bits
from sosmatting.export.job import Job, box_of
from sosmatting.files import png_bytes, write_json
from sosmatting.mattes import Mattes

# COCO numbers its 80 categories from 1 to 90, with these left out.
UNUSED = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
ENDS_OF_COCO = ('person', 'toothbrush')


def write_coco_json(path: Path, job: Job) -> None:
    """Write one photo's mattes as a COCO data set.

    Mattes are embedded where the options say so or no file of them is written.

    Args:
        path: File to write, whole or not at all.
        job: The result.

    Raises:
        InputError: The file cannot be written.
    """
    files: list[str] | None = [
        names.get('alpha16') or names.get('alpha', '') for names in job.files
    ]
    if job.options.embed_alpha or not all(files or ()):
        files = None
    content = coco_dataset(job.mattes, files, Path(job.options.source or job.title).name)
    if files is not None and job.options.crop:
        for annotation, alpha in zip(content['annotations'], job.mattes.alphas, strict=True):
            rows, columns = box_of(alpha)
            annotation['alpha_offset'] = [columns.start, rows.start]
    write_json(path, content)


def coco_dataset(
    mattes: Mattes,
    alpha_files: Sequence[str] | None = None,
    file_name: str = '',
    image_id: int = 1,
    first_id: int = 1,
) -> dict[str, Any]:
    """Describe one photo's N mattes as a COCO data set.

    Args:
        mattes: The result.
        alpha_files: N names of files that hold the mattes; without them, mattes are embedded.
        file_name: The photo's name.
        image_id: The photo's number.
        first_id: Number of the first annotation.

    Returns:
        What the JSON holds, see the head of this file.
    """
    height, width = mattes.image.shape[:2]
    numbers = category_ids(mattes.classes)
    annotations = []
    for index, alpha in enumerate(mattes.alphas):
        mask = alpha >= (mattes.opaque + 1) // 2
        code = mask_api.encode(np.asfortranarray(mask.view(np.uint8)))
        annotations.append(
            {
                'id': first_id + index,
                'image_id': image_id,
                'category_id': numbers[int(mattes.labels[index])],
                'iscrowd': 0,
                'score': round(float(mattes.scores[index]), 6),
                'segmentation': {'size': [height, width], 'counts': code['counts'].decode()},
                'area': int(mask_api.area(code)),
                'bbox': [float(edge) for edge in mask_api.toBbox(code)],
                'alpha': alpha_files[index] if alpha_files else embedded(alpha),
            }
        )
    return {
        'images': [{'id': image_id, 'width': width, 'height': height, 'file_name': file_name}],
        'annotations': annotations,
        'categories': [
            {'id': number, 'name': name}
            for number, name in zip(numbers, mattes.classes, strict=True)
        ],
    }


def category_ids(classes: Sequence[str]) -> list[int]:
    """Number categories from 1; COCO's own 80 get COCO's own numbers."""
    if len(classes) == 80 and (classes[0], classes[-1]) == ENDS_OF_COCO:
        return [number for number in range(1, 91) if number not in UNUSED]
    return list(range(1, len(classes) + 1))


def embedded(alpha: np.ndarray) -> str:
    """Encode an (H, W) stored alpha as base64 of a 16-bit grey PNG."""
    return base64.b64encode(png_bytes(to_bits(alpha, 16))).decode()
