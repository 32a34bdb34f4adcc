"""What the training loop leaves behind."""

import multiprocessing
from unittest.mock import MagicMock

import torch
from torch.utils.data import DataLoader, TensorDataset

from sosmatting.engine.loop import ResumableTrainLoop


def test_the_loaders_processes_end_with_the_training() -> None:
    """Later, when the runner is collected, each would be waited for in vain."""
    before = set(multiprocessing.active_children())
    loader = DataLoader(
        TensorDataset(torch.arange(8.0)), batch_size=2, num_workers=2, persistent_workers=True
    )
    runner = MagicMock(val_loop=None)
    during: list[int] = []
    runner.model.train_step.side_effect = lambda *_, **__: during.append(
        len(set(multiprocessing.active_children()) - before)
    )
    loop = ResumableTrainLoop(runner, loader, max_iters=3)
    loop.run()
    assert during == [2, 2, 2]
    assert set(multiprocessing.active_children()) == before
    assert loop.iter == 3
