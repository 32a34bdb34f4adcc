"""Sharpen instance mattes by a trimap method: only a band around each contour changes.

Letters: N instances, H W pixels.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch

from sosmatting.exceptions import InputError, one_line
from sosmatting.functional.compose import within_one
from sosmatting.functional.trimap import BACKGROUND, FOREGROUND, UNKNOWN, trimap_of_matte
from sosmatting.functional.windows import window_of
from sosmatting.mattes import Mattes
from sosmatting.trimap_methods.lookup import SHORT, TrimapMethod, build_method, fingerprint_of

M = TypeVar('M', bound=Mattes)
MARGIN = 24  # pixels of sure background around a crop
BLUR = 21  # side in pixels of the window in which method and matte are compared


@dataclass(frozen=True)
class Refined:
    """What came out of one photo.

    Attributes:
        alphas: (N, H, W), of the type that went in.
        bands: (N, H, W) bool: where they may differ from what went in.
        notes: Why a matte stayed as it was, by its index.
    """

    alphas: np.ndarray
    bands: np.ndarray
    notes: dict[int, str]


class Refiner:
    """Refine the mattes of a photo; threads that share one take turns.

    Each matte's trimap comes from the matte itself
    (:func:`~sosmatting.functional.trimap.trimap_of_matte`); the method solves it on a crop around
    the band, and the result goes back into the band. Where the mattes of a pixel then sum to more
    than 1, those whose band it lies in are scaled down; a pixel where they did so before counts as
    part of all their bands.

    Args:
        method: A name (``'closed-form'``, ``'cf'``, ``'gca'`` ...), a function of image and trimap,
            or ``'none'``, which only settles the sums.
        checkpoint: The weights of a network.
        config: The config of a network; the method's own without one.
        device: Where a network runs.
        share: Of a matte's square-rooted area, for the half width of its band.
        least: Smallest half width in pixels.
        most: Largest half width in pixels.
        max_change: A matte stays as it is where the method departs from it even when both are
            blurred: by more than this on average over the band. The detail is the method's to
            find; what is solid and what is not, the matte knows better (ours).

    Raises:
        InputError: See :func:`~sosmatting.trimap_methods.lookup.build_method`.
    """

    def __init__(
        self,
        method: str | TrimapMethod,
        checkpoint: str | Path | None = None,
        config: str | None = None,
        device: str = 'auto',
        share: float = 0.01,
        least: int = 2,
        most: int = 20,
        max_change: float = 0.1,
    ) -> None:
        self.method: TrimapMethod | None
        if isinstance(method, str):
            if method == 'none' and (checkpoint is not None or config is not None):
                raise InputError('method none: takes no checkpoint and no config; leave them out')
            none = method == 'none'
            self.method = None if none else build_method(method, checkpoint, config, device)
            self.name = SHORT.get(method, method)
        else:
            self.method = method
            self.name = getattr(method, '__name__', type(method).__name__)
        self.share, self.least, self.most, self.max_change = share, least, most, max_change
        self._lock = threading.Lock()

    def __call__(self, image: np.ndarray, alphas: np.ndarray) -> np.ndarray:
        """Return better mattes: see :meth:`refine`."""
        return self.refine(image, alphas).alphas

    def apply(self, mattes: M) -> M:
        """Refine the result of a photo; boxes and areas follow the new alphas.

        Args:
            mattes: As :class:`~sosmatting.apis.matter.Matter` gives them, or any others.

        Returns:
            A result of the same kind.
        """
        return mattes.with_alphas(self.refine(mattes.image, mattes.alphas).alphas)

    def fingerprint(self) -> str:
        """Tell refiners apart: equal means equal results."""
        weights = '' if self.method is None else fingerprint_of(self.method)
        return repr((self.name, weights, self.share, self.least, self.most, self.max_change))

    def refine(self, image: np.ndarray, alphas: np.ndarray) -> Refined:
        """Refine the mattes of a photo.

        Args:
            image: (H, W, 3) uint8 RGB.
            alphas: (N, H, W) uint8, uint16, or floats in [0, 1].

        Returns:
            Mattes of the same type. A matte that the method finds no solution for, without sure
            foreground or background, or that the method departs from too far stays as it was but
            for the sums; ``notes`` says why.

        Raises:
            InputError: The mattes are not of the photo's size.
        """
        if alphas.ndim != 3 or alphas.shape[1:] != image.shape[:2]:
            raise InputError(
                f'alphas of {alphas.shape} for a photo of {image.shape[:2]}; give (N, H, W)'
            )
        whole = np.issubdtype(alphas.dtype, np.integer)
        opaque = int(np.iinfo(alphas.dtype).max) if whole else 1
        refined = alphas.copy()
        bands = np.zeros(alphas.shape, bool)
        notes: dict[int, str] = {}
        for k, stored in enumerate(alphas):
            alpha = stored.astype(np.float32) / opaque
            if self.method is None:
                continue
            trimap = trimap_of_matte(alpha, self.share, self.least, self.most)
            try:
                with self._lock:
                    found, band = self._solved(image, alpha, trimap)
            except InputError as error:
                notes[k] = one_line(error)
                continue
            bands[k] = band
            values = np.round(found[band] * opaque) if whole else found[band]
            refined[k][band] = values.astype(alphas.dtype)
        crowded = alphas.sum(0, dtype=np.float64) > opaque * (1 + 1e-6)
        bands |= crowded & (alphas > 0)
        settle(refined, bands, opaque)
        return Refined(refined, bands, notes)

    def _solved(
        self, image: np.ndarray, matte: np.ndarray, trimap: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solve a trimap on a crop: (H, W) float32 alpha, valid in the (H, W) bool band."""
        assert self.method is not None
        band = trimap == UNKNOWN
        window = window_of(torch.from_numpy(band), MARGIN)
        alpha = np.zeros(trimap.shape, np.float32)
        if window is None:
            raise InputError('an empty matte; nothing to refine')
        inside = trimap[window]
        for name, value in (('foreground', FOREGROUND), ('background', BACKGROUND)):
            if not (inside == value).any():
                raise InputError(f'no sure {name} inside its band; refined by no method')
        crop = np.ascontiguousarray(image[window])
        alpha[window] = self.method(crop, np.ascontiguousarray(inside))
        apart = cv2.blur(alpha[window] - matte[window], (BLUR, BLUR))
        change = float(np.abs(apart[inside == UNKNOWN]).mean())
        if change > self.max_change:
            raise InputError(f'the method departs by {change:.2f} from it on average; kept')
        return alpha, band


def settle(alphas: np.ndarray, changeable: np.ndarray, opaque: int) -> None:
    """Let the mattes of a pixel sum to at most ``opaque`` where they may change, in place.

    Args:
        alphas: (N, H, W), integers up to ``opaque`` or floats up to 1.
        changeable: (N, H, W) bool.
        opaque: The stored value of full opacity.
    """
    over = changeable.any(0) & (alphas.sum(0, dtype=np.float64) > opaque)
    rows, columns = np.nonzero(over)
    given, free = alphas[:, rows, columns], changeable[:, rows, columns]
    scaled = within_one(given.astype(np.float64) / opaque, free) * opaque
    if np.issubdtype(alphas.dtype, np.integer):
        scaled = np.floor(scaled + 1e-6)  # rounding up could pass the sum again
    alphas[:, rows, columns] = np.where(free, scaled.astype(alphas.dtype), given)
