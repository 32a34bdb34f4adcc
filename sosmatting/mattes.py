"""The result for one photo: its mattes with class, score, box and area, and how to pick from them.

Letters: N instances, H W pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from sosmatting.exceptions import InputError

M = TypeVar('M', bound='Mattes')
INSIDE = 0.5  # share of an instance's opacity that has to lie in a box


@dataclass(frozen=True)
class Mattes:
    """The mattes of one photo, best score first, in the photo's own frame.

    ``mattes[0]``, ``mattes[:3]``, ``mattes['person']`` and an index array give the mattes named, in
    a result of the same kind; so does :meth:`select`.

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
        deep: (H, W, 3) uint16 RGB, the photo with all 16 bits that its file has, else ``None``.
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
    deep: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def opaque(self) -> int:
        """The stored value of full opacity: 255 for uint8 alphas, 65535 for uint16."""
        return int(np.iinfo(self.alphas.dtype).max)

    @property
    def colours(self) -> np.ndarray:
        """The photo as exactly as it is known: ``deep`` where there is one, else ``image``."""
        return self.image if self.deep is None else self.deep

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

    def __getitem__(self: M, index: int | slice | str | Sequence[int] | np.ndarray) -> M:
        if isinstance(index, str):
            return self.select(classes=[index])
        keep = np.arange(len(self))[index]
        keep = np.atleast_1d(keep)
        columns = ('alphas', 'scores', 'labels', 'boxes', 'areas')
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def __iter__(self: M) -> Iterator[M]:
        for index in range(len(self)):
            yield self[index]

    def select(
        self: M,
        classes: Sequence[str] | None = None,
        min_score: float | None = None,
        points: Sequence[tuple[float, float]] = (),
        boxes: Sequence[tuple[float, float, float, float]] = (),
        max_instances: int | None = None,
    ) -> M:
        """Pick instances; conditions of different kinds must all hold, in this order.

        Args:
            classes: Category names, one of which it must have.
            min_score: Its smallest score.
            points: x, y in pixels from the top left corner. Each picks the one instance whose alpha
                there is the largest, none where all are 0.
            boxes: x1, y1, x2, y2 in pixels, far edges exclusive. Each picks the instances at least
                half of whose opacity lies inside.
            max_instances: Keep the best-scored so many.

        Returns:
            The instances picked, best first, in a result of the same kind. With points and boxes,
            those that any of them picks.

        Raises:
            InputError: A class is none of the model's, a point lies outside the photo, or a box
                holds none of its pixels.
        """
        kept = np.ones(len(self), bool)
        if classes is not None:
            kept &= np.isin(self.labels, labels_of(classes, self.classes))
        if min_score is not None:
            kept &= self.scores >= min_score
        picked = np.flatnonzero(kept)
        if points or boxes:
            hit = np.zeros(len(self), bool)
            for point in points:
                hit[self._at(point, picked)] = True
            for box in boxes:
                hit[self._within(box, picked)] = True
            picked = np.flatnonzero(hit)
        best = picked[np.argsort(-self.scores[picked], kind='stable')]
        return self[best[:max_instances]]

    def with_alphas(self: M, alphas: np.ndarray) -> M:
        """Take other alphas for the same instances; boxes and areas follow them.

        Args:
            alphas: (N, H, W) of the type of these.

        Raises:
            InputError: They are of another shape or type.
        """
        if alphas.shape != self.alphas.shape or alphas.dtype != self.alphas.dtype:
            raise InputError(
                f'alphas: {alphas.dtype} of {alphas.shape} is not possible; give '
                f'{self.alphas.dtype} of {self.alphas.shape}'
            )
        boxes, areas = boxes_and_areas(alphas)
        return replace(self, alphas=alphas, boxes=boxes, areas=areas)

    def _at(self, point: tuple[float, float], among: np.ndarray) -> np.ndarray:
        """Return the index of the instance that is most opaque at a point, or none."""
        height, width = self.image.shape[:2]
        column, row = int(np.floor(point[0])), int(np.floor(point[1]))
        if not (0 <= column < width and 0 <= row < height):
            raise InputError(
                f'point {point[0]:g},{point[1]:g}: lies outside the photo of {width} x {height} '
                'pixels; count from its top left corner, as it is shown upright'
            )
        opacity = self.alphas[among, row, column]
        if not opacity.any():
            return among[:0]
        return among[[int(opacity.argmax())]]

    def _within(self, box: tuple[float, float, float, float], among: np.ndarray) -> np.ndarray:
        """Return the indices of the instances that lie in a box by at least half."""
        height, width = self.image.shape[:2]
        left, right = (round(float(np.clip(edge, 0, width))) for edge in box[::2])
        top, bottom = (round(float(np.clip(edge, 0, height))) for edge in box[1::2])
        if left >= right or top >= bottom:
            raise InputError(
                f'box {",".join(f"{edge:g}" for edge in box)}: holds nothing of the photo of '
                f'{width} x {height} pixels; give X1,Y1,X2,Y2 with X1 < X2 and Y1 < Y2'
            )
        inside = self.alphas[among, top:bottom, left:right].sum((1, 2), dtype=np.float64)
        whole = self.alphas[among].sum((1, 2), dtype=np.float64)
        return among[(inside >= INSIDE * whole) & (whole > 0)]


def boxes_and_areas(alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure stored mattes.

    Args:
        alphas: (N, H, W) uint8 or uint16.

    Returns:
        (N, 4) float32 boxes of alpha > 0.5 and (N,) float32 areas, as in :class:`Mattes`.
    """
    opaque = np.iinfo(alphas.dtype).max
    boxes = np.zeros((len(alphas), 4), np.float32)
    for box, alpha in zip(boxes, alphas, strict=True):
        solid = alpha > opaque // 2
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    areas = alphas.sum((1, 2), dtype=np.float64) / opaque
    return boxes, areas.astype(np.float32)


def labels_of(names: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Look category names up.

    Raises:
        InputError: The model has no category of such a name.
    """
    for name in names:
        if name not in classes:
            raise InputError(
                f'class {name!r}: this model knows none of that name; choose from '
                f'{", ".join(classes)}'
            )
    return [list(classes).index(name) for name in names]
