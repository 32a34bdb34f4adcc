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

import torch

from sosmatting.apis.device import describe_device

CPU = torch.device('cpu')


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


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has done all it was told to; the host is never behind."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], Any], device: torch.device = CPU) -> float:
    """Time one call, with all that it makes ``device`` do."""
    wait_for(device)
    start = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - start


def paired(
    case: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    repeats: int,
    unit: str = 's',
    device: torch.device = CPU,
) -> Row:
    """Run both in turns, after one round that does not count.

    The order within a round alternates, so that what slows the machine down hits both alike.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for k in range(-1, repeats):
        order = (0, 1) if k % 2 else (1, 0)
        for which in order:
            taken = seconds_of((ours, peer)[which], device)
            if k >= 0:
                seconds[which].append(taken)
    ratio = statistics.median(b / a for a, b in zip(*seconds, strict=True))
    return Row(case, statistics.median(seconds[0]), statistics.median(seconds[1]), ratio, unit)


def peak_memory(work: Callable[[], Any], device: torch.device = CPU) -> float:
    """Measure what ``work`` needs on top of what the process holds already, in MB.

    On the host the kernel's own high-water mark of resident memory, set back before the work starts
    (Linux); on a GPU that of torch's allocator, which sees tensors alone.

    Returns:
        The peak; NaN where the system keeps no such mark.
    """
    gc.collect()
    if device.type == 'cuda':
        wait_for(device)
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        held = torch.cuda.memory_allocated(device)
        work()
        wait_for(device)
        return (torch.cuda.max_memory_allocated(device) - held) / 2**20
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what earlier work freed must not serve this one
        Path('/proc/self/clear_refs').write_text('5')
        start = _status('VmRSS')
        work()
        return (_status('VmHWM') - start) / 1024
    except (OSError, AttributeError):
        return math.nan


def memory_row(
    case: str, ours: Callable[[], Any], peer: Callable[[], Any], device: torch.device = CPU
) -> Row:
    """Compare the peaks of both (:func:`peak_memory`)."""
    peaks = peak_memory(ours, device), peak_memory(peer, device)
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
            ['git', 'status', '--porcelain', '--untracked-files=no'],
            cwd=here,
            capture_output=True,
            text=True,
        )
    except OSError:
        return 'unknown'
    return head.stdout.strip() + ('+' if changed.stdout else '') if head.stdout else 'unknown'


def machine(device: torch.device = CPU) -> str:
    """Describe the processor that this ran on, and the device that did the work."""
    model = platform.processor() or platform.machine()
    info = Path('/proc/cpuinfo')
    if info.is_file():
        lines = [x for x in info.read_text().splitlines() if x.startswith('model name')]
        model = lines[0].partition(':')[2].strip() if lines else model
    host = f'{model}, {os.cpu_count()} cores, Python {platform.python_version()}'
    return f'{host}, torch {torch.__version__}, on {describe_device(device)}'
