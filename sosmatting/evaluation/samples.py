"""Fetch predictions and ground truth from mmdet's data samples, the same way for every score.

Letters: N predictions, M ground truths, H W pixels of the original photo.
"""

from collections.abc import Mapping
from typing import Any

import torch
from mmdet.structures.mask import BitmapMasks, PolygonMasks
from torch import Tensor

from sosmatting.evaluation.instances import Instances
from sosmatting.exceptions import InputError
from sosmatting.functional.matching import eight_bit


def predicted(sample: Mapping[str, Any], floor: int = 1) -> Instances:
    """Fetch what the model found in one photo.

    Args:
        sample: A data sample as a dict. ``pred_instances`` holds ``alphas`` (uint8, or floats in
            [0, 1]) or, of a hard-mask model, ``masks`` (bool), with ``scores`` and ``labels``;
            without it nothing was found.
        floor: Alphas below floor / 255 become 0.

    Raises:
        InputError: There are predictions without mattes, with alphas out of [0, 1] or NaN, or not
            of the photo's size.
    """
    found = sample.get('pred_instances')
    labels = None if found is None else found.get('labels')
    if found is None or labels is None or not len(labels):
        return _none(sample)
    alphas = found.get('alphas')
    if alphas is None:
        alphas = found.get('masks')
    if alphas is None:
        raise InputError(
            f'{_name(sample)}: its predictions have neither alphas nor masks; test a model that '
            'predicts mattes or masks'
        )
    alphas = torch.as_tensor(alphas)
    if alphas.is_floating_point() and not bool(((alphas >= 0) & (alphas <= 1)).all()):
        raise InputError(
            f'{_name(sample)}: its predicted alphas are not all in 0..1, or are NaN; clamp them or '
            'test another checkpoint'
        )
    alphas = eight_bit(alphas)
    _check_size(sample, alphas, 'predictions', 'let the model rescale them (rescale=True)')
    if floor > 1:
        alphas = torch.where(alphas >= floor, alphas, 0)
    scores = torch.as_tensor(found['scores'], device=alphas.device).double().nan_to_num(nan=0.0)
    labels = torch.as_tensor(labels, device=alphas.device).to(torch.int64)
    return Instances(alphas, labels, scores)


def true(
    sample: Mapping[str, Any], device: torch.device | str = 'cpu', key: str = 'gt_instances'
) -> Instances:
    """Fetch what is in one photo.

    Args:
        sample: A data sample as a dict. Binary masks of mmdet count as opaque mattes.
        device: Where the mattes go.
        key: ``'gt_instances'``, or ``'ignored_instances'`` for the crowd regions (which a sample
            may lack).

    Raises:
        InputError: The ground truth is missing, or not of the photo's size.
    """
    truth = sample.get(key)
    masks = None if truth is None else truth.get('masks')
    if truth is None or masks is None:
        if key == 'ignored_instances' or (truth is not None and not len(truth['labels'])):
            return _none(sample, device)
        raise InputError(
            f'{_name(sample)}: has no ground-truth mattes; load the annotations in the test '
            'pipeline and pack them'
        )
    alphas = masks.to_tensor(torch.uint8, device)
    if isinstance(masks, (BitmapMasks, PolygonMasks)):
        alphas = alphas * 255
    _check_size(sample, alphas, 'ground truth', 'load the annotations after Resize')
    labels = torch.as_tensor(truth['labels'], device=device).to(torch.int64)
    return Instances(alphas, labels, torch.ones(len(labels), dtype=torch.float64, device=device))


def cutouts_of(sample: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """Name the cut-outs that a composed scene's ``count`` ground truths are; empty if unknown.

    Raises:
        InputError: There are names, but not as many.
    """
    names = tuple(sample.get('cutouts') or ())
    if names and len(names) != count:
        raise InputError(
            f'{_name(sample)}: names {len(names)} cut-outs for {count} true mattes; let the test '
            'pipeline drop no instance'
        )
    return names


def _none(sample: Mapping[str, Any], device: torch.device | str = 'cpu') -> Instances:
    """Return no instances, in the types of some."""
    height, width = sample['ori_shape'][:2]
    return Instances(
        torch.zeros((0, height, width), dtype=torch.uint8, device=device),
        torch.zeros(0, dtype=torch.int64, device=device),
        torch.zeros(0, dtype=torch.float64, device=device),
    )


def _check_size(sample: Mapping[str, Any], alphas: Tensor, what: str, remedy: str) -> None:
    """Refuse mattes that do not have the photo's original size."""
    if tuple(alphas.shape[1:]) != tuple(sample['ori_shape'][:2]):
        height, width = alphas.shape[1:]
        photo_height, photo_width = sample['ori_shape'][:2]
        raise InputError(
            f'{_name(sample)}: its {what} are {width}x{height}, the photo is '
            f'{photo_width}x{photo_height}; {remedy}'
        )


def _name(sample: Mapping[str, Any]) -> str:
    """Name a sample for an error message."""
    return str(sample.get('img_path') or f'image {sample.get("img_id")}')
