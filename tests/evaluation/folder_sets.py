"""Small sets of mattes in folders, for several tests."""

import json
from pathlib import Path

import cv2
import numpy as np


def disc(y: float, x: float, radius: float, size_hw: tuple[int, int] = (48, 64)) -> np.ndarray:
    """A disc with a soft edge of 4 pixels, uint8."""
    ys, xs = np.mgrid[: size_hw[0], : size_hw[1]]
    away = np.hypot(ys - y, xs - x)
    return (((radius - away) / 4 + 0.5).clip(0, 1) * 255).round().astype(np.uint8)


A, B = disc(16, 16, 9), disc(30, 44, 11)


def write(folder: Path, mattes: dict[str, np.ndarray]) -> Path:
    """Write ``{'name/00.png': pixels}`` below a folder."""
    for name, pixels in mattes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), pixels)
    return folder


def two_images(root: Path) -> tuple[Path, Path]:
    """A truth of three instances in two images, in HIM2K's layout, and its perfect prediction."""
    mattes = {'a/00.png': A, 'a/01.png': B, 'b/00.png': B}
    truth = write(root / 'set' / 'alphas' / 'natural', mattes)
    photos = root / 'set' / 'images' / 'natural'
    photos.mkdir(parents=True)
    for name in 'ab':
        cv2.imwrite(str(photos / f'{name}.jpg'), np.full((48, 64, 3), 120, np.uint8))
    return truth, write(root / 'pred', mattes)


def write_json_truth(root: Path) -> Path:
    """The same truth as a COCO-style file: alphas, one polygon, one crowd in run lengths."""
    write(root / 'alphas', {'a/00.png': A, 'a/01.png': B})
    height, width = A.shape
    content = {
        'images': [
            {'id': 7, 'file_name': 'a.jpg', 'height': height, 'width': width},
            {'id': 3, 'file_name': 'b.jpg', 'height': height, 'width': width},
        ],
        'categories': [{'id': 5, 'name': 'cat'}, {'id': 2, 'name': 'dog'}],
        'annotations': [
            {'id': 1, 'image_id': 7, 'category_id': 5, 'alpha': 'a/00.png'},
            {'id': 2, 'image_id': 7, 'category_id': 2, 'alpha': 'a/01.png'},
            {
                'id': 3,
                'image_id': 3,
                'category_id': 2,
                'segmentation': [[8, 8, 28, 8, 28, 28, 8, 28]],
            },
            {
                'id': 4,
                'image_id': 3,
                'category_id': 2,
                'iscrowd': 1,
                'segmentation': {'size': [height, width], 'counts': [40 * height, 24 * height]},
            },
        ],
    }
    path = root / 'annotations' / 'test.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path
