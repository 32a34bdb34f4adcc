"""How loaders are built with and without a GPU, and what the console shows."""

import logging

import pytest
import torch

from sosmatting.engine.runner import CLASSIFIER, MattingRunner, is_news

LOADER = dict(
    dataset=torch.utils.data.TensorDataset(torch.zeros(4, 1)),
    sampler=dict(type='DefaultSampler', shuffle=False),
    batch_size=2,
)


@pytest.mark.parametrize('has_gpu', [True, False])
def test_memory_is_pinned_for_a_gpu_alone(monkeypatch: pytest.MonkeyPatch, has_gpu: bool) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: has_gpu)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: int(has_gpu))
    assert MattingRunner.build_dataloader(LOADER).pin_memory is has_gpu
    assert MattingRunner.build_dataloader({**LOADER, 'pin_memory': False}).pin_memory is False
    assert 'pin_memory' not in LOADER, 'the config is not edited'
    loader = torch.utils.data.DataLoader(LOADER['dataset'])
    assert MattingRunner.build_dataloader(loader) is loader


@pytest.mark.parametrize(
    ('level', 'text', 'shown'),
    [
        (logging.INFO, 'Device: CPU', True),
        (logging.INFO, 'a\nlisting\nof hooks', False),
        (logging.WARNING, 'a\nwarning\nin lines', True),
        (logging.WARNING, 'backbone.conv1.bn.bias is skipped since its requires_grad=False', False),
        (logging.WARNING, f'no match\n\n{CLASSIFIER}\n', False),
        (logging.WARNING, f'no match\n\n{CLASSIFIER}\nmissing keys: conv1', True),
        (logging.WARNING, f'no match\n\n{CLASSIFIER}, neck.bias\n', True),
    ],
)
def test_the_console_has_the_news(level: int, text: str, shown: bool) -> None:
    assert is_news(logging.LogRecord('mmengine', level, '', 0, text, None, None)) is shown
