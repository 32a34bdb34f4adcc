"""From a model's prediction to the result a person works with."""

import numpy as np
from mmdet.structures import DetDataSample

from sosmatting.files import read_photo
from sosmatting.mattes import Mattes, boxes_and_areas


def photo_of(sample: DetDataSample) -> np.ndarray:
    """Read the photo of a sample, (H, W, 3) uint8 RGB, in the frame that its mattes are in."""
    photo = read_photo(sample.img_path)
    same = photo.shape[:2] == tuple(sample.ori_shape)
    return photo if same else read_photo(sample.img_path, upright=False)


def mattes_of(sample: DetDataSample, image: np.ndarray, classes: tuple[str, ...]) -> Mattes:
    """Take the prediction out of a sample.

    Args:
        sample: With ``pred_instances`` at the original size; ``alphas``, or ``masks`` of a model
            with hard masks.
        image: (H, W, 3) uint8 RGB, the original photo.
        classes: Category names.
    """
    found = sample.pred_instances.cpu()
    if 'alphas' in found:
        alphas = found.alphas.numpy()
        # 16-bit mattes travel as int32, which torch can index.
        alphas = alphas.astype(np.uint16) if alphas.dtype == np.int32 else alphas
        boxes, areas = found.bboxes.numpy(), found.areas.numpy()
    else:
        alphas = found.masks.numpy().astype(np.uint8) * np.uint8(255)
        boxes, areas = boxes_and_areas(alphas)
    return Mattes(
        image=image,
        alphas=alphas,
        scores=found.scores.float().numpy(),
        labels=found.labels.numpy().astype(np.int64),
        boxes=boxes,
        areas=areas,
        classes=tuple(classes),
    )
