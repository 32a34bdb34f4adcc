"""A photo and its trimap in files."""

import cv2
import numpy as np

from tests.functional.test_classical import picture


def write_pair(folder, name='a', trimap_folder=None):
    """Write NAME.png into ``folder`` and its trimap into ``trimap_folder``; returns both paths."""
    image, trimap, _ = picture()
    trimap_folder = trimap_folder or folder / 'trimaps'
    for each in (folder, trimap_folder):
        each.mkdir(parents=True, exist_ok=True)
    paths = folder / f'{name}.png', trimap_folder / f'{name}.png'
    cv2.imwrite(str(paths[0]), np.ascontiguousarray(image[..., ::-1]))
    cv2.imwrite(str(paths[1]), trimap)
    return paths
