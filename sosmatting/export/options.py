"""How results are written: one record of options for all formats."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sosmatting.exceptions import InputError

Background = tuple[int, int, int] | np.ndarray | Literal['transparent'] | None


@dataclass(frozen=True)
class SaveOptions:
    """What may be chosen about the files of a result.

    Attributes:
        foreground: Colours of cut-outs and layers: ``'none'`` keeps the photo's, ``'ml'`` estimates
            the object's own (pymatting's multi-level method), so that soft edges carry nothing of
            the old background.
        premultiplied: Colours are multiplied by alpha; ``None`` leaves it to the format: EXR yes,
            PNG and PSD no (and these two cannot).
        bits: 8 or 16 bits a channel of RGBA PNG.
        crop: Files of one instance hold its matte's box only; ``mattes.json`` tells the offset.
        background: What lies behind a composite: R, G, B of 0..255; an (h, w, 3) uint8 RGB picture,
            scaled to cover the photo; ``'transparent'``; ``None``, a grey checker board.
        embed_alpha: COCO JSON holds every matte itself (base64 of a 16-bit PNG), not a file's name.
        source: The photo's file; COCO JSON tells its name.

    Raises:
        InputError: An option has a value that is not possible.
    """

    foreground: Literal['ml', 'none'] = 'none'
    premultiplied: bool | None = None
    bits: int = 8
    crop: bool = False
    background: Background = None
    embed_alpha: bool = False
    source: str = ''

    def __post_init__(self) -> None:
        if self.foreground not in ('ml', 'none'):
            raise InputError(f'foreground: {self.foreground!r} is not possible; choose ml or none')
        if self.bits not in (8, 16):
            raise InputError(f'bits: {self.bits} is not possible; choose 8 or 16')
        _check_background(self.background)


def _check_background(background: Background) -> None:
    """Raise InputError for what cannot lie behind a composite."""
    if background is None or (isinstance(background, str) and background == 'transparent'):
        return
    if isinstance(background, np.ndarray):
        good = background.ndim == 3 and background.shape[2] == 3 and background.size > 0
        if not good or background.dtype != np.uint8:
            raise InputError(
                f'background: a picture of shape {background.shape} and type {background.dtype} is '
                'not possible; give (h, w, 3) uint8 RGB'
            )
        return
    if not isinstance(background, tuple) or len(background) != 3:
        raise InputError(
            f'background: {background!r} is not possible; give three numbers of 0 to 255, a '
            "picture, or 'transparent'"
        )
    if not all(0 <= value <= 255 and int(value) == value for value in background):
        raise InputError(f'background: {background!r}: give three whole numbers of 0 to 255')
