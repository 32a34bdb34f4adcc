"""Where a model runs: found, described, refused."""

import pytest
import torch

from sosmatting.apis.device import choose_device, describe_device
from sosmatting.exceptions import InputError


def test_devices_that_are_there() -> None:
    assert choose_device('cpu') == torch.device('cpu')
    assert choose_device('auto').type in ('cpu', 'cuda')
    count = torch.get_num_threads()
    assert describe_device(torch.device('cpu')) == f'cpu ({count} threads)'
    assert describe_device(torch.device('meta')) == 'meta'


def test_a_gpu_is_taken_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'get_device_name', lambda device: 'A Card')
    assert choose_device('auto') == torch.device('cuda')
    assert describe_device(torch.device('cuda:1')) == 'cuda:1 (A Card)'


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('toaster', 'no such kind; use auto, cpu or cuda'),
        ('cuda:7', r'torch sees \d CUDA devices here'),
        ('xpu', 'cannot be used here'),
    ],
)
def test_devices_that_are_not(name: str, message: str) -> None:
    with pytest.raises(InputError, match=f"device '{name}': {message}") as caught:
        choose_device(name)
    assert '\n' not in str(caught.value)
