"""The cut-outs of prepared sets, read at the size that a scene needs.

Letters: h w pixels of a cut-out. Pictures are uint8 BGRA, colours not multiplied by alpha.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.files import read_json

CACHE_BYTES = 96 << 20


@dataclass(frozen=True)
class Foreground:
    """One cut-out.

    Attributes:
        files: Its pictures, the largest first.
        sizes: Width and height of each.
        category: What it shows.
        cut: Whether its photo cut it off: left, top, right, bottom.
        area: Sum of its opacity at the largest size, in pixels.
        source: The folder of its set.
        model: Which of the set's models it is a view of; empty where it is none.
    """

    files: tuple[Path, ...]
    sizes: tuple[tuple[int, int], ...]
    category: str
    cut: tuple[bool, bool, bool, bool]
    area: float
    source: Path = Path()
    model: str = ''

    @property
    def name(self) -> str:
        """``SET/PICTURE``, or ``SET/MODEL`` of all views of one; the same on every machine."""
        return f'{self.source.name}/{self.model or self.files[0].stem}'


def list_foregrounds(root: Path, split: str) -> list[Foreground]:
    """List the cut-outs of a split of a prepared set.

    Raises:
        InputError: The set is not there, or holds no cut-out.
    """
    file = root / 'annotations' / f'{split}.json'
    content = read_json(file, 'make the set with tools/prepare_data.py, see data/README.md')
    try:
        names = {category['id']: category['name'] for category in content['categories']}
        found = [
            Foreground(
                files=tuple(root / 'foregrounds' / name for name in annotation['foreground']),
                sizes=tuple((int(w), int(h)) for w, h in annotation['foreground_sizes']),
                category=names[annotation['category_id']],
                cut=_edges(annotation['cut']),
                area=float(annotation['cutout_area']),
                source=root,
                model=str(annotation.get('model', '')),
            )
            for annotation in content['annotations']
            if 'foreground' in annotation
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{file}: not made by prepare_data.py ({error!r}); make it again'
        ) from error
    if not found:
        raise InputError(f'{file}: lists no cut-out; name a set of single objects or cut-outs')
    return found


def evened(sources: Sequence[Path]) -> np.ndarray:
    """Weigh pictures so that a set counts by the root of how many of them are its own.

    Otherwise a set of thousands of drawings hides one of a hundred photos.

    Args:
        sources: The set that each of the N pictures is of.

    Returns:
        (N,) probabilities.
    """
    _, of = np.unique([str(each) for each in sources], return_inverse=True)
    often = np.bincount(of)[of] ** -0.5
    return often / often.sum()


def _edges(stored: Sequence[int]) -> tuple[bool, bool, bool, bool]:
    left, top, right, bottom = map(bool, stored)
    return left, top, right, bottom


class CutoutReader:
    """Read cut-outs, and keep those read last."""

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self.cache_bytes = cache_bytes
        self._kept: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._held = 0

    def __call__(self, foreground: Foreground, side: float) -> np.ndarray:
        """Read the smallest picture whose long side is not below ``side`` pixels, or the largest.

        Returns:
            (h, w, 4) uint8 BGRA; not to be written to.

        Raises:
            InputError: The file is missing or broken.
        """
        chosen = 0
        for level, size in enumerate(foreground.sizes):
            if max(size) >= side:
                chosen = level
        path = foreground.files[chosen]
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
            raise InputError(f'{path}: missing or no RGBA picture; run prepare_data.py again')
        self._kept[path] = pixels
        self._held += pixels.nbytes
        while self._held > self.cache_bytes and len(self._kept) > 1:
            self._held -= self._kept.popitem(last=False)[1].nbytes
        return pixels

    def __getstate__(self) -> dict:
        """Leave the kept pictures behind when a worker gets its copy."""
        return {'cache_bytes': self.cache_bytes}

    def __setstate__(self, state: dict) -> None:
        """Start with nothing kept."""
        self.__init__(**state)  # type: ignore[misc]


def scaled(bgra: np.ndarray, size_wh: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Bring a cut-out to a size: by area when shrinking, bilinear when growing.

    Args:
        bgra: (h, w, 4) uint8.
        size_wh: Wanted width and height in pixels.

    Returns:
        (h, w, 3) uint8 colours, and (h, w) float32 alpha in [0, 1].
    """
    alpha = bgra[..., 3]
    premultiplied = cv2.multiply(
        bgra[..., :3], cv2.merge([alpha, alpha, alpha]), scale=1 / 255, dtype=cv2.CV_32F
    )
    shrinks = size_wh[0] < bgra.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    colours = cv2.resize(premultiplied, size_wh, interpolation=how)
    opacity = cv2.resize(alpha.astype(np.float32) / 255, size_wh, interpolation=how)
    return unmultiplied(colours, opacity), opacity


def unmultiplied(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Divide (h, w, 3) float32 premultiplied colours in 0..255 by (h, w) opacity -> uint8."""
    share = np.maximum(opacity, 1e-3)
    return cv2.divide(colours, cv2.merge([share, share, share]), dtype=cv2.CV_8U)


def known_categories(found: Sequence[Foreground]) -> list[str]:
    """List the categories that occur, sorted."""
    return sorted({foreground.category for foreground in found})
