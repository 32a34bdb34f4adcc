"""What single options of the command line may be; nothing heavy is imported here.

Each function reads one text and raises ``argparse.ArgumentTypeError`` for what it cannot be.
"""

import argparse
from collections.abc import Callable, Sequence


def names(text: str) -> tuple[str, ...]:
    """Split ``a,b``; no name may be empty."""
    found = tuple(name.strip() for name in text.split(','))
    if not all(found):
        raise argparse.ArgumentTypeError(f'{text!r} has an empty name; write it as a,b')
    return found


def some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Make a type: a list of some of the known names, each once."""

    def chosen(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(names(text)))
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    f'{name!r} is no format; choose from {", ".join(known)}'
                )
        return found

    return chosen


def numbers(amount: int) -> Callable[[str], tuple[float, ...]]:
    """Make a type: so many numbers, parted by commas."""

    def parsed(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(','))
        except ValueError:
            values = ()
        if len(values) != amount or not all(abs(value) < 1e9 for value in values):
            raise argparse.ArgumentTypeError(
                f'{text!r} is not {amount} numbers in pixels, parted by commas'
            )
        return values

    return parsed


def share(text: str) -> float:
    """Read a number of 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'{text}: scores lie between 0 and 1')
    return value


def seconds(text: str) -> float:
    """Read a time in seconds."""
    value = _number(text)
    if not 0.05 <= value <= 86400:
        raise argparse.ArgumentTypeError(f'{text}: give seconds, 0.05 to 86400')
    return value


def count(text: str) -> int:
    """Read a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text}: give a whole number, 1 or more')
    return int(text)


def limit(text: str) -> int:
    """Read a number of pixels; 0 is none."""
    if not text.replace('_', '').isdecimal():
        raise argparse.ArgumentTypeError(f'{text}: give a whole number of pixels, or 0')
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'{text!r} is no number') from error
