"""Deformable convolution by torchvision, under the names of mmcv's.

Zhu et al., Deformable ConvNets v2, CVPR 2019.
"""

import math

import torch
from mmdet.registry import MODELS
from torch import Tensor, nn
from torchvision.ops import deform_conv2d


@MODELS.register_module()
class TorchvisionDCNv2(nn.Module):
    """A modulated deformable convolution whose offsets come from its own input.

    Parameters have the names and shapes of mmcv's ``DCNv2``, so that published weights load.
    Offsets start at 0 and the modulation at 1/2.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        kernel_size: Side of the kernel.
        stride: As for ``nn.Conv2d``.
        padding: As for ``nn.Conv2d``.
        dilation: As for ``nn.Conv2d``.
        groups: As for ``nn.Conv2d``.
        deform_groups: Groups of channels that share offsets.
        bias: Whether there is a bias.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        deform_groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = (kernel_size, kernel_size)
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        # mmcv's ConvModule copies these from every convolution.
        self.transposed = False
        self.output_padding = (0, 0)
        shape = (out_channels, in_channels // groups, kernel_size, kernel_size)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.conv_offset = nn.Conv2d(
            in_channels,
            deform_groups * 3 * kernel_size**2,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
        )
        self.init_weights()

    def init_weights(self) -> None:
        """Draw the kernel uniformly by its fan-in; make the offsets 0."""
        bound = 1 / math.sqrt(self.weight[0].numel())
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.zeros_(self.conv_offset.weight)
        if self.conv_offset.bias is not None:
            nn.init.zeros_(self.conv_offset.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, H, W)."""
        first, second, modulation = self.conv_offset(x).chunk(3, dim=1)
        return deform_conv2d(
            x,
            torch.cat([first, second], dim=1),
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            mask=modulation.sigmoid(),
        )
