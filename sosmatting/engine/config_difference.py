"""In what an experiment differs from the one it is compared with, read from their configs."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

# What a run depends on; other names of a config are only where these are put together.
PARTS = (
    'model',
    'train_dataloader',
    'val_dataloader',
    'test_dataloader',
    'val_evaluator',
    'test_evaluator',
    'train_cfg',
    'optim_wrapper',
    'auto_scale_lr',
    'param_scheduler',
    'default_hooks',
    'custom_hooks',
    'randomness',
    'load_from',
)


def differences(config: Config, base: Config) -> dict[str, tuple[Any, Any]]:
    """List every option that two configs give different values.

    Returns:
        By dotted key, list places as numbers: the value in ``config`` and that in ``base``; ``...``
        stands for an option that one of them does not have. Lists of different lengths are one
        value.
    """
    mine, theirs = ({key: each.get(key, ...) for key in PARTS} for each in (config, base))
    return dict(_walk(mine, theirs, ''))


def described(config: Config, base: Config) -> str:
    """Say in a few words in what ``config`` differs: ``low_level=None``; ``-`` for in nothing.

    Keys are shortened to their last two parts. Of a pipeline the steps that came and went are
    named: ``coco.pipeline without PasteCutouts``.
    """
    words = []
    for key, (value, other) in differences(config, base).items():
        name = '.'.join(key.removeprefix('model.').split('.')[-2:])
        words.append(f'{name} {_steps(value, other)}' if _named(value) else f'{name}={value!r}')
    return '; '.join(words) or '-'


def _walk(value: Any, other: Any, key: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield what differs below ``key``."""
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        for name in dict.fromkeys([*other, *value]):
            yield from _walk(value.get(name, ...), other.get(name, ...), f'{key}.{name}')
    elif isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        for place, (one, two) in enumerate(zip(value, other, strict=True)):
            yield from _walk(one, two, f'{key}.{place}')
    elif value != other:
        yield key.removeprefix('.'), (value, other)


def _named(value: Any) -> bool:
    """Whether this is a list of parts with a type each, as a pipeline is."""
    return isinstance(value, list) and all(isinstance(x, Mapping) and 'type' in x for x in value)


def _steps(value: Any, other: Any) -> str:
    """Name the types that a list has lost and won."""
    new, old = ([each['type'] for each in some] if _named(some) else [] for some in (value, other))
    lost, won = [x for x in old if x not in new], [x for x in new if x not in old]
    parts = [f'without {", ".join(lost)}'] * bool(lost) + [f'with {", ".join(won)}'] * bool(won)
    return ' and '.join(parts) or 'changed'
