"""JSON in and out of files."""

import json
import os
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError
from sosmatting.files.writing import write_bytes


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write ``value`` as JSON, whole or not at all (:func:`write_bytes`)."""
    write_bytes(path, (json.dumps(value, indent=1) + '\n').encode())


def read_json(path: str | os.PathLike[str], remedy: str = 'check the path') -> Any:
    """Read a JSON file.

    Raises:
        InputError: The file is missing (``remedy`` says what to do then) or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise InputError(f'{path}: no such file; {remedy}') from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f'{path}: not readable as JSON ({error}); write the file again') from error
