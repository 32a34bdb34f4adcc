"""How loaders are built where there is a GPU, and where there is none."""

import pytest
import torch

from sosmatting.engine.runner import MattingRunner

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
