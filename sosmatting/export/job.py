"""What a writer is given: the result, how to write it, and its instances cut out of the photo.

Letters: N instances, H W pixels of the photo, h w pixels of a cut-out. Alphas and colours here are
stored ones: uint8 or uint16, the type's maximum opaque or brightest.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from sosmatting.export.colour_profile import is_srgb, to_srgb
from sosmatting.export.foreground import estimate_foreground
from sosmatting.export.options import SaveOptions
from sosmatting.functional.windows import window_of
from sosmatting.mattes import Mattes

MARGIN = 8  # pixels around a matte where colours are kept, for whoever scales the file
CONTEXT = 32  # pixels around a matte that the estimate of its colours looks at


@dataclass(frozen=True)
class Cutout:
    """One instance, cut out of the photo.

    Attributes:
        x: Left edge in the photo, pixels.
        y: Top edge in the photo, pixels.
        alpha: (h, w).
        colours: (h, w, 3) RGB, not multiplied by alpha.
    """

    x: int
    y: int
    alpha: np.ndarray
    colours: np.ndarray

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns in the photo."""
        height, width = self.alpha.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)

    @property
    def box(self) -> tuple[slice, slice]:
        """The rows and columns of its own arrays that hold the matte (:func:`box_of`)."""
        return box_of(self.alpha)

    def cleared(self) -> np.ndarray:
        """Return (h, w, 3) colours that are black beyond ``MARGIN`` pixels of the matte.

        A cut-out is no copy of the photo; and black is smaller and sooner written.
        """
        side = 2 * MARGIN + 1
        near = cv2.dilate((self.alpha > 0).view(np.uint8), np.ones((side, side), np.uint8))
        return self.colours * near[..., None]


@dataclass(frozen=True)
class Job:
    """One photo's result on its way into files.

    Attributes:
        mattes: The result, best score first.
        options: How to write it.
        scratch: A folder where estimated colours are kept until all formats are written; without
            one, they are estimated whenever they are asked for.
        files: For every instance its files' names by kind (``alpha``, ``rgba``, ``alpha16``).
        title: Name of the photo, for formats that tell it.
    """

    mattes: Mattes
    options: SaveOptions = field(default_factory=SaveOptions)
    scratch: Path | None = None
    files: list[dict[str, str]] = field(default_factory=list)
    title: str = ''

    @property
    def names(self) -> list[str]:
        """N layer names, all different."""
        return unique(self.mattes.layer_names)

    def cutout(self, index: int) -> Cutout:
        """Cut an instance out, with ``MARGIN`` pixels around it.

        Estimated colours are kept in ``scratch``: the first format that asks waits for them.
        """
        alpha, image = self.mattes.alphas[index], self.mattes.colours
        place = _window(alpha, MARGIN) or box_of(alpha)
        colours = image[place]
        if self.options.foreground == 'ml' and alpha[place].any():
            colours = self._own_colours(index, place)
        return Cutout(place[1].start, place[0].start, alpha[place], colours)

    def _own_colours(self, index: int, place: tuple[slice, slice]) -> np.ndarray:
        """Estimate the colours at ``place``, or get them from ``scratch``."""
        if self.scratch is None:
            return self._estimate(index, place)
        kept = self.scratch / f'{index}.npy'
        if not kept.exists():
            np.save(kept, self._estimate(index, place))
        return np.load(kept, mmap_mode='r')

    def _estimate(self, index: int, place: tuple[slice, slice]) -> np.ndarray:
        """Estimate the colours at ``place``, with more of the photo around to go by."""
        alpha = self.mattes.alphas[index]
        around = _window(alpha, CONTEXT)
        assert around is not None
        colours = estimate_foreground(self.mattes.colours[around], alpha[around])
        inside = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(place, around, strict=True)
        )
        return colours[inside]

    def in_srgb(self) -> 'Job':
        """Return the job with the photo's colours in sRGB; itself where they are so already."""
        profile = self.mattes.icc_profile
        if is_srgb(profile):
            return self
        image = to_srgb(self.mattes.image, profile)
        scratch = None
        if self.scratch is not None:
            scratch = self.scratch / 'srgb'
            scratch.mkdir(exist_ok=True)
        mattes = replace(self.mattes, image=image, deep=None, icc_profile=None)
        return replace(self, mattes=mattes, scratch=scratch)


def box_of(alpha: np.ndarray) -> tuple[slice, slice]:
    """Find the rows and columns of alpha > 0; of an empty matte, the first pixel."""
    return _window(alpha) or (slice(0, 1), slice(0, 1))


def _window(alpha: np.ndarray, margin: int = 0) -> tuple[slice, slice] | None:
    """Find the rows and columns of alpha > 0; ``None`` for an empty matte."""
    return window_of(torch.from_numpy(alpha > 0), margin)


def unique(names: list[str]) -> list[str]:
    """Number names that occur more than once: a, a -> a, a_2."""
    taken: set[str] = set(names)
    seen: set[str] = set()
    result = []
    for name in names:
        number, candidate = 2, name
        while candidate in seen or (candidate != name and candidate in taken):
            candidate, number = f'{name}_{number}', number + 1
        seen.add(candidate)
        result.append(candidate)
    return result


def plain_names(names: list[str]) -> list[str]:
    """Make names that every program takes for a layer: letters, digits and ``_``, no digit first.

    A dot would part a layer from its channel in EXR.
    """
    plain = [re.sub(r'[^0-9A-Za-z_]', '_', name) for name in names]
    return unique([f'_{name}' if name[:1].isdigit() else name for name in plain])
