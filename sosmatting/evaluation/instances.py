"""Mattes of one photo as every score takes them, wherever they come from.

Letters: N instances, H W pixels of the original photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Instances:
    """Mattes with their categories and, if predicted, their confidences.

    Attributes:
        alphas: (N, H, W) uint8, 0 transparent, 255 opaque, at the photo's original size.
        labels: (N,) int64 categories; -1 where none is known.
        scores: (N,) float64 confidences, NaN replaced by 0; ones for ground truth.
    """

    alphas: Tensor
    labels: Tensor
    scores: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, keep: Tensor) -> 'Instances':
        """Keep the instances that ``keep``, (N,) bool or (K,) int64, names."""
        return Instances(self.alphas[keep], self.labels[keep], self.scores[keep])


@dataclass(frozen=True)
class Traits:
    """What breakdowns group instances by.

    Attributes:
        labels: (N,) int64 categories; -1 where none is known.
        areas: (N,) float64 numbers of pixels with alpha >= 0.5, as COCO measures masks.
        unknown: (N,) float64 shares of half-transparent pixels (0 < alpha < 1) among those with
            alpha > 0; 0 for an empty matte.
        cutouts: (N,) names of the cut-outs that were pasted into a composed scene; '' where none is
            known.
    """

    labels: np.ndarray
    areas: np.ndarray
    unknown: np.ndarray
    cutouts: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, keep: np.ndarray) -> 'Traits':
        """Keep the instances that ``keep``, (N,) bool or (K,) int64, names."""
        return Traits(self.labels[keep], self.areas[keep], self.unknown[keep], self.cutouts[keep])


def traits_of(some: Instances, cutouts: Sequence[str] = ()) -> Traits:
    """Measure what breakdowns group the instances by; ``cutouts`` names all of them, or none."""
    areas = np.zeros(len(some))
    unknown = np.zeros(len(some))
    for k, alpha in enumerate(some.alphas):
        areas[k] = int((alpha >= 128).sum())
        touched, opaque = int((alpha > 0).sum()), int((alpha == 255).sum())
        unknown[k] = (touched - opaque) / max(touched, 1)
    labels = some.labels.cpu().numpy().astype(np.int64)
    return Traits(labels, areas, unknown, np.array(cutouts or [''] * len(some), np.str_))
