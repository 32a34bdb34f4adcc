"""True mattes with one small fault each: what a score near its top is worth on a set.

IMQ leaves nothing of a matte whose error inside the union is a tenth, and on small or hairy things
the contour alone is more than that. So the truth itself is scored, as a hard mask, a pixel too
large, half a pixel off, at half the size, or as closed-form matting makes it from a perfect trimap:
what a model cannot be blamed for, and what it would take to be better.

Letters: H W pixels of the original photo.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import cv2
import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import BaseMetric
from mmengine.structures import InstanceData

from sosmatting.exceptions import InputError
from sosmatting.functional.classical import classical_alpha
from sosmatting.functional.trimap import kernel_of

BLUR = 0.7  # pixels, of the edge of a photo that is neither sharpened nor out of focus
AROUND = 16  # pixels around a matte that closed-form matting sees


def as_it_is(alpha: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Leave (H, W) uint8 alone."""
    return alpha


def hard(alpha: np.ndarray, photo: np.ndarray, blur: float = 0.0) -> np.ndarray:
    """Make it opaque from one half on, and then blur that by a Gaussian of ``blur`` pixels."""
    mask = np.where(alpha >= 128, np.uint8(255), np.uint8(0))
    return cv2.GaussianBlur(mask, (0, 0), blur) if blur else mask


def smaller(alpha: np.ndarray, photo: np.ndarray, factor: int) -> np.ndarray:
    """Average over ``factor`` x ``factor`` pixels and enlarge again, bilinearly."""
    height, width = alpha.shape
    few = -(-width // factor), -(-height // factor)
    padded = cv2.copyMakeBorder(
        alpha, 0, few[1] * factor - height, 0, few[0] * factor - width, cv2.BORDER_REPLICATE
    )
    averaged = cv2.resize(padded, few, interpolation=cv2.INTER_AREA)
    again = cv2.resize(averaged, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return again[:height, :width]


def moved(alpha: np.ndarray, photo: np.ndarray, by: float) -> np.ndarray:
    """Move it to the right by ``by`` pixels, bilinearly."""
    matrix = np.array([[1, 0, by], [0, 1, 0]], np.float64)
    return cv2.warpAffine(alpha, matrix, alpha.shape[::-1], flags=cv2.INTER_LINEAR)


def grown(alpha: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Make it larger by a pixel on all sides."""
    return cv2.dilate(alpha, kernel_of(3, 'ellipse'))


def solved(alpha: np.ndarray, photo: np.ndarray, radius: int) -> np.ndarray:
    """Solve the trimap in which half-transparent pixels, and ``radius`` around, are unknown.

    By closed-form matting (Levin et al., PAMI 2008). Where nothing is sure of a side any more,
    what is unknown counts one half.
    """
    unknown = ((alpha > 0) & (alpha < 255)).astype(np.uint8)
    if radius:
        unknown = cv2.dilate(unknown, kernel_of(2 * radius + 1, 'ellipse'))
    trimap = np.where(unknown > 0, np.uint8(128), alpha)
    rows, columns = (np.flatnonzero((trimap > 0).any(axis)) for axis in (1, 0))
    if not len(rows):
        return alpha
    part = tuple(slice(max(0, seen[0] - AROUND), seen[-1] + AROUND + 1) for seen in (rows, columns))
    result = trimap.copy()
    if len(np.unique(trimap[part])) == 3:
        found = classical_alpha(photo[part], trimap[part], 'closed-form')
        result[part] = (found * 255).round().astype(np.uint8)
    return result


FAULTS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    'none': as_it_is,
    'hard': hard,
    'hard-blurred': partial(hard, blur=BLUR),
    'half-size': partial(smaller, factor=2),
    'quarter-size': partial(smaller, factor=4),
    'half-pixel-off': partial(moved, by=0.5),
    'pixel-off': partial(moved, by=1.0),
    'grown': grown,
    'closed-form': partial(solved, radius=0),
    'closed-form-1': partial(solved, radius=1),
    'closed-form-3': partial(solved, radius=3),
}
"""What can be done to a true matte: ``fault(alpha, photo)``, (H, W) uint8 in and out."""


def spoilt(sample: DetDataSample, photo: np.ndarray, fault: str) -> DetDataSample:
    """Predict the truth of a photo, with a fault.

    Args:
        sample: With ``gt_instances`` in the frame of the photo; it is not changed.
        photo: (H, W, 3) uint8 RGB.
        fault: One of :data:`FAULTS`.

    Returns:
        A sample with ``pred_instances``: the true labels, confidence 1.
    """
    truth = sample.gt_instances
    alphas = truth.masks.to_tensor(torch.uint8, 'cpu').numpy()
    made = np.zeros_like(alphas)
    for place, alpha in zip(made, alphas, strict=True):
        place[:] = FAULTS[fault](alpha, photo)
    done = DetDataSample(metainfo=sample.metainfo, gt_instances=truth)
    if 'ignored_instances' in sample:
        done.ignored_instances = sample.ignored_instances
    done.pred_instances = InstanceData(
        alphas=torch.from_numpy(made), labels=truth.labels, scores=torch.ones(len(made))
    )
    return done


def score_faults(
    scenes: Iterable[tuple[DetDataSample, np.ndarray]],
    metrics: Mapping[str, BaseMetric],
    told: Callable[[int], None] = lambda number: None,
) -> dict[str, dict[str, float]]:
    """Score the truth of a set with every fault.

    Args:
        scenes: Samples and their photos, see :func:`spoilt`.
        metrics: By the name of the fault.
        told: Called after every scene with how many are done.

    Returns:
        For each fault the metric's scores by name, without its prefix.

    Raises:
        InputError: A fault is unknown.
    """
    for fault in metrics:
        if fault not in FAULTS:
            raise InputError(f'fault {fault!r}: use one of {", ".join(FAULTS)}')
    number = 0
    for number, (sample, photo) in enumerate(scenes, 1):
        for fault, metric in metrics.items():
            metric.process({}, [spoilt(sample, photo, fault).to_dict()])
        told(number)
    scores = {fault: metric.evaluate(number) for fault, metric in metrics.items()}
    return {
        fault: {key.rpartition('/')[2]: float(value) for key, value in found.items()}
        for fault, found in scores.items()
    }
