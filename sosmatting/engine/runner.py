"""mmengine's Runner, with checkpoints that are safe to load and a group that works on CPUs."""

import os
import re
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from mmdet.registry import RUNNERS
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader

from sosmatting.checkpoints import imagenet_weights, load_weights, read_checkpoint
from sosmatting.exceptions import InputError


@CheckpointLoader.register_scheme(prefixes='imagenet:')
def _load_imagenet(filename: str, map_location: Any = None, logger: Any = None) -> dict:
    """Serve ``init_cfg=dict(type='Pretrained', checkpoint='imagenet:NAME')``."""
    return imagenet_weights(filename.removeprefix('imagenet:'))


@RUNNERS.register_module()
class MattingRunner(Runner):
    """A Runner that refuses what does not fit and says what it loaded."""

    def setup_env(self, env_cfg: dict) -> None:
        """Start the process group ourselves where there is no GPU: mmengine would ask for one."""
        if (
            self._launcher == 'pytorch'
            and not torch.cuda.is_available()
            and not dist.is_initialized()
        ):
            dist.init_process_group(backend='gloo')
        super().setup_env(env_cfg)

    def load_checkpoint(
        self,
        filename: str,
        map_location: Any = 'cpu',
        strict: bool = False,
        revise_keys: Any = None,
    ) -> dict:
        """Load weights without running pickled code (:mod:`sosmatting.checkpoints`).

        Raises:
            InputError: The file is missing, broken, or of another model.
        """
        checkpoint = read_checkpoint(filename, map_location)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        model = self.model.module if is_model_wrapper(self.model) else self.model
        report = load_weights(model, checkpoint['state_dict'], filename)
        self.logger.info(f'{filename}: {report}')
        self._has_loaded = True
        return checkpoint

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Go on with a run.

        Raises:
            InputError: The checkpoint holds weights alone.
        """
        if 'optimizer' not in read_checkpoint(filename):
            raise InputError(
                f'{filename}: holds weights but no optimizer, a run cannot go on from it; start '
                f'with --cfg-options load_from={filename} instead'
            )
        super().resume(filename, *args, **kwargs)


def latest_checkpoint(work_dir: str | os.PathLike[str]) -> Path | None:
    """Find the newest ``iter_N.pth`` of a work folder by its number.

    mmengine's own note ``last_checkpoint`` is written after the file, so that a run killed between
    the two would go back further than it needs to.
    """
    numbered = []
    for path in Path(work_dir).glob('iter_*.pth'):
        match = re.fullmatch(r'iter_(\d+)\.pth', path.name)
        if match:
            numbered.append((int(match[1]), path))
    return max(numbered)[1] if numbered else None
