"""Photos and mattes kept in memory at the size that training needs.

A small training set is gone through many times; decoding its photos and masks anew would cost as
much as the network's step on a CPU. Letters: N instances, H W pixels of the reduced photo.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

from sosmatting.datasets.transforms import LoadMattes, LoadPhoto
from sosmatting.structures import SoftMattes


@dataclass(frozen=True)
class KeptPhoto:
    """One photo with its mattes, each cropped to what is visible.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        corners: Top and left of each cropped matte.
        mattes: The cropped mattes, uint8.
        labels: (N,) int64.
        ignored: (N,) bool.
    """

    image: np.ndarray
    corners: list[tuple[int, int]]
    mattes: list[np.ndarray]
    labels: np.ndarray
    ignored: np.ndarray


@TRANSFORMS.register_module()
class LoadReduced(BaseTransform):
    """Load photo and mattes like ``LoadPhoto`` and ``LoadMattes``, shrink them, and keep them.

    What is kept belongs to the process: one persistent worker holds the whole set once.

    Args:
        side: Longest side of what is kept in pixels; smaller photos stay as they are.
        upright: See ``LoadPhoto``.

    Raises:
        InputError: As the two transforms.
    """

    def __init__(self, side: int, upright: bool = True) -> None:
        self.side = side
        self._load = (LoadPhoto(upright), LoadMattes())
        self._kept: dict[str, KeptPhoto] = {}

    def transform(self, results: dict) -> dict:
        """Fill what the two transforms fill, in the frame of the reduced photo."""
        path = results['img_path']
        kept = self._kept.get(path)
        if kept is None:
            kept = self._kept[path] = self._reduced(results)
        height, width = kept.image.shape[:2]
        alphas = np.zeros((len(kept.mattes), height, width), np.uint8)
        for alpha, (top, left), matte in zip(alphas, kept.corners, kept.mattes, strict=True):
            alpha[top : top + matte.shape[0], left : left + matte.shape[1]] = matte
        mattes = SoftMattes(alphas, height, width)
        results.update(
            img=kept.image.copy(),
            img_shape=(height, width),
            ori_shape=(height, width),
            gt_masks=mattes,
            gt_bboxes=mattes.get_bboxes(HorizontalBoxes),
            gt_bboxes_labels=kept.labels.copy(),
            gt_ignore_flags=kept.ignored.copy(),
        )
        return results

    def _reduced(self, results: dict) -> KeptPhoto:
        """Load one photo and shrink it by area."""
        loaded = dict(results)
        for step in self._load:
            loaded = step.transform(loaded)
        image, mattes = loaded['img'], loaded['gt_masks']
        factor = min(1.0, self.side / max(image.shape[:2]))
        if factor < 1:
            height, width = (max(1, round(side * factor)) for side in image.shape[:2])
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            mattes = mattes.resize((height, width))
        corners, crops = [], []
        for alpha in mattes.to_ndarray():
            left, top, wide, high = cv2.boundingRect(alpha)
            corners.append((top, left))
            crops.append(alpha[top : top + high, left : left + wide].copy())
        labels, ignored = loaded['gt_bboxes_labels'], loaded['gt_ignore_flags']
        return KeptPhoto(np.ascontiguousarray(image), corners, crops, labels, ignored)

    def __getstate__(self) -> dict:
        """Leave the kept photos behind when a worker gets its copy."""
        return self.__dict__ | {'_kept': {}}
