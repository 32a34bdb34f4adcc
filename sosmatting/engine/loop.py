"""A training loop that goes on exactly where a killed run stood."""

import logging

from mmdet.registry import LOOPS
from mmengine.logging import print_log
from mmengine.runner import IterBasedTrainLoop


@LOOPS.register_module()
class ResumableTrainLoop(IterBasedTrainLoop):
    """mmengine's loop by iterations, which jumps to its place in the data instead of reading on.

    mmengine loads and throws away every batch that was already trained on. :class:`DrawSampler`
    numbers its draws, so that the first missing one can be asked for.
    """

    def run(self) -> object:
        """Train until ``max_iters``."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        if self._iter > 0:
            self.dataloader.sampler.start = self._iter * self.dataloader.batch_size
            print_log(f'Resume at iteration {self._iter}', 'current', logging.INFO)
        batches = iter(self.dataloader)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(batches))
            self._decide_current_val_interval()
            due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
            if self.runner.val_loop is not None and self._iter >= self.val_begin and due:
                self.runner.val_loop.run()
        # Let go of the loader's processes here. Where the garbage collector finds them together
        # with the runner, their queues are closed first, and each is waited for, 5 seconds.
        del batches
        self.dataloader._iterator = self.dataloader_iterator = None
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model
