"""What is seen while photos are done: a bar in a terminal, lines in a pipe, a summary."""

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sosmatting.predict.work import Outcome

LISTED = 20  # failures that the summary names again,
MANY = 50  # where so many photos have passed since


class Report:
    """Tell what became of every photo.

    Args:
        console: Where lines and the bar go; errors go to stderr.
        total: Number of photos to come; ``None`` if that is not known.
        label: Stands before every line: the number of this process, where there are several.
    """

    def __init__(self, console: Console, total: int | None, label: str = '') -> None:
        self.console, self.total, self.label = console, total, label
        self.counts: Counter[str] = Counter()
        self.mattes = 0
        self.failures: list[str] = []
        self._start = time.perf_counter()
        columns = [
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[speed]} images/s'),
            TextColumn('{task.fields[failed]}', style='red'),
            TimeRemainingColumn(),
        ]
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task('', total=total, speed='-', failed='')

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar, in a terminal."""
        with self._bar if self.console.is_terminal else contextlib.nullcontext():
            yield

    @property
    def speed(self) -> float:
        """Photos done a second, those that were skipped left out."""
        taken = time.perf_counter() - self._start
        return (self.counts['done'] + self.counts['failed']) / max(taken, 1e-9)

    def add(self, outcome: Outcome) -> None:
        """Take note of one photo and say so."""
        self.counts[outcome.kind] += 1
        self.mattes += outcome.mattes
        seen = self.counts.total()
        failed = self.counts['failed']
        self._bar.update(
            self._task,
            completed=seen,
            speed=f'{self.speed:.2f}',
            failed=f'{failed} failed' if failed else '',
        )
        if outcome.kind == 'failed':
            self.failures.append(outcome.text)
            print(f'error: {self.label}{outcome.text}', file=sys.stderr, flush=True)
        elif outcome.kind == 'done' and self.console.is_terminal:
            self.console.print(f'{self.label}{outcome.text}', markup=False, highlight=False)
        elif outcome.kind == 'done':
            place = f'{seen}/{self.total}' if self.total is not None else f'{seen}'
            self._say(f'{self.label}[{place}] {outcome.text} ({self.speed:.2f} images/s)')

    def summarise(self) -> None:
        """Say what all came to, and name the failures once more."""
        done, failed, skipped = (self.counts[kind] for kind in ('done', 'failed', 'skipped'))
        parts = [f'{done} photos done, {self.mattes} mattes']
        why = ' (done before, or by another process)' if self.label else ''
        parts += [f'{skipped} skipped{why}'] if skipped else []
        parts += [f'{failed} failed'] if failed else []
        speed = f' ({self.speed:.2f} images/s)' if done else ''
        self._say(f'{self.label}{", ".join(parts)}{speed}')
        if failed:
            print(
                f'{self.label}{failed} of {self.counts.total()} photos could not be done',
                file=sys.stderr,
            )
        if failed and self.counts.total() > MANY:
            for text in self.failures[:LISTED]:
                print(f'  {text}', file=sys.stderr)
            if failed > LISTED:
                print(f'  ... and {failed - LISTED} more, named above', file=sys.stderr)

    def _say(self, line: str) -> None:
        stream: IO[str] = self.console.file
        print(line, file=stream, flush=True)
