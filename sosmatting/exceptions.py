"""Errors whose text is meant for the person at the keyboard."""

import contextlib
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

SMALL = 1e-9  # the least value of what must be above 0


class InputError(ValueError):
    """Something that was given is wrong: a file, a folder, an option, a checkpoint.

    The text is one line: what is wrong, the name of the file or option, and the remedy. Every
    command prints it without a traceback and exits with status 2; nothing is written.
    """


def one_line(error: BaseException) -> str:
    """Return the message of an error, also of one that a loader worker raised.

    torch raises a worker's error again with the worker's whole traceback as its text; the message
    is that text's last line.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].removeprefix(f'{InputError.__module__}.{InputError.__qualname__}: ')


def run(main: Callable[[], int | None]) -> int:
    """Run a command and turn what its user did wrong into one line and an exit status.

    Args:
        main: The command; returns its exit status, or ``None`` for 0.

    Returns:
        The status of ``main``; 2 after an :class:`InputError`; 130 after Ctrl-C; 0 where the reader
        of a pipe has seen enough.
    """
    with _interrupts_noted() as interrupts:
        try:
            return main() or 0
        except InputError as error:
            print(f'error: {one_line(error)}', file=sys.stderr)
            return 2
        except BrokenPipeError:  # the reader of a pipe, `head` for one, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except (KeyboardInterrupt, Exception) as error:
            # A library that is being imported answers Ctrl-C with errors of its own.
            if not interrupts and not isinstance(error, KeyboardInterrupt):
                raise
            print('stopped', file=sys.stderr)
            return 130


@contextlib.contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """List the interrupts (Ctrl-C) that come meanwhile; what they do stays."""
    interrupts: list[int] = []

    def noted(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    # Elsewhere than in the main thread, and where Ctrl-C means something else, it stays so.
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    try:
        signal.signal(signal.SIGINT, noted)
    except ValueError:
        yield interrupts
        return
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
