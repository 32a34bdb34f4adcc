"""The network of the second look: crops with mattes in, better mattes and their quality out.

Letters: K crops, C categories, s the side of a crop.
"""

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmdet.registry import MODELS
from mmengine.model import BaseModule, constant_init, normal_init
from torch import Tensor, nn

from sosmatting.models.look_backbones import STRIDES, stages_of, widths_of
from sosmatting.models.look_edges import EdgeDrawer

GUIDE_STRIDE = 4  # where the backbone is told of the mattes: what lies before may be frozen
CERTAIN = 0.02  # the first look's alphas are not trusted beyond it


class LookNetwork(BaseModule):
    """A backbone that is told of the mattes, a decoder, and a judge.

    The judge rates a matte by category, and once more whatever the category: of kinds that nobody
    showed it, it may know that they are things before it knows which (Kim et al., Learning
    Open-World Object Proposals without Learning to Classify, RA-L 2022).

    Args:
        backbone: Config of one that :func:`stages_of` knows.
        num_classes: C.
        channels: Widths of the decoder at strides 2, 4, 8, 16.
        depth: See :class:`EdgeDrawer`.
        reach: See :class:`EdgeDrawer`.
    """

    def __init__(
        self,
        backbone: dict,
        num_classes: int,
        channels: Sequence[int] = (32, 48, 64, 96),
        depth: int = 3,
        reach: int = 4,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = MODELS.build(backbone)
        in_channels = widths_of(self.backbone)
        self.guide = nn.Conv2d(2, in_channels[1], 3, padding=1)
        # Level by level, largest first; the two deepest outputs meet at stride 16.
        self.laterals = nn.ModuleList(
            nn.Conv2d(given, width, 1)
            for given, width in zip(in_channels, [*channels, channels[-1]], strict=True)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(deep, width, 1) for width, deep in itertools.pairwise(channels)
        )
        norm = dict(type='GN', num_groups=8)
        self.smooth = nn.ModuleList(
            # A normalisation at stride 2 would cost as much as all the rest.
            ConvModule(width, width, 3, padding=1, norm_cfg=norm if level > 0 else None)
            for level, width in enumerate(channels)
        )
        self.edges = EdgeDrawer(channels[0], channels[1], depth, reach)
        self.judge = nn.Linear(2 * in_channels[-1], num_classes)
        self.worth = nn.Linear(2 * in_channels[-1], 1)

    def init_weights(self) -> None:
        """Take the backbone's weights; draw what the first look saw; quality at about 0.1."""
        super().init_weights()
        constant_init(self.guide, 0.0)
        for rating in (self.judge, self.worth):
            normal_init(rating, std=0.01, bias=-2.0)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draw and judge.

        Args:
            crops: (K, 5, s, s): the normalised photo, the matte, and the other mattes.

        Returns:
            Logits of alpha (K, s, s), of the rough matte (K, s / 4, s / 4), and of the quality
            (K, C + 1): by category, and whatever the category.
        """
        features = self.see(crops)
        return *self.draw(features, crops), self.rate(features, crops)

    def rate(self, features: Sequence[Tensor], crops: Tensor) -> Tensor:
        """Judge the mattes of crops by what was seen there: (K, C + 1)."""
        deep = features[-1]
        weight = F.adaptive_avg_pool2d(crops[:, 3:4], (deep.shape[2], deep.shape[3])) + 1e-3
        inside = (deep * weight).sum((2, 3)) / weight.sum((2, 3))
        seen = torch.cat([deep.mean((2, 3)), inside], dim=1)
        return torch.cat([self.judge(seen), self.worth(seen)], dim=1)

    def draw(self, features: Sequence[Tensor], crops: Tensor) -> tuple[Tensor, Tensor]:
        """Draw the mattes of crops from what was seen there: (K, s, s), (K, s / 4, s / 4)."""
        crops = crops.contiguous(memory_format=torch.channels_last)
        *skips, deep = (each.contiguous(memory_format=torch.channels_last) for each in features)
        x = F.interpolate(self.laterals[-1](deep), scale_factor=2, mode='nearest')
        x = self.smooth[-1](x + self.laterals[-2](skips[-1]))
        for level in range(len(self.narrow) - 1, -1, -1):
            coarse = x
            x = F.interpolate(
                self.narrow[level](x), scale_factor=2, mode='bilinear', align_corners=False
            )
            x = self.smooth[level](x + self.laterals[level](skips[level]))
        before = crops[:, 3:4].float().clamp(CERTAIN, 1 - CERTAIN).logit()
        return self.edges(x, coarse, crops, before)

    def see(self, crops: Tensor) -> list[Tensor]:
        """Run the backbone, and tell it of the mattes at stride 4: strides 2, 4, 8, 16, 32."""
        photo, guides = (
            part.contiguous(memory_format=torch.channels_last) for part in crops.split((3, 2), 1)
        )
        x, outputs = photo, []
        for stride, stage in zip(STRIDES, stages_of(self.backbone), strict=True):
            for layer in stage:
                x = layer(x)
            outputs.append(x)
            if stride == GUIDE_STRIDE:
                x = x + self.guide(F.avg_pool2d(guides, GUIDE_STRIDE))
        return outputs
