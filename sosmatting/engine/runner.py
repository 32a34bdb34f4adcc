"""mmengine's Runner, with checkpoints that are safe to load and a group that works on CPUs."""

import logging
from typing import Any

import torch
import torch.distributed as dist
from mmdet.registry import RUNNERS
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader
from torch.utils.data import DataLoader

from sosmatting.checkpoints import (
    load_weights,
    read_checkpoint,
    refuse_half_model,
)
from sosmatting.exceptions import InputError
from sosmatting.pretrained import imagenet_weights


@CheckpointLoader.register_scheme(prefixes='imagenet:')
def _load_imagenet(filename: str, map_location: Any = None, logger: Any = None) -> dict:
    """Serve ``init_cfg=dict(type='Pretrained', checkpoint='imagenet:NAME')``."""
    return imagenet_weights(filename.removeprefix('imagenet:'))


# mmengine warns of each, and each is meant so.
EXPECTED = (
    'is skipped since its requires_grad=False',  # one line for every frozen weight
    '"FileClient" will be deprecated',
    'is the alias of "LocalBackend"',
)
# Of ImageNet's weights in a backbone; more than these would be news.
CLASSIFIER = 'unexpected key in source state_dict: classifier.bias, classifier.weight'


def is_news(record: logging.LogRecord) -> bool:
    """Tell news from listings (environment, config, hooks, every tensor's initialisation)."""
    text = record.getMessage()
    if any(words in text for words in EXPECTED) or text.rstrip().endswith(CLASSIFIER):
        return False
    listing = text.count('\n') > 1 or text.startswith(('paramwise_options', 'Loads checkpoint by'))
    return record.levelno > logging.INFO or not listing


@RUNNERS.register_module()
class MattingRunner(Runner):
    """A Runner that refuses what does not fit and says what it loaded."""

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build mmengine's logger; long listings go to its file, not to the console."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.addFilter(is_news)
        return logger

    def setup_env(self, env_cfg: dict) -> None:
        """Start the process group ourselves where there is no GPU: mmengine would ask for one."""
        if (
            self._launcher == 'pytorch'
            and not torch.cuda.is_available()
            and not dist.is_initialized()
        ):
            dist.init_process_group(backend='gloo')
        super().setup_env(env_cfg)

    @staticmethod
    def build_dataloader(dataloader: Any, *args: Any, **kwargs: Any) -> DataLoader:
        """Build a loader; where there is a GPU its images wait in pinned memory for their copy."""
        if isinstance(dataloader, dict):
            dataloader = {'pin_memory': torch.cuda.is_available(), **dataloader}
        return Runner.build_dataloader(dataloader, *args, **kwargs)

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
        self.load_report = load_weights(model, checkpoint['state_dict'], filename)
        self.logger.info(f'{filename}: {self.load_report}')
        self._has_loaded = True
        return checkpoint

    def test(self) -> dict:
        """Score the model.

        Raises:
            InputError: As :meth:`load_checkpoint`; or the weights lack a part of the model.
        """
        self.load_or_resume()
        if self._load_from is not None:
            refuse_half_model(self.load_report, self._load_from)
        return super().test()

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
