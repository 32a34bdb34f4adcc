"""Index networks: where within each 2 x 2 cell a feature map's weight lies, learned.

Lu et al., "Indices Matter: Learning to Index for Deep Image Matting", ICCV 2019. Letters: B images,
C channels, H W cells of a map (even), h w = H/2, W/2.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sosmatting.exceptions import InputError

IndexMode = Literal['holistic', 'o2o', 'm2o']
MODES = ('holistic', 'o2o', 'm2o')


class IndexBlock(nn.Module):
    """Predict the index maps that guide a pooling and the upsampling that undoes it.

    Args:
        channels: C of the map.
        mode: ``'holistic'``: one index map for all channels; ``'o2o'``: one for each channel, from
            that channel alone; ``'m2o'``: one for each channel, from all of them.
        nonlinear: A hidden layer of ``expansion`` times the channels, with norm and ReLU6.
        context: A 4 x 4 window around each cell instead of the cell alone.
        expansion: Of the hidden layer. 2 gives the published number of parameters.

    Raises:
        InputError: The mode is unknown.
    """

    def __init__(
        self,
        channels: int,
        mode: IndexMode = 'm2o',
        nonlinear: bool = True,
        context: bool = True,
        expansion: int = 2,
    ) -> None:
        super().__init__()
        if mode not in MODES:
            raise InputError(f'index_mode={mode!r}: use one of {", ".join(MODES)}')
        self.mode = mode
        groups = channels if mode == 'o2o' else 1
        outs = 4 if mode == 'holistic' else channels
        branches = 1 if mode == 'holistic' else 4  # one for each corner of the cell
        side, padding = (4, 1) if context else (2, 0)

        def branch() -> nn.Sequential:
            middle = expansion * channels if nonlinear else outs
            layers: list[nn.Module] = [
                nn.Conv2d(channels, middle, side, 2, padding, groups=groups, bias=False)
            ]
            if nonlinear:
                layers += [nn.BatchNorm2d(middle), nn.ReLU6(inplace=True)]
                layers.append(nn.Conv2d(middle, outs, 1, groups=groups, bias=False))
            return nn.Sequential(*layers)

        self.branches = nn.ModuleList(branch() for _ in range(branches))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Predict index maps.

        Args:
            x: (B, C, H, W).

        Returns:
            The encoder's and the decoder's maps, (B, C, H, W), or (B, 1, H, W) in holistic mode, in
            [0, 1]; the encoder's sum to 1 over every cell.
        """
        if self.mode == 'holistic':
            corners = self.branches[0](x)[:, None]  # (B, 1, 4, h, w)
        else:
            corners = torch.stack([branch(x) for branch in self.branches], 2)  # (B, C, 4, h, w)
        decoder = corners.sigmoid()
        return spread(decoder.softmax(2)), spread(decoder)


def spread(corners: Tensor) -> Tensor:
    """Lay the four corners of cells out: (B, C, 4, h, w) -> (B, C, 2 h, 2 w), row by row."""
    return F.pixel_shuffle(corners.flatten(1, 2), 2)


def indexed_pool(x: Tensor, index: Tensor) -> Tensor:
    """Sum each cell, weighted: (B, C, H, W) and an encoder's map -> (B, C, h, w)."""
    return 4 * F.avg_pool2d(index * x, 2)


def indexed_upsample(x: Tensor, index: Tensor) -> Tensor:
    """Put each value into the corners of its cell, weighted: (B, C, h, w) -> (B, C, H, W)."""
    return index * F.interpolate(x, scale_factor=2, mode='nearest')
