"""How long every stage of the work takes, added up over photos and threads."""

import contextlib
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

# Stage -> where it runs.
STAGES = {
    'read': 'beside the model',
    'prepare': 'beside the model',
    'model': 'one at a time',
    'refine': 'beside the model',
    'write': 'beside the model',
}


class Stages:
    """Seconds of each stage; several threads may time at once."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._lock = threading.Lock()
        self._start = time.perf_counter()

    @contextlib.contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - start
            with self._lock:
                self.seconds[stage] += taken

    def show(self, console: Console, photos: int) -> None:
        """Print the table.

        Args:
            console: Where to.
            photos: How many photos were done.
        """
        wall = time.perf_counter() - self._start
        table = Table(title=f'{photos} photos in {wall:.2f} s')
        table.add_column('stage')
        for heading in ('seconds', 'ms a photo', 'of the time'):
            table.add_column(heading, justify='right')
        table.add_column('runs')
        for stage, seconds in self.seconds.items():
            each = 1000 * seconds / max(photos, 1)
            share = seconds / max(wall, 1e-9)
            table.add_row(stage, f'{seconds:.2f}', f'{each:.1f}', f'{share:.0%}', STAGES[stage])
        console.print(table)
        total = sum(self.seconds.values())
        console.print(f'one after the other the stages would take {total:.2f} s', highlight=False)
