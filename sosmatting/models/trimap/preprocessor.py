"""From photos and trimaps of a batch to what a network takes.

Letters: B images, H W pixels of the batch (padded), T trimap channels (1 or 3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmdet.registry import MODELS
from mmengine.model import BaseDataPreprocessor
from torch import Tensor


@MODELS.register_module()
class TrimapPreprocessor(BaseDataPreprocessor):
    """Normalise, pad and stack photos with their trimaps.

    Args:
        mean: Of RGB, in 0..255.
        std: Of RGB.
        pad_size_divisor: Both sides become a multiple of it; the photo's edge is repeated, and what
            is added is background in the trimap.
        non_blocking: As in mmengine.
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        pad_size_divisor: int = 32,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        self.divisor = pad_size_divisor
        self.register_buffer('mean', torch.tensor(mean).view(3, 1, 1), False)
        self.register_buffer('std', torch.tensor(std).view(3, 1, 1), False)

    def forward(self, data: Mapping[str, Any], training: bool = False) -> dict:
        """Make a batch.

        Args:
            data: ``inputs``, a sequence of (4, H, W) uint8 RGB and trimap (0, 128, 255); and
                ``data_samples``.
            training: Makes no difference.

        Returns:
            ``inputs``, (B, 4, H, W) float: normalised RGB, and the trimap as 0, 1 and 2; and
            ``data_samples``.
        """
        batch = self.cast_data(dict(data))
        inputs = batch['inputs']
        height, width = (max(each.shape[k] for each in inputs) for k in (1, 2))
        height, width = (-(-side // self.divisor) * self.divisor for side in (height, width))
        stacked = torch.stack([self._prepared(each, height, width) for each in inputs])
        return {**batch, 'inputs': stacked}

    def _prepared(self, photo: Tensor, height: int, width: int) -> Tensor:
        """Normalise and pad one (4, h, w) photo with its trimap to (4, height, width)."""
        image = (photo[:3].float() - self.mean) / self.std
        classes = (photo[3:].float() / 127).floor()  # 0, 128, 255 -> 0, 1, 2
        missing = (0, width - photo.shape[2], 0, height - photo.shape[1])
        image = F.pad(image[None], missing, mode='replicate')[0]
        return torch.cat([image, F.pad(classes, missing)])


def trimap_planes(classes: Tensor, channels: int) -> Tensor:
    """Write trimaps as a network takes them.

    Args:
        classes: (B, 1, H, W): 0 background, 1 unknown, 2 foreground.
        channels: 1 for one plane of 0, 0.5, 1; 3 for a plane of each.

    Returns:
        (B, T, H, W) float.
    """
    if channels == 1:
        return classes / 2
    return torch.cat([(classes == value).to(classes.dtype) for value in range(3)], 1)
