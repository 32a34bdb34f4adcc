"""Full-size alphas of the second look, with the colours on both sides of the contour at hand.

A contour lies where the colours of the thing end and those of its surroundings begin. So a rough
matte is drawn first; from it follow, for every place, the colours of both sides nearby, and where
between the two the pixel's own colour lies: the alpha of the compositing equation, were these the
colours. A few convolutions settle the rest. Everything is done at half size, with the four pixels
of each place side by side. The projection is that of Bayesian Matting (Chuang et al., CVPR 2001),
without its covariances.

Letters: K crops, C channels, s the side of a crop.
"""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, normal_init
from torch import Tensor, nn

ROUGH_STRIDE = 4  # of the rough matte and the colours
FAR = 1e-2  # the weight of the whole crop's colours, where nothing of a side is near
UNLIKE = 0.05  # colours of normalised photos nearer than that (squared) tell little


class EdgeDrawer(BaseModule):
    """Draw full-size alphas from the decoder's features, the photo, and both sides' colours.

    Args:
        channels: Of the decoder's features at stride 2, and of the convolutions here.
        rough_channels: Of the decoder's features at stride 4.
        depth: Number of residual convolutions.
        reach: How far away a colour still counts, in cells of stride 4.
    """

    def __init__(self, channels: int, rough_channels: int, depth: int = 3, reach: int = 4) -> None:
        super().__init__()
        self.reach = reach
        self.rough = nn.Conv2d(rough_channels, 1, 3, padding=1)
        # Photo, matte, other mattes and projected alpha at four pixels each; contrast; rough matte.
        self.given = ConvModule(4 * 6 + 2, channels, 3, padding=1)
        self.settle = nn.ModuleList(
            ConvModule(channels, channels, 3, padding=1) for _ in range(depth)
        )
        self.draw = nn.Conv2d(channels, 4, 3, padding=1)

    def init_weights(self) -> None:
        """Change nothing at first."""
        super().init_weights()
        normal_init(self.rough, std=0.01)
        normal_init(self.draw, std=0.01)

    def forward(
        self, features: Tensor, coarse: Tensor, crops: Tensor, before: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Draw.

        Args:
            features: (K, C, s / 2, s / 2).
            coarse: (K, C', s / 4, s / 4).
            crops: (K, 5, s, s): the normalised photo, the matte, and the other mattes.
            before: (K, 1, s, s) logits of the matte.

        Returns:
            Logits of alpha (K, s, s), and of the rough matte (K, s / 4, s / 4).
        """
        change = self.rough(coarse)
        rough = F.avg_pool2d(before, ROUGH_STRIDE) + change
        with torch.autocast(crops.device.type, enabled=False):
            alpha = rough.detach().float().sigmoid()
            cues = colour_cues(crops.float(), alpha, self.reach)
        x = features + self.given(cues.contiguous(memory_format=torch.channels_last))
        for layer in self.settle:
            x = x + layer(x)
        grown = F.interpolate(
            change, scale_factor=ROUGH_STRIDE, mode='bilinear', align_corners=False
        )
        logits = before + grown + F.pixel_shuffle(self.draw(x), 2)
        return logits[:, 0], rough[:, 0]


def colour_cues(crops: Tensor, alpha: Tensor, reach: int) -> Tensor:
    """Describe every place by its four pixels and by the colours of both sides nearby.

    Args:
        crops: (K, 5, s, s): photo, matte, other mattes.
        alpha: (K, 1, s / 4, s / 4) of the rough matte, in [0, 1].
        reach: See :class:`EdgeDrawer`.

    Returns:
        (K, 26, s / 2, s / 2): the pixels of all five, the projected alphas of four pixels, the
        contrast of the two sides, the rough matte.
    """
    small = F.avg_pool2d(crops[:, :3], ROUGH_STRIDE)
    sides = [nearby(small, weight, reach) for weight in (alpha.square(), (1 - alpha).square())]
    grown = F.interpolate(
        torch.cat([*sides, alpha], dim=1), scale_factor=2, mode='bilinear', align_corners=False
    )
    inner, outer, rough = grown[:, :3], grown[:, 3:6], grown[:, 6:]
    pixels = F.pixel_unshuffle(crops, 2)
    photo = pixels[:, :12].unflatten(1, (3, 4))
    across = inner - outer
    distance = across.square().sum(1, keepdim=True)
    along = ((photo - outer[:, :, None]) * across[:, :, None]).sum(1)
    projected = (along / (distance + UNLIKE)).clamp(-0.5, 1.5)
    return torch.cat([pixels, projected, distance.sqrt(), rough], dim=1)


def nearby(colours: Tensor, weight: Tensor, reach: int) -> Tensor:
    """Average (K, 3, h, w) colours by (K, 1, h, w) weights around each place.

    Where there is no weight near, the crop's own average counts.
    """
    side = 2 * reach + 1
    both = torch.cat([colours * weight, weight], dim=1)
    local = F.avg_pool2d(both, side, stride=1, padding=reach) + FAR * (
        both.mean((2, 3), keepdim=True) + 1e-6
    )
    return local[:, :3] / local[:, 3:]
