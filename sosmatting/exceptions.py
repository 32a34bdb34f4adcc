"""Errors whose text is meant for the person at the keyboard."""

import os
import sys
from collections.abc import Callable


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
    try:
        return main() or 0
    except InputError as error:
        print(f'error: {one_line(error)}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('stopped', file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
