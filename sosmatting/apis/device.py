"""Where a model runs."""

import torch

from sosmatting.exceptions import InputError, one_line


def choose_device(name: str = 'auto') -> torch.device:
    """Turn ``'auto'``, ``'cpu'``, ``'cuda'`` or ``'cuda:1'`` into a device that is there.

    Raises:
        InputError: A device was asked for that torch does not see.
    """
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f'device {name!r}: no such kind; use auto, cpu or cuda') from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f'device {name!r}: torch sees {torch.cuda.device_count()} CUDA devices here; use auto '
            'or cpu'
        )
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f'device {name!r}: cannot be used here ({one_line(error)}); use auto or cpu'
        ) from error
    return device


def describe_device(device: torch.device) -> str:
    """Say in words where a model runs: ``cpu (2 threads)``, ``cuda:0 (NVIDIA H100)``."""
    if device.type == 'cuda':
        return f'{device} ({torch.cuda.get_device_name(device)})'
    if device.type == 'cpu':
        return f'{device} ({torch.get_num_threads()} threads)'
    return str(device)
