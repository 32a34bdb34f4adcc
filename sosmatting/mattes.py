"""The result for one photo: its mattes with class, score, box and area."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Mattes:
    """The mattes of one photo, best score first, in the photo's own frame.

    Attributes:
        image: (H, W, 3) uint8 RGB, upright: the photo itself.
        alphas: (N, H, W) uint8 or uint16, 0 transparent, ``opaque`` (255 or 65535) opaque.
        scores: (N,) float32 in [0, 1].
        labels: (N,) int64 indices into ``classes``.
        boxes: (N, 4) float32 x1, y1, x2, y2 of alpha > 0.5 in pixels, the far edges exclusive.
        areas: (N,) float32 sums of opacity in pixels.
        classes: The model's category names.
        icc_profile: The photo's own colour profile, for writers that keep it; ``None`` without one.
        dpi: The photo's horizontal and vertical resolution in pixels an inch, ``None`` if unknown.
    """

    image: np.ndarray
    alphas: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    classes: tuple[str, ...]
    icc_profile: bytes | None = None
    dpi: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def opaque(self) -> int:
        """The stored value of full opacity: 255 for uint8 alphas, 65535 for uint16."""
        return int(np.iinfo(self.alphas.dtype).max)

    @property
    def names(self) -> list[str]:
        """The category name of every instance."""
        return [self.classes[label] for label in self.labels]

    @property
    def layer_names(self) -> list[str]:
        """A name of its own for every instance: class and rank in it, ``person_01``, best first."""
        counts: dict[str, int] = {}
        layers = []
        for name in self.names:
            counts[name] = counts.get(name, 0) + 1
            layers.append(f'{name.replace(" ", "-")}_{counts[name]:02d}')
        return layers

    def __getitem__(self, index: int | slice | np.ndarray) -> 'Mattes':
        keep = np.arange(len(self))[index]
        keep = np.atleast_1d(keep)
        columns = ('alphas', 'scores', 'labels', 'boxes', 'areas')
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})
