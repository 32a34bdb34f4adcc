"""Hooks of a training run: repeatable draws, no NaN, no needless work."""

import math
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor

from sosmatting.exceptions import InputError


@HOOKS.register_module()
class SeedIterationHook(Hook):
    """Seed torch before every iteration from the run's seed, the rank and the iteration.

    What a model draws in a step is then the same in a run that was killed and resumed.
    """

    priority = 'VERY_HIGH'

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Seed the CPU's and the GPUs' generators."""
        seed = (runner.seed or 0) * 1_000_003 + runner.iter * 1009 + runner.rank
        torch.manual_seed(seed % 2**63)


@HOOKS.register_module()
class StopOnNaNHook(Hook):
    """End the run when the loss is not a number, before the weights of a checkpoint are.

    Args:
        interval: Iterations between looks; each waits for the GPU.
    """

    priority = 'ABOVE_NORMAL'

    def __init__(self, interval: int = 1) -> None:
        self.interval = interval

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        """Look at the loss.

        Raises:
            InputError: The loss is NaN or infinite; checkpoints written so far stay.
        """
        if outputs is None or not self.every_n_train_iters(runner, self.interval):
            return
        loss: Tensor = outputs['loss'].detach()
        if math.isfinite(float(loss)):
            return
        parts = {name: float(value.detach()) for name, value in outputs.items() if name != 'loss'}
        bad = [name for name, value in parts.items() if not math.isfinite(value)] or ['loss']
        raise InputError(
            f'iteration {runner.iter + 1}: the loss is {float(loss)} ({", ".join(bad)}); lower '
            f'optim_wrapper.optimizer.lr or train without --amp, and go on with --resume from '
            f'{runner.work_dir}'
        )


@HOOKS.register_module()
class FoldNormHook(Hook):
    """Train the backbone with its frozen normalisation folded into the convolutions.

    A batch normalisation in evaluation mode is a linear map; multiplied into the weights of the
    convolution before it, it costs nothing, forward or backward. Weights and their names stay.
    """

    def before_train(self, runner: Any) -> None:
        """Fold every convolution of the backbone whose normalisation is not trained."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        again = getattr(model, 'second_look', None)
        backbones = [model.backbone] + ([] if again is None else [again.backbone])
        for module in (part for backbone in backbones for part in backbone.modules()):
            if isinstance(module, ConvModule) and module.with_norm:
                module.turn_on_efficient_conv_bn_eval()
