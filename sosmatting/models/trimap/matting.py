"""A trimap network as a model that the Runner trains and tests.

Letters: B images, H W pixels of the batch, h w of a photo.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor, nn

from sosmatting.functional.alpha import areas, boxes_xyxy, dequantise, quantise
from sosmatting.models.trimap.losses import TrimapTruth
from sosmatting.models.trimap.preprocessor import trimap_planes


@MODELS.register_module()
class TrimapMatting(BaseModel):
    """Predict the unknown part of an alpha; what the trimap marks as known is taken from it.

    Args:
        network: Config of the network: ``forward(image, trimap) -> alpha``.
        losses: Configs of :mod:`~sosmatting.models.trimap.losses`; their sum is trained.
        data_preprocessor: Config of a :class:`TrimapPreprocessor`.
        init_cfg: mmengine's.
    """

    def __init__(
        self,
        network: dict,
        losses: Sequence[dict] = (),
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        preprocessor = data_preprocessor or dict(type='TrimapPreprocessor')
        super().__init__(MODELS.build(preprocessor), init_cfg)
        self.network = MODELS.build(network)
        self.losses = nn.ModuleList(MODELS.build(each) for each in losses)

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[DetDataSample] | None = None,
        mode: str = 'tensor',
    ) -> Any:
        """Do what ``mode`` says: ``'loss'``, ``'predict'`` or ``'tensor'``.

        Args:
            inputs: (B, 4, H, W): normalised RGB and the trimap as 0, 1, 2.
            data_samples: One sample for each photo.
            mode: As mmengine calls it.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples or ())
        if mode == 'predict':
            return self.predict(inputs, data_samples or ())
        return self._alpha(inputs)

    def _alpha(self, inputs: Tensor) -> Tensor:
        """Predict (B, 1, H, W) alphas, also where they are known."""
        planes = trimap_planes(inputs[:, 3:], self.network.trimap_channels)
        return self.network(inputs[:, :3], planes)

    def loss(self, inputs: Tensor, samples: Sequence[DetDataSample]) -> dict[str, Tensor]:
        """Return every loss under its name, and the mean absolute error in the unknown band.

        Args:
            inputs: See :meth:`forward`.
            samples: With ``gt_alpha`` (1, H, W) uint8 and, for compositional losses,
                ``gt_foreground`` and ``gt_background`` (3, H, W) uint8, of the batch's size.
        """
        pred = self._alpha(inputs)
        truth = self.truth_of(inputs, samples)
        losses: dict[str, Tensor] = {}
        for loss in self.losses:
            name = f'loss_{type(loss).__name__}_{loss.region}'
            losses[name] = losses.get(name, pred.new_zeros(())) + loss(pred, truth)
        with torch.no_grad():
            error = (pred.clamp(0, 1) - truth.alpha).abs() * truth.unknown
            losses['unknown_mad'] = error.sum() / truth.unknown.sum().clamp(min=1)
        return losses

    def truth_of(self, inputs: Tensor, samples: Sequence[DetDataSample]) -> TrimapTruth:
        """Stack the truth of a batch."""

        def stacked(name: str) -> Tensor | None:
            if any(name not in sample for sample in samples):
                return None
            return dequantise(torch.stack([sample.get(name) for sample in samples]))

        alpha = stacked('gt_alpha')
        assert alpha is not None, 'training samples carry gt_alpha'
        processor = self.data_preprocessor
        image = (inputs[:, :3] * processor.std + processor.mean) / 255
        return TrimapTruth(
            alpha.to(inputs.device),
            inputs[:, 3:] == 1,
            image,
            stacked('gt_foreground'),
            stacked('gt_background'),
        )

    def predict(self, inputs: Tensor, samples: Sequence[DetDataSample]) -> list[DetDataSample]:
        """Fill ``pred_alpha`` and ``pred_instances`` of every sample.

        ``pred_alpha`` is (1, h, w) float32 in [0, 1], in the photo's frame; exactly 0 and 1 where
        the trimap says so. ``pred_instances`` holds it as one matte, as all of this project's
        models do.
        """
        alphas = self._alpha(inputs).float().clamp(0, 1)
        known = inputs[:, 3:].float() / 2
        alphas = torch.where(inputs[:, 3:] == 1, alphas, known)
        results = []
        for alpha, sample in zip(alphas, samples, strict=True):
            height, width = sample.img_shape[:2]
            cropped = alpha[:, :height, :width]
            sample.pred_alpha = cropped
            sample.pred_instances = one_matte(cropped)
            results.append(sample)
        return results


def one_matte(alpha: Tensor) -> InstanceData:
    """Describe a (1, h, w) alpha in [0, 1] as the only instance of a photo."""
    return InstanceData(
        alphas=quantise(alpha),
        scores=alpha.new_ones(1),
        labels=torch.zeros(1, dtype=torch.int64, device=alpha.device),
        bboxes=boxes_xyxy(alpha),
        areas=areas(alpha),
    )


def samples_of(photos: Sequence[Tensor]) -> Mapping[str, Any]:
    """Make the data of a batch from (4, h, w) uint8 photos with trimaps, for prediction alone."""
    samples = [DetDataSample(metainfo=dict(img_shape=tuple(p.shape[1:]))) for p in photos]
    return {'inputs': list(photos), 'data_samples': samples}
