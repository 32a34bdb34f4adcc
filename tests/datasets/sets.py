"""Tiny data sets in the real layouts, for several tests."""

import json

import cv2
import numpy as np

CLASSES = ('person', 'cat', 'ball', 'glass', 'donut', 'leaf')


def write_sofi200(root, images=2, size_hw=(48, 64), bits=8, category=2, seed=0):
    """Write a set with two mattes an image; returns its annotation content."""
    rng = np.random.default_rng(seed)
    height, width = size_hw
    for folder in ('images', 'alphas', 'annotations'):
        (root / folder).mkdir(parents=True, exist_ok=True)
    content = dict(images=[], annotations=[], categories=[])
    content['categories'] = [dict(id=k + 1, name=name) for k, name in enumerate(CLASSES)]
    for n in range(images):
        name = f'photo_{n}'
        picture = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        cv2.imwrite(str(root / 'images' / f'{name}.jpg'), picture)
        content['images'].append(
            dict(id=n + 1, file_name=f'{name}.jpg', width=width, height=height)
        )
        (root / 'alphas' / name).mkdir(exist_ok=True)
        for k in range(2):
            alpha = np.zeros((height, width), np.float64)
            x, y = 4 + 30 * k, 6 + 8 * k
            alpha[y : y + 24, x : x + 20] = np.linspace(0.2, 1, 20)
            kind = np.uint16 if bits == 16 else np.uint8
            stored = (alpha * (65535 if bits == 16 else 255)).round().astype(kind)
            cv2.imwrite(str(root / 'alphas' / name / f'{k:02d}.png'), stored)
            content['annotations'].append(
                dict(
                    id=len(content['annotations']) + 1,
                    image_id=n + 1,
                    category_id=category,
                    bbox=[x, y, 20, 24],
                    area=float(alpha.sum()),
                    alpha=f'{name}/{k:02d}.png',
                    iscrowd=0,
                )
            )
    for split in ('train', 'test'):
        save(root, content, split)
    return content


def save(root, content, split='train'):
    """Write the annotations of a SOFI-200 layout."""
    (root / 'annotations' / f'{split}.json').write_text(json.dumps(content))


def write_coco(root, images=3, size_hw=(48, 64), seed=1):
    """Write a COCO layout with a polygon, a crowd in run lengths and an image without objects."""
    rng = np.random.default_rng(seed)
    height, width = size_hw
    (root / 'train2017').mkdir(parents=True, exist_ok=True)
    (root / 'annotations').mkdir(exist_ok=True)
    content = dict(images=[], annotations=[])
    content['categories'] = [dict(id=10 * k + 3, name=n) for k, n in enumerate(reversed(CLASSES))]
    for n in range(images):
        name = f'{n:012d}.jpg'
        picture = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        cv2.imwrite(str(root / 'train2017' / name), picture)
        content['images'].append(dict(id=n + 7, file_name=name, width=width, height=height))
        if n == images - 1:
            continue
        content['annotations'] += [
            dict(
                id=2 * n + 1,
                image_id=n + 7,
                category_id=43,  # 'cat'
                bbox=[8, 8, 16, 20],
                area=320,
                iscrowd=0,
                segmentation=[[8, 8, 24, 8, 24, 28, 8, 28]],
            ),
            dict(
                id=2 * n + 2,
                image_id=n + 7,
                category_id=53,  # 'person'
                bbox=[40, 0, 24, 48],
                area=24 * 48,
                iscrowd=1,
                segmentation=dict(size=[height, width], counts=[40 * height, 24 * height]),
            ),
        ]
    (root / 'annotations' / 'instances_train2017.json').write_text(json.dumps(content))
    return content
