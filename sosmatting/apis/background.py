"""What lies behind a composite, from a text: a colour, or a picture's file."""

import os
import re
from typing import Literal

import numpy as np
from PIL import ImageColor

from sosmatting.exceptions import InputError
from sosmatting.files import load_photo

TRANSPARENT: Literal['transparent'] = 'transparent'
WITHOUT = (TRANSPARENT, 'none')
NUMBERS = re.compile(r'\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*')
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
    if text.lower() in WITHOUT:
        return TRANSPARENT
    numbers = NUMBERS.fullmatch(text)
    if numbers:
        red, green, blue = (int(number) for number in numbers.groups())
        if max(red, green, blue) > 255:
            raise InputError(f'background {text}: colours are three numbers of 0 to 255')
        return red, green, blue
    if not is_picture(text):
        return ImageColor.getrgb(text)[:3]
    if text.startswith('#') or not os.path.lexists(text):
        raise InputError(
            f'background {text}: neither a colour (white, #rrggbb, R,G,B, transparent) nor a '
            'file; check it'
        )
    return load_photo(text).pixels


def is_picture(text: str) -> bool:
    """Tell whether a text can only name a picture: it is no colour."""
    if text.lower() in WITHOUT or NUMBERS.fullmatch(text):
        return False
    try:
        ImageColor.getrgb(text)
    except ValueError:
        return True
    return False
