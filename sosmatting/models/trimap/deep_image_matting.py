"""Deep Image Matting: a VGG16 that predicts alpha, and a small network that sharpens it.

Xu et al., "Deep Image Matting", CVPR 2017. Letters: B images, H W pixels, both a multiple of 32; C
channels, h w cells of a level.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from mmdet.registry import MODELS
from torch import Tensor, nn

from sosmatting.exceptions import InputError
from sosmatting.models.trimap.network import TrimapNetwork

DEPTHS = (2, 2, 3, 3, 3)
Unpooling = Literal['index', 'bilinear', 'transposed']


def vgg_layers(in_channels: int, widths: Sequence[int], batch_norm: bool) -> nn.ModuleList:
    """List VGG16's layers under torchvision's numbers, with pools that remember their maxima."""
    layers: list[nn.Module] = []
    for depth, width in zip(DEPTHS, widths, strict=True):
        for _ in range(depth):
            layers.append(nn.Conv2d(in_channels, width, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU(inplace=True))
            in_channels = width
        layers.append(nn.MaxPool2d(2, 2, return_indices=True))
    return nn.ModuleList(layers)


class Unpool(nn.Module):
    """Double the size of a map.

    Args:
        how: ``'index'`` puts every value where its cell's maximum was and zeros elsewhere,
            ``'bilinear'`` interpolates, ``'transposed'`` learns a 4 x 4 transposed convolution.
        channels: C.

    Raises:
        InputError: ``how`` is unknown.
    """

    def __init__(self, how: Unpooling, channels: int) -> None:
        super().__init__()
        if how not in ('index', 'bilinear', 'transposed'):
            raise InputError(f"unpooling={how!r}: use 'index', 'bilinear' or 'transposed'")
        self.how = how
        self.grow = nn.ConvTranspose2d(channels, channels, 4, 2, 1) if how == 'transposed' else None

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        """Double (B, C, h, w); ``places`` (B, C, h, w) int64 are the pool's."""
        if self.grow is not None:
            return self.grow(x)
        if self.how == 'bilinear':
            return F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)
        return F.max_unpool2d(x, places, (2, 2), (2, 2))


class RefinementNetwork(nn.Module):
    """Sharpen an alpha: four convolutions of image and alpha, added to the alpha's logit.

    The paper adds to alpha itself; on the logit (ours) the result stays in [0, 1] and keeps its
    gradient. The last layer starts at 0, so that training starts from the alpha that came in.

    Args:
        channels: Of the hidden layers.
    """

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        sizes = [4, channels, channels, channels]
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(sizes)
        )
        self.last = nn.Conv2d(channels, 1, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, image: Tensor, logits: Tensor) -> Tensor:
        """Return better (B, 1, H, W) logits, from a (B, 3, H, W) image and such logits."""
        x = torch.cat([image, logits.sigmoid()], 1)
        for conv in self.convs:
            x = conv(x).relu()
        return logits + self.last(x)


