"""Time two ways of doing one thing, side by side: in one process, one after the other, in turns."""

import ctypes
import gc
import math
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of a benchmark.

    Attributes:
        case: What was done.
        ours: Median of our way, in ``unit``.
        peer: Median of the peer's way, in ``unit``.
        ratio: Median over the rounds of peer / ours: how many times faster we are.
        unit: Of both.
    """

    case: str
    ours: float
    peer: float
    ratio: float
    unit: str = 's'


def paired(
    case: str, ours: Callable[[], Any], peer: Callable[[], Any], repeats: int, unit: str = 's'
) -> Row:
    """Run both in turns, after one round that does not count.

    The order within a round alternates, so that what slows the machine down hits both alike.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for k in range(-1, repeats):
        order = (0, 1) if k % 2 else (1, 0)
        for which in order:
            start = time.perf_counter()
            (ours, peer)[which]()
            if k >= 0:
                seconds[which].append(time.perf_counter() - start)
    ratio = statistics.median(b / a for a, b in zip(*seconds, strict=True))
    return Row(case, statistics.median(seconds[0]), statistics.median(seconds[1]), ratio, unit)


def peak_memory(work: Callable[[], Any]) -> float:
    """Measure what ``work`` needs on top of what the process holds already, in MB.

    The kernel's own high-water mark of resident memory, set back before the work starts (Linux).

    Returns:
        The peak; NaN where the system keeps no such mark.
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what earlier work freed must not serve this one
        Path('/proc/self/clear_refs').write_text('5')
        start = _status('VmRSS')
        work()
        return (_status('VmHWM') - start) / 1024
    except (OSError, AttributeError):
        return math.nan


def memory_row(case: str, ours: Callable[[], Any], peer: Callable[[], Any]) -> Row:
    """Compare the peaks of both (:func:`peak_memory`)."""
    peaks = peak_memory(ours), peak_memory(peer)
    return Row(f'{case}, memory', *peaks, peaks[1] / max(peaks[0], 0.1), 'MB')


def _status(name: str) -> int:
    """Read a field of /proc/self/status, kB."""
    lines = Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def commit() -> str:
    """Name the commit that runs, with ``+`` for changes on top; ``unknown`` outside git."""
    here = Path(__file__).parent
    try:
        head = subprocess.run(
            ['git', 'rev-parse', '--short', 'HEAD'], cwd=here, capture_output=True, text=True
        )
        changed = subprocess.run(
            ['git', 'status', '--porcelain'], cwd=here, capture_output=True, text=True
        )
    except OSError:
        return 'unknown'
    return head.stdout.strip() + ('+' if changed.stdout else '') if head.stdout else 'unknown'


def machine() -> str:
    """Describe the processor that this ran on."""
    model = platform.processor() or platform.machine()
    info = Path('/proc/cpuinfo')
    if info.is_file():
        lines = [x for x in info.read_text().splitlines() if x.startswith('model name')]
        model = lines[0].partition(':')[2].strip() if lines else model
    return f'{model}, {os.cpu_count()} cores, Python {platform.python_version()}'
