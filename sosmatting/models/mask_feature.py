"""SOLOv2's mask-feature branch: P2 to P5 brought to 1/4 scale and summed.

Wang et al., SOLOv2, NeurIPS 2020, section 3.2. Names of layers are those of mmdet's, so that its
checkpoints load. Letters: B images, h w a quarter of the padded image.
"""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


def coordinate_maps(feature: Tensor) -> Tensor:
    """Return (B, 2, H, W) maps of x and y, from -1 to 1, of a feature's size, type and device."""
    height, width = feature.shape[-2:]
    xs = torch.linspace(-1, 1, width, device=feature.device, dtype=feature.dtype)
    ys = torch.linspace(-1, 1, height, device=feature.device, dtype=feature.dtype)
    maps = torch.stack([xs.expand(height, width), ys[:, None].expand(height, width)])
    return maps.expand(len(feature), -1, -1, -1)


class MaskFeatureBranch(BaseModule):
    """Sum the lower pyramid levels at 1/4 scale into the map that kernels are applied to.

    Args:
        in_channels: Channels of the pyramid.
        feat_channels: Channels of the hidden layers.
        out_channels: E, channels of the result.
        start_level: First level used; its stride is the result's.
        end_level: Last level used; it gets two coordinate channels.
        mask_stride: Stride of the result in pixels.
        conv_cfg: Type of the 3x3 convolutions.
        norm_cfg: Normalisation of every convolution.
    """

    def __init__(
        self,
        in_channels: int,
        feat_channels: int,
        out_channels: int,
        start_level: int = 0,
        end_level: int = 3,
        mask_stride: int = 4,
        conv_cfg: dict | None = None,
        norm_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=dict(type='Normal', layer='Conv2d', std=0.01))
        self.levels = range(start_level, end_level + 1)
        self.mask_stride = mask_stride
        self.out_channels = out_channels
        self.convs_all_levels = nn.ModuleList()
        for level in self.levels:
            path = nn.Sequential()
            for step in range(max(level, 1)):
                first_in = in_channels + 2 * (level == end_level and level > 0)
                conv = ConvModule(
                    first_in if step == 0 else feat_channels,
                    feat_channels,
                    3,
                    padding=1,
                    conv_cfg=conv_cfg,
                    norm_cfg=norm_cfg,
                    inplace=False,
                )
                path.add_module(f'conv{step}', conv)
                if level > 0:
                    grow = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)
                    path.add_module(f'upsample{step}', grow)
            self.convs_all_levels.append(path)
        self.conv_pred = ConvModule(
            feat_channels, out_channels, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg
        )

    def forward(self, pyramid: Sequence[Tensor]) -> Tensor:
        """Return F (B, E, h, w) of a pyramid, largest level first."""
        total: Tensor | None = None
        for level, path in zip(self.levels, self.convs_all_levels, strict=True):
            feature = pyramid[level]
            if level == self.levels[-1] and level > 0:
                feature = torch.cat([feature, coordinate_maps(feature)], dim=1)
            grown = path(feature)
            total = grown if total is None else total + grown
        return self.conv_pred(total)
