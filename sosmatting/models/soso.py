"""SOSO (Soft SOLO): one photo in, one soft alpha matte per object out, in a single pass.

    image -> backbone -> pyramid -> head -> categories, kernels k, mask feature F
      |         |                              |
      +-- stem -+-> low-level module -> D, V --+-> alpha = sigmoid(k . (U(F) + V D))

Letters: B images, E kernel channels, C low-level channels, S cells, H W the padded image.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmdet.models.detectors.base import BaseDetector
from mmdet.registry import MODELS
from mmdet.structures import OptSampleList, SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.exceptions import InputError


@MODELS.register_module()
class SOSO(BaseDetector):
    """SOLOv2 with soft masks and a low-level module; without the module, soft-trained SOLOv2.

    Args:
        backbone: Config of the backbone.
        neck: Config of the feature pyramid.
        mask_head: Config of the head (:class:`MatteHead`).
        low_level: Config of the :class:`LowLevelModule`; ``None`` to do without.
        channels_last: Keep weights and features in channels-last order, which CPUs with oneDNN and
            GPUs in half precision convolve faster; results differ by rounding only.
        stem: Names of the backbone's layers that make its stem, run one after the other; they are
            run a second time for the low-level module, where its source is ``'image+stem'``.
        second_look: Config of the :class:`SecondLook`, which looks at every matte again; ``None``
            to do without. What is above is not trained where there is one.
        first_stride: With a second look, pixels a side of the frame that the first look sees as
            one, averaged; it divides the padded sides.
        data_preprocessor: Config of normalisation and padding.
        init_cfg: mmengine's initialisation config.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        mask_head: dict,
        low_level: dict | None = None,
        channels_last: bool = False,
        stem: Sequence[str] = ('conv1', 'bn1', 'relu'),
        second_look: dict | None = None,
        first_stride: int = 2,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.backbone = MODELS.build(backbone)
        self.neck = MODELS.build(neck)
        self.mask_head = MODELS.build(mask_head)
        self.low_level = None if low_level is None else MODELS.build(low_level)
        self.stem = tuple(stem)
        self.first_stride = first_stride
        self.second_look = None
        if second_look is not None:
            self.requires_grad_(False)
            self.second_look = MODELS.build(second_look)
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.to(memory_format=self.memory_format)
        # Some backbones freeze their stages only here; a distributed wrapper asks before training.
        self.train()

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the pyramid of (B, 3, H, W) normalised images, largest level first."""
        return self.neck(self.backbone(batch_inputs))

    def extract_low_level(self, batch_inputs: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Return D (B, C, H / s, W / s) and V (E, C), or two ``None`` without low-level module."""
        if self.low_level is None:
            return None, None
        stem = None
        if self.low_level.uses_stem:
            stem = batch_inputs
            for name in self.stem:
                stem = getattr(self.backbone, name)(stem)
        return self.low_level(batch_inputs, stem), self.low_level.expand_weight

    def _forward(self, batch_inputs: Tensor, batch_data_samples: OptSampleList = None) -> Any:
        """Return the head's outputs, D and V, undecoded."""
        batch_inputs = batch_inputs.contiguous(memory_format=self.memory_format)
        outputs = self.mask_head(self.extract_feat(batch_inputs))
        return (*outputs, *self.extract_low_level(batch_inputs))

    def loss(self, batch_inputs: Tensor, batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Compute the losses of a batch (:meth:`MatteHead.loss_by_feat`).

        The category branch sees only images that say something of categories, the low-level module
        only those with true alphas; of the others their losses would be 0.
        """
        if self.second_look is not None:
            with torch.no_grad():
                firsts = self._first_look(batch_inputs)
            return self.second_look.loss(batch_inputs, firsts, batch_data_samples)
        metas = [sample.metainfo for sample in batch_data_samples]
        # At least one image, so that every trained parameter takes part in every batch.
        judged = [i for i, meta in enumerate(metas) if meta.get('complete_labels', (0,))] or [0]
        soft = [i for i, meta in enumerate(metas) if meta.get('matte', 'soft') == 'soft'] or [0]
        batch_inputs = batch_inputs.contiguous(memory_format=self.memory_format)
        outputs = self.mask_head(self.extract_feat(batch_inputs), judged)
        chosen = batch_inputs[soft].contiguous(memory_format=self.memory_format)
        low_level = self.extract_low_level(chosen)
        return self.mask_head.loss_by_feat(*outputs, *low_level, batch_data_samples, soft)

    def predict(
        self, batch_inputs: Tensor, batch_data_samples: SampleList, rescale: bool = True
    ) -> SampleList:
        """Give every sample its ``pred_instances`` (:class:`MatteDecoder`)."""
        metas = [sample.metainfo for sample in batch_data_samples]
        if self.second_look is None:
            outputs = self._forward(batch_inputs)
            results = self.mask_head.predict_by_feat(*outputs, metas, rescale)
        else:
            sizes = [tuple(meta['img_shape'][:2]) for meta in metas]
            wanted = [tuple(meta['ori_shape' if rescale else 'img_shape'][:2]) for meta in metas]
            firsts = self._first_look(batch_inputs)
            results = [
                self.second_look.predict(*each)
                for each in zip(batch_inputs, firsts, sizes, wanted, strict=True)
            ]
        for sample, result in zip(batch_data_samples, results, strict=True):
            sample.pred_instances = result
        return batch_data_samples

    def _first_look(self, batch_inputs: Tensor) -> list[InstanceData]:
        """Find the mattes of (B, 3, H, W) frames in frames smaller by ``first_stride``.

        Raises:
            InputError: ``first_stride`` does not divide the sides.
        """
        stride = self.first_stride
        if any(side % stride for side in batch_inputs.shape[-2:]):
            raise InputError(
                f'SOSO: first_stride={stride} does not divide a frame of '
                f'{tuple(batch_inputs.shape[-2:])}; make pad_size_divisor a multiple of it'
            )
        height, width = (side // stride for side in batch_inputs.shape[-2:])
        smaller = F.avg_pool2d(batch_inputs, stride)
        metas = [dict(img_shape=(height, width))] * len(smaller)
        return self.mask_head.predict_by_feat(*self._forward(smaller), metas, rescale=False)
