"""What lies behind a composite, from the command line's text."""

import os
import re
from typing import Literal

import numpy as np
from PIL import ImageColor

from sosmatting.exceptions import InputError
from sosmatting.files import load_photo

TRANSPARENT: Literal['transparent'] = 'transparent'
Background = tuple[int, int, int] | np.ndarray | Literal['transparent'] | None


def read_background(text: str | None) -> Background:
    """Turn a colour or the name of a picture into a background.

    Args:
        text: ``white`` or another name of CSS, ``#rgb``, ``#rrggbb``, ``R,G,B`` of 0 to 255,
            ``transparent``, or a picture's file.

    Raises:
        InputError: It is neither a colour nor a picture that can be read.
    """
    if text is None:
        return None
    if text.lower() in ('transparent', 'none'):
        return TRANSPARENT
    numbers = re.fullmatch(r'\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*', text)
    if numbers:
        red, green, blue = (int(number) for number in numbers.groups())
        if max(red, green, blue) > 255:
            raise InputError(f'--background {text}: colours are three numbers of 0 to 255')
        return red, green, blue
    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError as error:
        if text.startswith('#') or not os.path.lexists(text):
            raise InputError(
                f'--background {text}: neither a colour (white, #rrggbb, R,G,B, transparent) nor a '
                'file; check it'
            ) from error
    return load_photo(text).pixels