@MODELS.register_module()
class DeepImageMatting(TrimapNetwork):
    """Alpha from an image and its trimap.

    Three stages train it: the encoder and decoder; the refinement alone; the whole.

    Args:
        batch_norm: VGG16-BN's layers in the encoder.
        fc6: VGG16's first fully connected layer as a 7 x 7 convolution.
        unpooling: How the decoder grows: see :class:`Unpool`.
        refinement: With the refinement network.
        train_main: Train encoder and decoder; without it they are fixed.
        pretrained: ``'vgg16'`` or ``'vgg16_bn'`` (downloaded), a file of torchvision's, or None.
        widths: Channels of the five levels.
        fc6_channels: Of the 7 x 7 convolution.
        init_cfg: mmengine's.

    Raises:
        InputError: An option is wrong, or the refinement is to be trained and there is none.
    """

    def __init__(
        self,
        batch_norm: bool = True,
        fc6: bool = True,
        unpooling: Unpooling = 'index',
        refinement: bool = False,
        train_main: bool = True,
        pretrained: str | None = None,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        fc6_channels: int = 4096,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        if not (refinement or train_main):
            raise InputError('train_main=False and refinement=False: nothing is left to train')
        self.train_main = train_main
        deepest = widths[-1]
        self.features = vgg_layers(4, widths, batch_norm)
        self.fc6 = nn.Conv2d(deepest, fc6_channels, 7, padding=3) if fc6 else None
        self.after_fc6 = nn.Conv2d(fc6_channels, deepest, 1) if fc6 else None
        outs = [widths[3], widths[2], widths[1], widths[0], widths[0]]
        ins = list(reversed(widths))
        self.unpools = nn.ModuleList(Unpool(unpooling, width) for width in ins)
        self.decoder = nn.ModuleList(
            nn.Conv2d(a, b, 5, padding=2) for a, b in zip(ins, outs, strict=True)
        )
        self.alpha = nn.Conv2d(outs[-1], 1, 5, padding=2)
        self.refinement = RefinementNetwork() if refinement else None
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Conv2d) and name != 'refinement.last':
                nn.init.kaiming_uniform_(layer.weight, nonlinearity='relu')
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        # A start near 0.5 everywhere: the wide last layer would saturate the sigmoid.
        nn.init.normal_(self.alpha.weight, std=1e-3)
        if not train_main:
            for name, weight in self.named_parameters():
                weight.requires_grad_(name.startswith('refinement.'))

    def load_imagenet(self, weights: Mapping[str, Tensor]) -> None:
        """Take over torchvision's VGG16 or VGG16-BN; the trimap's weights start at 0.

        ``classifier.0`` becomes the 7 x 7 convolution.

        Raises:
            InputError: The weights are not those of the configured encoder.
        """
        own = self.features.state_dict()
        given = {
            key.removeprefix('features.'): value
            for key, value in weights.items()
            if key.startswith('features.')
        }
        trained = [key for key in own if not key.endswith('num_batches_tracked')]
        missing = [key for key in trained if key not in given]
        if missing or len(given) < len(trained):
            raise InputError(
                f'pretrained={self.pretrained!r}: not the weights of this encoder, '
                f'features.{(missing or ["?"])[0]} is missing; batch_norm=True takes vgg16_bn, '
                'False vgg16'
            )
        first = given['0.weight']
        given['0.weight'] = torch.cat([first, torch.zeros_like(first[:, :1])], 1)
        self.features.load_state_dict({key: given[key] for key in trained}, strict=False)
        if self.fc6 is not None and 'classifier.0.weight' in weights:
            with torch.no_grad():
                self.fc6.weight.copy_(weights['classifier.0.weight'].view_as(self.fc6.weight))
                self.fc6.bias.copy_(weights['classifier.0.bias'])  # type: ignore[union-attr]

    def train(self, mode: bool = True) -> 'DeepImageMatting':
        """Set the mode; a fixed encoder keeps its statistics."""
        super().train(mode)
        if not self.train_main:
            self.features.eval()
        return self

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """Predict alpha.

        Args:
            image: (B, 3, H, W), normalised.
            trimap: (B, 1, H, W): 0, 0.5 and 1.

        Returns:
            (B, 1, H, W) in [0, 1].
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.train_main):
            logits = self._main(torch.cat([image, trimap], 1))
        if self.refinement is not None:
            logits = self.refinement(image, logits)
        return logits.sigmoid()

    def _main(self, x: Tensor) -> Tensor:
        """Encode and decode (B, 4, H, W) -> (B, 1, H, W) logits."""
        places = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                x, where = layer(x)
                places.append(where)
            else:
                x = layer(x)
        if self.fc6 is not None and self.after_fc6 is not None:
            x = self.after_fc6(self.fc6(x).relu()).relu()
        for unpool, conv, where in zip(self.unpools, self.decoder, reversed(places), strict=True):
            x = conv(unpool(x, where)).relu()
        return self.alpha(x)
