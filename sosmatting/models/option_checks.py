"""Options of models that must be numbers in a range."""

import math
from typing import Any

from sosmatting.exceptions import InputError

SMALL = 1e-9  # the least value of what must be above 0


def check_numbers(part: str, **options: tuple[Any, float, float]) -> None:
    """Refuse what is no number in its range.

    Args:
        part: Whose options they are, as a config names it.
        options: The value of each, its least and its largest value; whole numbers where both
            of those are.

    Raises:
        InputError: Names the option.
    """
    for name, (value, least, most) in options.items():
        whole = isinstance(least, int) and isinstance(most, int)
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not least <= value <= most or not math.isfinite(value):
            kind = 'a whole number' if whole else 'a number'
            upto = f'to {most:g}' if math.isfinite(most) else 'on'
            raise InputError(f'{part}{name}={value!r}: give {kind} from {least:g} {upto}')
