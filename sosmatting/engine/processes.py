"""Tools that start other tools, each in a process of its own with a log."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

from sosmatting.exceptions import InputError
from sosmatting.files import explained

Result = TypeVar('Result')
PATIENCE = 10.0  # seconds that a tool has to end after an interruption
_RUNNING: set[subprocess.Popen] = set()  # tools that some thread waits for


def core_share(jobs: int) -> int | None:
    """Count the threads that each of some processes side by side should have; None for one."""
    return max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 else None


def run_tool(name: str, arguments: Sequence[object], log: Path, threads: int | None = None) -> None:
    """Run a tool of the checkout's ``tools/``; what it prints is added to ``log``.

    Args:
        name: Of its file.
        arguments: Of its command line.
        log: Written on where it exists.
        threads: That it computes with; None: as the environment says.

    Raises:
        InputError: It failed; the last line that it printed says why. Or the log cannot be written.
    """
    tool = Path(__file__).resolve().parents[2] / 'tools' / name
    if not tool.is_file():
        raise InputError(f'{tool}: no such tool; run this in a checkout of the project')
    print(f'{log.parent.name}: {name}, see {log}\n', end='', flush=True)  # whole lines of threads
    with explained(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open('ab') as file:
            command = [sys.executable, str(tool), *map(str, arguments)]
            own = {} if threads is None else {'OMP_NUM_THREADS': str(threads)}
            failed = _waited_for(command, stdout=file, stderr=file, env=os.environ | own)
    if failed:
        lines = [x for x in log.read_text(errors='replace').splitlines() if x.strip()]
        why = lines[-1].removeprefix('error: ') if lines else f'status {failed}'
        raise InputError(f'{name} failed ({why}); all that it said is in {log}')


def _waited_for(command: Sequence[str], **options: Any) -> int:
    """Run a command and return its exit status; it does not outlive an interruption."""
    with subprocess.Popen(command, **options) as process:
        _RUNNING.add(process)
        try:
            return process.wait()
        finally:
            _RUNNING.discard(process)
            process.kill()  # does nothing to one that has ended


def side_by_side(
    tasks: Mapping[str, Callable[[], Result]], jobs: int
) -> Iterator[tuple[str, Future[Result]]]:
    """Do tasks in their order, some at once, each in a thread: for such as wait for tools.

    Interrupted, it starts no further one, and ends the tools that are running.

    Args:
        tasks: Each with a name.
        jobs: At once, at least 1.

    Yields:
        Name and outcome of each as it ends; ``result()`` raises what it raised.
    """
    with ThreadPoolExecutor(jobs) as pool:
        names = {pool.submit(task): name for name, task in tasks.items()}
        try:
            for future in as_completed(names):
                yield names[future], future
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _interrupt(list(_RUNNING))
            raise


def _interrupt(processes: Sequence[subprocess.Popen]) -> None:
    """End tools as an interruption does, whereupon they end their loaders, too.

    Those that do not heed it, as what a shell started in the background, are made to.
    """
    for process in processes:
        process.send_signal(signal.SIGINT)
    until = time.monotonic() + PATIENCE
    try:
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
    finally:  # a second interruption waits no longer
        for process in processes:
            process.terminate()  # does nothing to one that has ended


def file_digest(path: Path) -> str:
    """Take the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
