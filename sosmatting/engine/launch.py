"""From a config's name to a Runner that is ready to go."""

import contextlib
import pprint
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, DictAction
from torch import distributed

from sosmatting.config_files import find_config
from sosmatting.engine.runner import MattingRunner
from sosmatting.exceptions import InputError
from sosmatting.files import explained


class ReadableConfig(Config):
    """A config whose text costs nothing to print.

    mmengine formats it with yapf, a second for each of our configs, at five places of every start
    and again for every checkpoint.
    """

    @property
    def pretty_text(self) -> str:
        """The config as Python assignments, values on lines of their own."""
        lines = (
            f'{key} = {pprint.pformat(value, indent=1, width=100, sort_dicts=False)}'
            for key, value in self.to_dict().items()
        )
        return '\n'.join(lines) + '\n'


def load_config(name: str, options: Sequence[str] = ()) -> Config:
    """Load a config and apply overrides.

    Args:
        name: A path, or a name under ``configs/``.
        options: ``KEY=VALUE`` texts; keys are dotted, list places are numbers.

    Raises:
        InputError: There is no such config, it is not valid Python, or an option fits nowhere.
    """
    path = find_config(name)
    try:
        plain = Config.fromfile(path)
        config = ReadableConfig(plain._cfg_dict, cfg_text=plain._text, filename=plain._filename)
    except (SyntaxError, OSError, KeyError, TypeError, NameError, ImportError) as error:
        raise InputError(f'{path}: not a valid config ({one_line_of(error)}); mend it') from error
    changes = {}
    for option in options:
        key, equals, value = option.partition('=')
        if not equals or not key:
            raise InputError(f'--cfg-options {option}: write it as KEY=VALUE')
        changes[key] = DictAction._parse_iterable(value)
    try:
        config.merge_from_dict(changes)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError(
            f'--cfg-options {" ".join(options)}: does not fit {path} ({one_line_of(error)})'
        ) from error
    return config


# What Python says of an option that a part does not have or that is no dict, mmengine of a type.
MISFITS = ('unexpected keyword argument', 'must be a mapping', 'is not in the')


@contextlib.contextmanager
def misfits_named(config: Config) -> Iterator[None]:
    """Turn an option that a part of the config does not have into one clear line.

    Raises:
        InputError: A type is unknown, or does not take an option that the config gives it.
    """
    try:
        yield
    except (TypeError, KeyError) as error:
        text = str(error)
        if any(sign in text for sign in MISFITS):
            raise InputError(
                f'{config.filename}: {one_line_of(error)}; mend the config or the --cfg-options'
            ) from error
        raise


def end_processes() -> None:
    """Leave the group of processes, where there is one, after all of them have come that far.

    Threads of the group that still run when the interpreter ends may abort it, so that a run that
    went well has another exit status than 0.
    """
    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def one_line_of(error: Exception) -> str:
    """Shorten any error to its type and first line."""
    lines = str(error).strip().splitlines() or ['']
    return f'{type(error).__name__}: {lines[0]}'


def check_seed(seed: Any) -> None:
    """Refuse a seed that NumPy does not take; ``None`` stands for any.

    Raises:
        InputError: Says which are taken.
    """
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 2**32):
        raise InputError(f'seed {seed!r}: give a whole number from 0 to {2**32 - 1}')


def build_runner(config: Config) -> MattingRunner:
    """Build the Runner of a config and say on which device it works.

    Raises:
        InputError: The work folder cannot be written, or what a part of the config needs is not
            there.
    """
    work_dir = Path(config.work_dir)
    with explained(work_dir):
        work_dir.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings('ignore', category=UserWarning, module='torch.optim.lr_scheduler')
    runner = MattingRunner.from_cfg(config)
    if torch.cuda.is_available():
        device = f'{torch.cuda.device_count()} x {torch.cuda.get_device_name()}'
    else:
        device = f'CPU, {torch.get_num_threads()} threads'
    runner.logger.info(f'Device: {device}; processes: {runner.world_size}; work folder: {work_dir}')
    runner.logger.info(f'Everything else is in {runner.log_dir}')
    return runner
