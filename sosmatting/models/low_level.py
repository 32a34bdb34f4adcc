"""The low-level module: what the 1/4-scale mask feature cannot know about hair.

Letters: B images, C low-level channels, E kernel channels, s the detail stride.
"""

import torch.nn.functional as F
from mmdet.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from sosmatting.exceptions import InputError

SOURCES = ('image', 'image+stem')
MASK_STRIDE = 4


@MODELS.register_module()
class LowLevelModule(BaseModule):
    """Shallow features at high resolution, and the 1x1 convolution that makes them wide.

    Depth, width and source are our reading of SOSO, which names the module but not its layers. The
    features D come from 3x3 convolutions on the image, optionally with the backbone's stem added;
    ``expand`` (V) would bring them to the width of the mask feature. It is never run at full
    resolution: the decoder multiplies its weights with the kernels instead. V starts at 0, so
    that a network fresh from stage 1 still draws the masks that it has learnt.

    Args:
        out_channels: E, channels of the mask feature.
        channels: C, width of the low-level features.
        depth: Number of 3x3 convolutions.
        stride: Detail stride s, 1 or 2.
        source: ``'image'`` or ``'image+stem'``.
        stem_channels: Channels of the backbone's stem, with ``'image+stem'``.
        high_pass: Take from D what 1/4 scale can show, which is the mask feature's to draw.
    """

    def __init__(
        self,
        out_channels: int = 256,
        channels: int = 16,
        depth: int = 3,
        stride: int = 1,
        source: str = 'image',
        stem_channels: int = 64,
        high_pass: bool = False,
    ) -> None:
        super().__init__(init_cfg=dict(type='Kaiming', layer='Conv2d'))
        if stride not in (1, 2) or source not in SOURCES or depth < 1:
            raise InputError(
                f'LowLevelModule: stride={stride} must be 1 or 2, source={source!r} one of '
                f'{SOURCES}, depth={depth} at least 1'
            )
        self.stride = stride
        self.high_pass = high_pass
        self.uses_stem = source == 'image+stem'
        self.first = nn.Conv2d(3, channels, 3, stride=stride, padding=1)
        if self.uses_stem:
            self.from_stem = nn.Conv2d(stem_channels, channels, 1)
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(depth - 1)
        )
        self.expand = nn.Conv2d(channels, out_channels, 1, bias=False)
        nn.init.zeros_(self.expand.weight)

    def init_weights(self) -> None:
        """Draw the 3x3 convolutions (He et al., 2015); leave V at 0."""
        super().init_weights()
        nn.init.zeros_(self.expand.weight)

    def forward(self, image: Tensor, stem: Tensor | None = None) -> Tensor:
        """Compute D.

        Args:
            image: (B, 3, H, W) normalised, padded.
            stem: (B, stem_channels, H / 2, W / 2), with source ``'image+stem'``.

        Returns:
            (B, C, H / s, W / s).
        """
        x = self.first(image)
        if self.uses_stem and stem is not None:
            narrow = self.from_stem(stem)
            x = x + F.interpolate(narrow, x.shape[-2:], mode='bilinear', align_corners=False)
        x = F.relu(x, inplace=True)
        for conv in self.convs:
            x = F.relu(conv(x), inplace=True)
        if not self.high_pass:
            return x
        coarse = F.avg_pool2d(x, MASK_STRIDE // self.stride)
        return x - F.interpolate(coarse, x.shape[-2:], mode='bilinear', align_corners=False)

    @property
    def expand_weight(self) -> Tensor:
        """V as an (E, C) matrix."""
        return self.expand.weight[:, :, 0, 0]
