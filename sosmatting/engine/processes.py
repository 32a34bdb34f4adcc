"""Tools that start other tools, each in a process of its own with a log."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.exceptions import InputError
from sosmatting.files import explained


def run_tool(name: str, arguments: Sequence[object], log: Path) -> None:
    """Run a tool of the checkout's ``tools/``; what it prints is added to ``log``.

    Raises:
        InputError: It failed; the last line that it printed says why. Or the log cannot be written.
    """
    tool = Path(__file__).resolve().parents[2] / 'tools' / name
    if not tool.is_file():
        raise InputError(f'{tool}: no such tool; run this in a checkout of the project')
    print(f'{log.parent.name}: {name}, see {log}', flush=True)
    with explained(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open('ab') as file:
            command = [sys.executable, str(tool), *map(str, arguments)]
            failed = subprocess.run(command, stdout=file, stderr=file, check=False).returncode
    if failed:
        lines = [x for x in log.read_text(errors='replace').splitlines() if x.strip()]
        why = lines[-1].removeprefix('error: ') if lines else f'status {failed}'
        raise InputError(f'{name} failed ({why}); all that it said is in {log}')


def file_digest(path: Path) -> str:
    """Take the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
