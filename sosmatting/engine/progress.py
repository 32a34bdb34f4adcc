"""A live line on a terminal: how far the run is, how fast, and how the loss stands."""

import sys
from typing import Any

from mmdet.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

SMOOTHING = 0.95


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show training, validation and testing as one moving line; silent where there is no terminal.

    There the log's own lines tell the progress.
    """

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.task: Any = None
        self.loss: float | None = None

    def _start(self, name: str, done: int, total: int) -> None:
        if not (is_main_process() and sys.stderr.isatty()):
            return
        self._stop()
        self.progress = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[note]}'),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            transient=True,
        )
        self.progress.start()
        self.task = self.progress.add_task(name, total=total, completed=done, note='')

    def _step(self, note: str = '') -> None:
        if self.progress is not None:
            self.progress.update(self.task, advance=1, note=note)

    def _stop(self) -> None:
        if self.progress is not None:
            self.progress.stop()
            self.progress = None

    def before_train_epoch(self, runner: Any) -> None:
        """Begin the line."""
        self._start('train', runner.iter, runner.max_iters)

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        """Move it, with a smoothed loss."""
        if self.progress is None or outputs is None:
            return
        loss = float(outputs['loss'].detach())
        self.loss = loss if self.loss is None else SMOOTHING * self.loss + (1 - SMOOTHING) * loss
        self._step(f'loss {self.loss:.3f}')

    def before_val_epoch(self, runner: Any) -> None:
        """Show validation in place of training."""
        self._start('validate', 0, len(runner.val_dataloader))

    def before_test_epoch(self, runner: Any) -> None:
        """Begin the line of a test."""
        self._start('test', 0, len(runner.test_dataloader))

    def after_val_iter(self, *args: Any, **kwargs: Any) -> None:
        """Move it."""
        self._step()

    def after_test_iter(self, *args: Any, **kwargs: Any) -> None:
        """Move it."""
        self._step()

    def after_val_epoch(self, runner: Any, metrics: dict | None = None) -> None:
        """Go back to training."""
        self._stop()
        if runner.train_loop is not None and runner.iter + 1 < runner.max_iters:
            self._start('train', runner.iter, runner.max_iters)

    def after_test_epoch(self, runner: Any, metrics: dict | None = None) -> None:
        """End the line."""
        self._stop()

    def after_train(self, runner: Any) -> None:
        """End the line."""
        self._stop()
