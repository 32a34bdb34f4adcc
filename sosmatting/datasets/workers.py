"""Do many jobs in a few processes that end with their parent."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Any

import cv2

from sosmatting.exceptions import InputError


def finished(
    work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], workers: int
) -> Iterator[Any]:
    """Do ``work(*job)`` for every job, here or in several processes; yield after each.

    With several workers both must be picklable, and results come in any order.

    Raises:
        InputError: A process died.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        for job in jobs:
            yield work(*job)
        return
    pool = ProcessPoolExecutor(workers, get_context('spawn'), initializer=_start_worker)
    begun = {pool.submit(work, *job): job for job in jobs}
    try:
        for done in as_completed(list(begun)):
            yield done.result()
            del begun[done]
    except BrokenProcessPool as error:
        # Jobs are begun in their order: one of the first that are not done.
        doubtful = ', '.join(' '.join(map(str, job)) for job in islice(begun.values(), workers))
        raise InputError(
            f'a process died at {doubtful}: out of memory, or at a file that crashes its reader; '
            'leave the file out, or give fewer --workers'
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Use one core, leave Ctrl-C to the parent (it waits for the jobs begun), and end with it."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until the parent process is gone, killed perhaps, and end this one then."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
