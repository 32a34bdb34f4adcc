"""What ImageNet's own classifier says of a matte: a second opinion on its category.

The judge of the second look learnt its categories from a few hundred kinds of things; MobileNetV2
as it was published knows a thousand from a million photos. It is shown what the matte cuts out, and
its classes, put together as kinds (:mod:`sosmatting.models.imagenet_kinds`), are weighed against
the judge's. Nothing of it is trained.

Letters: K crops, C categories, s the side of a crop.
"""

from collections.abc import Sequence

import torch
from mmdet.models.backbones import MobileNetV2
from mmdet.registry import MODELS
from torch import Tensor, nn

from sosmatting.exceptions import InputError
from sosmatting.functional.alpha import boxes_xyxy
from sosmatting.functional.crops import cut, square_windows
from sosmatting.models.imagenet_kinds import imagenet_kinds

SIDE = 128  # of what is shown, in pixels
MARGIN = 0.08  # share of the matte's longer side around it
LEAST = 16.0  # smallest side of a window in pixels of the crop
DOUBT = 0.02  # probability that is added to every category's


@MODELS.register_module()
class CropNamer(MobileNetV2):
    """Name what crops show by ImageNet's classes.

    The weights are those of ``imagenet:mobilenet_v2``, and stay.

    Args:
        kinds: The kind that speaks for each of the C categories, see :func:`imagenet_kinds`.
        share: How much its opinion counts, in [0, 1]; the judge's counts for the rest.

    Raises:
        InputError: A kind is unknown or named twice.
    """

    published = True  # its weights are the same in every checkpoint
    kind_of: Tensor

    def __init__(self, kinds: Sequence[str], share: float = 0.3) -> None:
        super().__init__(
            out_indices=(7,),
            norm_eval=True,
            init_cfg=dict(type='Pretrained', checkpoint='imagenet:mobilenet_v2'),
        )
        known = imagenet_kinds()
        if len(set(kinds)) < len(kinds) or not set(kinds) <= set(known):
            raise InputError(f'CropNamer: kinds={tuple(kinds)}: each of {", ".join(known)} once')
        self.share = share
        self.classifier = nn.Linear(1280, sum(len(places) for places in known.values()))
        kind_of = torch.zeros(self.classifier.out_features, len(kinds))
        for column, kind in enumerate(kinds):
            kind_of[list(known[kind]), column] = 1
        self.register_buffer('kind_of', kind_of, persistent=False)
        self.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> 'CropNamer':
        """Stay as published: no mode of training."""
        super().train(False)
        return self

    def forward(self, photos: Tensor, alphas: Tensor) -> Tensor:
        """Say of which category each matte is.

        Args:
            photos: (K, 3, s, s) normalised.
            alphas: (K, s, s) in [0, 1].

        Returns:
            Log probabilities (K, C).
        """
        windows = square_windows(boxes_xyxy(alphas, 0.5), MARGIN, LEAST)
        shown = photos.float() * alphas[:, None].float()  # the rest is ImageNet's mean colour
        with torch.autocast(photos.device.type, enabled=False):
            shown = cut(shown, windows, torch.arange(len(shown), device=shown.device), SIDE)
        (features,) = super().forward(shown.contiguous(memory_format=torch.channels_last))
        classes = self.classifier(features.mean((2, 3))).float().softmax(1)
        return (classes @ self.kind_of + DOUBT).log().log_softmax(1)

    def weighed(self, judged: Tensor, photos: Tensor, alphas: Tensor) -> Tensor:
        """Weigh the judge's categories against ImageNet's.

        Args:
            judged: Logits of the quality by category (K, C).
            photos: See :meth:`forward`.
            alphas: See :meth:`forward`.

        Returns:
            Qualities (K, C) in [0, 1]: the best is the judge's best; how far the others stay behind
            it is the weighted geometric mean of both opinions.
        """
        judged = judged.float()
        names = (1 - self.share) * judged.log_softmax(1) + self.share * self(photos, alphas)
        best = judged.sigmoid().amax(1, keepdim=True)
        return best * (names - names.amax(1, keepdim=True)).exp()
