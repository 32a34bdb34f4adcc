"""The last touch on the second look's mattes: what the photo's own colours say, without weights.

The network knows what the thing is, the colours know where it ends. So alphas move to where they
are linear in the colours of their surroundings, the more so the less sure the network is:
closed-form matting (Levin et al., CVPR 2006) with the network's mattes in the place of scribbles,
on crops, a few steps of conjugate gradients.

Large objects are drawn small. Where the frame has more pixels than the crop, they say how the
alphas between the crop's own go.

Letters: K crops, s the side of a crop, S that of a larger one.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from sosmatting.exceptions import SMALL, check_numbers
from sosmatting.functional.matting_laplacian import (
    MattingLaplacian,
    enlarge_alphas,
    settle_alphas,
)


class AlphaSettler:
    """Settle alphas on the photo's contours.

    Args:
        radius: See :class:`MattingLaplacian`.
        eps: See :class:`MattingLaplacian`; in squares of normalised colours, whose unit is about a
            quarter of the range.
        trust: How much a sure alpha, 0 or 1, holds its own; one of 1/2 does not, others by the
            square of their distance from it.
        steps: See :func:`settle_alphas`.
        contrast: What the result's distances from 1/2 are multiplied by: averages over windows are
            flatter than mattes.
    """

    def __init__(
        self,
        radius: int = 2,
        eps: float = 2e-4,
        trust: float = 0.1,
        steps: int = 8,
        contrast: float = 1.5,
    ) -> None:
        check_numbers(
            'SecondLook: settle.',
            radius=(radius, 1, 16),
            eps=(eps, SMALL, 1.0),
            trust=(trust, SMALL, math.inf),
            steps=(steps, 0, 10_000),
            contrast=(contrast, SMALL, math.inf),
        )
        self.radius = radius
        self.eps = eps
        self.trust = trust
        self.steps = steps
        self.contrast = contrast

    def __call__(
        self, alphas: Tensor, photos: Tensor, larger: Sequence[Tensor | None]
    ) -> list[Tensor]:
        """Settle.

        Args:
            alphas: (K, s, s) float32 in [0, 1].
            photos: (K, 3, s, s) float32, normalised.
            larger: K times the same in large, (3, S, S), where alphas are wanted as large.

        Returns:
            K alphas in [0, 1], (S, S) or (s, s).
        """
        with torch.autocast(photos.device.type, enabled=False):
            laplacian, settled = self._solved(alphas, photos)
            slopes = laplacian.slopes(settled)
            drawn = list(settled)
            for k, photo in enumerate(larger):
                if photo is not None:
                    one = slice(k, k + 1)
                    small = settled[one], slopes[one], photos[one]
                    drawn[k] = enlarge_alphas(*small, photo[None])[0]
        return [self._finished(each[0]) for each in drawn]

    def small(self, alphas: Tensor, photos: Tensor) -> Tensor:
        """Settle (K, s, s) alphas on (K, 3, s, s) photos, and enlarge none: for training.

        Gradients reach ``alphas`` through every step, so that the network learns what the photo is
        to decide: Shen et al., Deep Automatic Portrait Matting, ECCV 2016, whose layer this is.
        """
        with torch.autocast(photos.device.type, enabled=False):
            return self._finished(self._solved(alphas, photos)[1][:, 0])

    def _solved(self, alphas: Tensor, photos: Tensor) -> tuple[MattingLaplacian, Tensor]:
        """Return the photos' Laplacian and the settled alphas (K, 1, s, s), not bounded."""
        before = alphas[:, None]
        trust = self.trust * (2 * before - 1).square()
        laplacian = MattingLaplacian(photos, self.radius, self.eps)
        return laplacian, settle_alphas(laplacian, before, trust, self.steps)

    def _finished(self, alphas: Tensor) -> Tensor:
        return ((alphas - 0.5) * self.contrast + 0.5).clamp(0, 1)
