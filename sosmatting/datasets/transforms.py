"""The first and last steps of a pipeline; what lies between them is mmdet's.

Mattes are uint8 0..255 until the model takes them. Letters: N instances, H W pixels.
"""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.datasets.transforms import PackDetInputs
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes
from pycocotools import mask as rle_tools

from sosmatting.exceptions import InputError
from sosmatting.files import read_alpha, read_photo
from sosmatting.structures import SoftMattes


@TRANSFORMS.register_module()
class LoadPhoto(BaseTransform):
    """Read the image of a sample as (H, W, 3) uint8 BGR, mmdet's order.

    Args:
        upright: Apply the file's EXIF rotation. COCO's annotations refer to the pixels as stored,
            so its configs say ``False``.

    Raises:
        InputError: The file is missing or broken, or is not of the annotation's size.
    """

    def __init__(self, upright: bool = True) -> None:
        self.upright = upright

    def transform(self, results: dict) -> dict:
        """Fill ``img``, ``img_shape`` and ``ori_shape`` from ``img_path`` (or a given ``img``)."""
        if 'img' not in results:
            path = results['img_path']
            results['img'] = read_photo(path, self.upright)[..., ::-1]
            size = (results.get('height'), results.get('width'))
            if None not in size and results['img'].shape[:2] != size:
                raise InputError(
                    f'{path}: is {results["img"].shape[1]} x {results["img"].shape[0]} pixels, its '
                    f'annotation says {size[1]} x {size[0]}; mend the annotation or the picture'
                )
        results['img'] = np.ascontiguousarray(results['img'])
        results['img_shape'] = results['ori_shape'] = results['img'].shape[:2]
        return results


@TRANSFORMS.register_module()
class LoadMattes(BaseTransform):
    """Read the mattes of a sample: alpha files, or polygons and run lengths (as 0 or 255).

    The frame is the original image's (``ori_shape``): put it before ``Resize`` for training, after
    it for testing, where the truth keeps the original size.

    Raises:
        InputError: An alpha is missing, broken or of another size than its image, or a mask is not
            in COCO's format; the text names file and annotation.
    """

    def transform(self, results: dict) -> dict:
        """Fill ``gt_masks``, ``gt_bboxes``, ``gt_bboxes_labels`` and ``gt_ignore_flags``."""
        instances = results['instances']
        size = results['ori_shape']
        alphas = [self._alpha(instance, size, results['img_path']) for instance in instances]
        stacked = np.stack(alphas) if alphas else np.zeros((0, *size), np.uint8)
        results['gt_masks'] = SoftMattes(stacked, *size)
        boxes = np.array([each['bbox'] for each in instances], np.float32).reshape(-1, 4)
        results['gt_bboxes'] = HorizontalBoxes(boxes)
        results['gt_bboxes_labels'] = np.array([each['bbox_label'] for each in instances], np.int64)
        results['gt_ignore_flags'] = np.array([each['ignore_flag'] for each in instances], bool)
        return results

    @staticmethod
    def _alpha(instance: dict, size: tuple[int, int], image: str) -> np.ndarray:
        """Return one (H, W) uint8 matte."""
        if 'alpha_path' in instance:
            try:
                alpha = read_alpha(instance['alpha_path'])
            except InputError as error:
                raise InputError(f'{error} (named by {instance["annotation"]})') from error
            if alpha.shape != tuple(size):
                raise InputError(
                    f'{instance["alpha_path"]}: is {alpha.shape[1]} x {alpha.shape[0]} pixels, its '
                    f'image {size[1]} x {size[0]} ({instance["annotation"]}); save it at that size'
                )
            if alpha.dtype == np.uint16:
                alpha = ((alpha.astype(np.uint32) + 128) // 257).astype(np.uint8)
            return alpha
        try:
            return decode_mask(instance['mask'], size) * np.uint8(255)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(
                f'{image}: an annotation with box {instance["bbox"]} has no readable segmentation '
                f'({error!r}); mend it in the annotation file'
            ) from error


def decode_mask(segmentation: list | dict, size: tuple[int, int]) -> np.ndarray:
    """Turn COCO polygons or (un)compressed run lengths into an (H, W) uint8 array of 0 and 1."""
    height, width = size
    if isinstance(segmentation, list):
        whole = [polygon for polygon in segmentation if len(polygon) >= 6]
        if not whole:
            raise ValueError('a polygon needs three points')
        run_lengths = rle_tools.merge(rle_tools.frPyObjects(whole, height, width))
    elif isinstance(segmentation['counts'], list):
        run_lengths = rle_tools.frPyObjects(segmentation, height, width)
    else:
        run_lengths = segmentation
    mask = rle_tools.decode(run_lengths)
    if mask.shape != (height, width):
        raise ValueError(f'run lengths of {mask.shape}, image of {(height, width)}')
    return mask


@TRANSFORMS.register_module()
class SettleMattes(BaseTransform):
    """Drop what the crop left nothing of, and take every box from its matte again.

    Args:
        min_area: Smallest sum of opacity, in pixels, that stays.
    """

    def __init__(self, min_area: float = 16.0) -> None:
        self.min_area = min_area

    def transform(self, results: dict) -> dict:
        """Filter ``gt_*`` and set ``gt_bboxes``."""
        keep = np.flatnonzero(results['gt_masks'].areas >= self.min_area)
        results['gt_masks'] = results['gt_masks'][keep]
        results['gt_bboxes'] = results['gt_masks'].get_bboxes(HorizontalBoxes)
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            results[key] = results[key][keep]
        return results


@TRANSFORMS.register_module()
class PackMattes(PackDetInputs):
    """Pack a sample as mmdet does, with what its set says about itself among the meta data."""

    META_KEYS = (
        'img_id',
        'img_path',
        'ori_shape',
        'img_shape',
        'scale_factor',
        'flip',
        'flip_direction',
        'source',
        'matte',
        'complete_labels',
        'cutouts',
    )

    def __init__(self, meta_keys: tuple[str, ...] = META_KEYS) -> None:
        super().__init__(meta_keys=meta_keys)

    def transform(self, results: dict[str, Any]) -> dict:
        """Return ``inputs`` (3, H, W) uint8 and ``data_samples``."""
        return super().transform(results)
