"""GCA-Matting: a ResNet-34-style U-Net with guided contextual attention on both ways.

Li and Lu, "Natural Image Matting via Guided Contextual Attention", AAAI 2020. Letters: B images, H
W pixels, both a multiple of 32 (64 or more), C channels.
"""

import itertools
from collections.abc import Mapping, Sequence

import torch
from mmdet.registry import MODELS
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from sosmatting.exceptions import InputError
from sosmatting.models.trimap.guided_attention import GuidedContextualAttention
from sosmatting.models.trimap.network import TrimapNetwork


def convolution(
    ins: int, outs: int, side: int = 3, stride: int = 1, mirror: bool = False
) -> nn.Module:
    """Make a convolution without bias, its weights divided by their largest singular value."""
    conv = nn.Conv2d(ins, outs, side, stride, side // 2, bias=False)
    if mirror:
        conv.padding_mode = 'reflect'
    return spectral_norm(conv)


class Block(nn.Module):
    """A basic residual block that keeps, halves or doubles the size.

    Args:
        ins: Channels in.
        outs: Channels out.
        change: ``'keep'``, ``'halve'`` or ``'double'``.
        slope: Of the leaky ReLU; 0 for a plain one.
    """

    def __init__(self, ins: int, outs: int, change: str = 'keep', slope: float = 0.0) -> None:
        super().__init__()
        # Growing, the first convolution keeps the channels and the second one changes them.
        middle = ins if change == 'double' else outs
        if change == 'double':
            self.conv1 = spectral_norm(nn.ConvTranspose2d(ins, ins, 4, 2, 1, bias=False))
        else:
            self.conv1 = convolution(ins, middle, stride=2 if change == 'halve' else 1)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv2 = convolution(middle, outs)
        self.bn2 = nn.BatchNorm2d(outs)
        nn.init.zeros_(self.bn2.weight)  # a block starts as the identity
        self.act = nn.LeakyReLU(slope)
        self.skip: nn.Module = nn.Identity()
        if change != 'keep':
            resize = (
                nn.AvgPool2d(2) if change == 'halve' else nn.UpsamplingNearest2d(scale_factor=2)
            )
            self.skip = nn.Sequential(resize, convolution(ins, outs, 1), nn.BatchNorm2d(outs))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outs, ...) of (B, ins, ...)."""
        y = self.act(self.bn1(self.conv1(x)))
        return self.act(self.bn2(self.conv2(y)) + self.skip(x))


def stage(ins: int, outs: int, count: int, change: str, slope: float = 0.0) -> nn.Sequential:
    """Chain blocks; the first one changes size and channels."""
    blocks = [Block(ins, outs, change, slope)]
    return nn.Sequential(*blocks, *(Block(outs, outs, slope=slope) for _ in range(count - 1)))


def shortcut(ins: int, outs: int) -> nn.Sequential:
    """Make the two convolutions between encoder and decoder (activation before the norm)."""
    return nn.Sequential(
        convolution(ins, outs), nn.ReLU(inplace=True), nn.BatchNorm2d(outs),
        convolution(outs, outs), nn.ReLU(inplace=True), nn.BatchNorm2d(outs),
    )  # fmt: skip


def stem(ins: int, outs: int, stride: int) -> nn.Sequential:
    """Make a convolution with norm and activation."""
    return nn.Sequential(
        convolution(ins, outs, stride=stride), nn.BatchNorm2d(outs), nn.ReLU(inplace=True)
    )


@MODELS.register_module()
class GCAMatting(TrimapNetwork):
    """Alpha from an image and its trimap (one channel for each of its three values).

    Args:
        encoder_depths: Blocks of the four encoder stages.
        decoder_depths: Blocks of the four decoder stages.
        widths: Channels of the four encoder stages.
        attention: With the two attention modules; without them it is the paper's baseline.
        pretrained: ``'resnet34'`` (downloaded), a file of torchvision's, or None.
        init_cfg: mmengine's.
    """

    trimap_channels = 3

    def __init__(
        self,
        encoder_depths: Sequence[int] = (3, 4, 4, 2),
        decoder_depths: Sequence[int] = (2, 3, 3, 2),
        widths: Sequence[int] = (64, 128, 256, 512),
        attention: bool = True,
        pretrained: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        a, b, c, d = widths
        half = a // 2
        self.conv1, self.conv2, self.conv3 = stem(6, half, 1), stem(half, a, 2), stem(a, a, 1)
        ins = (a, a, b, c)
        self.encoder = nn.ModuleList(
            stage(i, o, n, 'halve') for i, o, n in zip(ins, widths, encoder_depths, strict=True)
        )
        self.shortcuts = nn.ModuleList(
            shortcut(i, o) for i, o in zip((6, a, a, b, c), (half, a, a, b, c), strict=True)
        )
        self.decoder = nn.ModuleList(
            stage(i, o, n, 'double', 0.2)
            for i, o, n in zip((d, c, b, a), (c, b, a, a), decoder_depths, strict=True)
        )
        self.grow = nn.Sequential(
            spectral_norm(nn.ConvTranspose2d(a, half, 4, 2, 1, bias=False)),
            nn.BatchNorm2d(half),
            nn.LeakyReLU(0.2),
        )
        self.alpha = nn.Conv2d(half, 1, 3, padding=1)
        self.guidance_head, self.attentions = None, None
        if attention:
            sizes = (3, a // 4, half, b)
            head = [
                (convolution(i, o, stride=2, mirror=True), nn.ReLU(), nn.BatchNorm2d(o))
                for i, o in itertools.pairwise(sizes)
            ]
            self.guidance_head = nn.Sequential(*(layer for layers in head for layer in layers))
            self.attentions = nn.ModuleList(GuidedContextualAttention(b, b) for _ in range(2))

    def load_imagenet(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what torchvision's ResNet-34 shares with the encoder.

        The stem differs (three 3 x 3 convolutions), and so does what halves in the first stage.

        Raises:
            InputError: None fits.
        """
        names = {'downsample.0': 'skip.1', 'downsample.1': 'skip.2'}
        own = self.state_dict()
        taken = {}
        for key, value in weights.items():
            level, dot, rest = key.removeprefix('layer').partition('.')
            if not key.startswith('layer') or not dot:
                continue
            for theirs, ours in names.items():
                rest = rest.replace(theirs, ours)
            name = f'encoder.{int(level) - 1}.{rest}'
            for place in (name, name.replace('.weight', '.parametrizations.weight.original')):
                if place in own and own[place].shape == value.shape:
                    taken[place] = value
        if not taken:
            raise InputError(
                f'pretrained={self.pretrained!r}: shares no tensor with this encoder; name '
                "torchvision's ResNet-34"
            )
        self.load_state_dict(taken, strict=False)

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """Predict alpha.

        Args:
            image: (B, 3, H, W), normalised.
            trimap: (B, 3, H, W): 1 in the channel of background, unknown, foreground.

        Returns:
            (B, 1, H, W) in [0, 1].
        """
        x = torch.cat([image, trimap], 1)
        levels = [x, self.conv2(self.conv1(x))]
        y = self.encoder[0](self.conv3(levels[1]))
        levels.append(y)
        y = self.encoder[1](y)
        guidance = self.guidance_head(image) if self.guidance_head is not None else None
        unknown = trimap[:, 1:2, ::8, ::8]
        if self.attentions is not None:
            y = self.attentions[0](guidance, y, unknown)
        levels.append(y)
        y = self.encoder[2](y)
        levels.append(y)
        y = self.encoder[3](y)
        ways = [way(level) for way, level in zip(self.shortcuts, levels, strict=True)]
        y = self.decoder[0](y) + ways[4]
        y = self.decoder[1](y) + ways[3]
        if self.attentions is not None:
            y = self.attentions[1](guidance, y, unknown)
        y = self.decoder[2](y) + ways[2]
        y = self.decoder[3](y) + ways[1]
        y = self.grow(y) + ways[0]
        return (self.alpha(y).tanh() + 1) / 2
