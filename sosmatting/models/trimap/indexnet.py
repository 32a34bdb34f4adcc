"""IndexNet Matting: a MobileNetV2 U-Net whose pooling and upsampling follow learned indices.

Lu et al., "Indices Matter: Learning to Index for Deep Image Matting", ICCV 2019. Letters: B images,
H W pixels, both a multiple of 32; C channels.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from mmdet.models.layers import InvertedResidual
from mmdet.registry import MODELS
from torch import Tensor, nn

from sosmatting.models.trimap.index_blocks import (
    IndexBlock,
    IndexMode,
    indexed_pool,
    indexed_upsample,
)
from sosmatting.models.trimap.network import TrimapNetwork

# MobileNetV2: expansion, channels and blocks of layer1 to layer7, all at stride 1 here.
LAYERS = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
INDEXED = (0, 2, 3, 4, 6)  # the stem and the layers after which the size halves
DECODER = (96, 64, 32, 24, 16, 32, 32)  # channels of the decoder, deepest first


class ConvBNReLU6(nn.Sequential):
    """A convolution without bias, its norm, and ReLU6."""

    def __init__(self, ins: int, outs: int, side: int, dilation: int = 1, groups: int = 1) -> None:
        padding = dilation * (side // 2)
        super().__init__(
            nn.Conv2d(ins, outs, side, 1, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(outs),
            nn.ReLU6(inplace=True),
        )


class SeparableASPP(nn.Module):
    """Atrous spatial pyramid pooling, depthwise separable: four reaches and the whole image.

    Args:
        ins: Channels in.
        outs: Channels out.
        middle: Channels of each of the five parts.
        dilations: Of the three 3 x 3 parts.
        dropout: Share of values dropped in training.
    """

    def __init__(
        self,
        ins: int,
        outs: int,
        middle: int = 256,
        dilations: tuple[int, ...] = (2, 4, 8),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.parts = nn.ModuleList([ConvBNReLU6(ins, middle, 1)])
        self.parts.extend(
            nn.Sequential(ConvBNReLU6(ins, ins, 3, d, ins), ConvBNReLU6(ins, middle, 1))
            for d in dilations
        )
        self.whole = ConvBNReLU6(ins, middle, 1)
        self.join = ConvBNReLU6(middle * (2 + len(dilations)), outs, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outs, h, w) of (B, ins, h, w)."""
        mean = self.whole(F.adaptive_avg_pool2d(x, 1)).expand(-1, -1, *x.shape[-2:])
        return self.dropout(self.join(torch.cat([*(part(x) for part in self.parts), mean], 1)))


@MODELS.register_module()
class IndexNetMatting(TrimapNetwork):
    """Alpha from an image and its trimap.

    Args:
        index_mode: See :class:`IndexBlock`.
        nonlinear: See :class:`IndexBlock`.
        context: See :class:`IndexBlock`.
        index_expansion: See :class:`IndexBlock`.
        aspp: With :class:`SeparableASPP` below the decoder, else a 1 x 1 convolution.
        norm_eval: The norms keep their statistics, as the paper trains.
        kernel: Side of the decoder's convolutions.
        aspp_dropout: See :class:`SeparableASPP`.
        pretrained: ``'mobilenet_v2'`` (comes with the package), a file of torchvision's, or None.
        init_cfg: mmengine's.
    """

    def __init__(
        self,
        index_mode: IndexMode = 'm2o',
        nonlinear: bool = True,
        context: bool = True,
        index_expansion: int = 2,
        aspp: bool = True,
        norm_eval: bool = True,
        kernel: int = 5,
        aspp_dropout: float = 0.5,
        pretrained: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        self.norm_eval = norm_eval
        self.conv1 = nn.Sequential()  # its parts have the names of mmdet's MobileNetV2
        for name, part in zip(('conv', 'bn', 'act'), ConvBNReLU6(4, 32, 3), strict=True):
            self.conv1.add_module(name, part)
        channels = [32]
        norm, act = dict(type='BN'), dict(type='ReLU6')
        for number, (expansion, outs, count) in enumerate(LAYERS, 1):
            blocks = nn.Sequential()
            for block in range(count):
                ins = channels[-1] if block == 0 else outs
                blocks.append(
                    InvertedResidual(
                        ins,
                        outs,
                        ins * expansion,
                        with_expand_conv=expansion != 1,
                        norm_cfg=norm,
                        act_cfg=act,
                    )
                )
            self.add_module(f'layer{number}', blocks)
            channels.append(outs)
        self.index_blocks = nn.ModuleList(
            IndexBlock(channels[k], index_mode, nonlinear, context, index_expansion)
            for k in INDEXED
        )
        deepest = channels[6]
        self.bottom: nn.Module = ConvBNReLU6(channels[7], deepest, 1)
        if aspp:
            self.bottom = SeparableASPP(channels[7], deepest, dropout=aspp_dropout)
        ins_list = [deepest, *DECODER[:-1]]
        self.decoder = nn.ModuleList(
            ConvBNReLU6(ins + skip, outs, kernel)
            for ins, skip, outs in zip(ins_list, reversed(channels[:7]), DECODER, strict=True)
        )
        last = nn.Conv2d(1, 1, kernel, padding=kernel // 2, bias=False)
        before = ConvBNReLU6(DECODER[-1], 1, kernel)
        self.alpha = nn.Sequential(before, last)
        # Ours: it starts around 0.5 and passes on what comes in. With taps drawn at random their
        # sum may be negative, and a short run spends its steps on that.
        nn.init.dirac_(last.weight)
        for weight in before[1].parameters():
            nn.init.constant_(weight, 0.5)

    def load_imagenet(self, weights: Mapping[str, Tensor]) -> None:
        """Take over MobileNetV2's weights under mmdet's names, all but its last convolution.

        The trimap's weights start at 0.
        """
        own = self.state_dict()
        taken = {key: value for key, value in weights.items() if key in own}
        first = taken['conv1.conv.weight']
        taken['conv1.conv.weight'] = torch.cat([first, torch.zeros_like(first[:, :1])], 1)
        self.load_state_dict(taken, strict=False)

    def train(self, mode: bool = True) -> 'IndexNetMatting':
        """Set the mode; with ``norm_eval`` the encoder's norms stay in evaluation."""
        super().train(mode)
        if self.norm_eval:
            for name, layer in self.named_modules():
                if name.startswith(('conv1', 'layer')) and isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        return self

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """Predict alpha.

        Args:
            image: (B, 3, H, W), normalised.
            trimap: (B, 1, H, W): 0, 0.5 and 1.

        Returns:
            (B, 1, H, W), not bounded: clamp it for use.
        """
        x = self.conv1(torch.cat([image, trimap], 1))
        skips: list[tuple[Tensor, Tensor | None]] = []
        for level in range(7):
            if level:
                x = getattr(self, f'layer{level}')(x)
            if level not in INDEXED:
                skips.append((x, None))
                continue
            down, up = self.index_blocks[INDEXED.index(level)](x)
            skips.append((down * x, up))
            x = indexed_pool(x, down)
        x = self.bottom(self.layer7(x))
        for conv, (skip, up) in zip(self.decoder, reversed(skips), strict=True):
            if up is not None:
                x = indexed_upsample(x, up)
            x = conv(torch.cat([x, skip], 1))
        return self.alpha(x)
