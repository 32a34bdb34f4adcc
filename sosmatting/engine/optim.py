"""Mixed precision on any device."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import torch
from mmdet.registry import OPTIM_WRAPPERS
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from torch import nn

from sosmatting.functional.precision import multiplies_bfloat16


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 where that is safe; the losses stay in float32.

    mmengine's ``AmpOptimWrapper`` refuses CPUs. bfloat16 has float32's range, so that no loss
    scaling is needed. A CPU that cannot multiply bfloat16 stays in float32, and the log says so.

    Args:
        dtype: Name of a torch type, ``'bfloat16'``.
        **kwargs: Those of mmengine's ``OptimWrapper``.
    """

    def __init__(self, *args: Any, dtype: str = 'bfloat16', **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dtype = getattr(torch, dtype)
        self.enabled = torch.cuda.is_available() or multiplies_bfloat16('cpu')
        how = f'{dtype} autocast' if self.enabled else f'float32: this CPU does not compute {dtype}'
        print_log(f'Mixed precision: {how}', 'current', logging.INFO)

    @contextlib.contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast on the device of the model's weights."""
        device = next(model.parameters()).device.type
        with (
            super().optim_context(model),
            torch.autocast(device, dtype=self.dtype, enabled=self.enabled),
        ):
            yield
