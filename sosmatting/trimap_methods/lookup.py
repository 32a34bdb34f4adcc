"""Methods that solve a trimap, by name: classical ones and networks behind one signature."""

from collections.abc import Callable

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.functional.classical import CLASSICAL, classical_alpha

TrimapMethod = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(H, W, 3) uint8 RGB and (H, W) uint8 of 0, 128, 255 -> (H, W) float32 in [0, 1].

What the trimap marks as known is exactly 0 or 1 in the result. Raises ``InputError`` for a trimap
that the method cannot work with.
"""
SHORT = {'cf': 'closed-form', 'lkm': 'large-kernel', 'lbdm': 'learning-based', 'rw': 'random-walk'}
NAMES = tuple(CLASSICAL)


def build_method(name: str) -> TrimapMethod:
    """Make a method ready.

    Args:
        name: One of :data:`NAMES`, or a short form of :data:`SHORT`.

    Raises:
        InputError: The name is unknown.
    """
    name = SHORT.get(name, name)
    if name not in NAMES:
        raise InputError(f'method {name!r}: use one of {", ".join(NAMES)}')
    return lambda image, trimap: classical_alpha(image, trimap, name)
