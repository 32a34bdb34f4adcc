"""What every trimap network has: a way to start from ImageNet weights.

Letters: B images, H W pixels.
"""

from collections.abc import Mapping

from mmengine.model import BaseModule
from torch import Tensor

from sosmatting.pretrained import imagenet_weights


class TrimapNetwork(BaseModule):
    """Base: ``forward(image, trimap)`` predicts (B, 1, H, W) alphas.

    Attributes:
        trimap_channels: Planes of the trimap that it takes: 1 (0, 0.5, 1) or 3, one for each value.

    Args:
        pretrained: A name of :data:`~sosmatting.checkpoints.IMAGENET_URLS`, a file of
            torchvision's, or None.
        init_cfg: mmengine's.
    """

    trimap_channels = 1

    def __init__(self, pretrained: str | None = None, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.pretrained = pretrained

    def init_weights(self) -> None:
        """Take over ImageNet weights where ``pretrained`` names them."""
        super().init_weights()
        if self.pretrained is not None:
            option = 'model.network.pretrained=FILE'
            self.load_imagenet(imagenet_weights(self.pretrained, option))

    def load_imagenet(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what a classification network shares with the encoder."""
        raise NotImplementedError
