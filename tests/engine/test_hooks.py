"""Hooks: repeatable draws, and an end to a run that has become NaN."""

from types import SimpleNamespace

import pytest
import torch

from sosmatting.engine.hooks import SeedIterationHook, StopOnNaNHook
from sosmatting.engine.optim import AutocastOptimWrapper
from sosmatting.exceptions import InputError


def runner(iteration=4, seed=1, rank=0):
    return SimpleNamespace(iter=iteration, seed=seed, rank=rank, work_dir='w')


def test_a_steps_draws_depend_on_seed_rank_and_iteration():
    hook, draws = SeedIterationHook(), {}
    for key in [(4, 1, 0), (5, 1, 0), (4, 2, 0), (4, 1, 1)]:
        hook.before_train_iter(runner(*key), 0)
        draws[key] = torch.rand(3).tolist()
    assert len({tuple(draw) for draw in draws.values()}) == 4
    torch.rand(100)
    hook.before_train_iter(runner(4, 1, 0), 0)
    assert torch.rand(3).tolist() == draws[4, 1, 0]


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_nan_names_the_iteration_and_the_loss(bad):
    outputs = dict(loss=torch.tensor(bad), loss_cate=torch.tensor(1.0), loss_mse=torch.tensor(bad))
    with pytest.raises(InputError, match=r'iteration 5: .*\(loss_mse\)'):
        StopOnNaNHook().after_train_iter(runner(), 4, outputs=outputs)
    StopOnNaNHook(interval=3).after_train_iter(runner(), 4, outputs=outputs)  # not its turn
    StopOnNaNHook().after_train_iter(runner(), 4, outputs=dict(loss=torch.tensor(1.0)))


def test_autocast_only_where_the_cpu_has_bfloat16(monkeypatch):
    net = torch.nn.Linear(4, 4)
    for has in (True, False):
        monkeypatch.setattr('sosmatting.engine.optim.cpu_has_bfloat16', lambda has=has: has)
        wrapper = AutocastOptimWrapper(optimizer=torch.optim.SGD(net.parameters(), 0.1))
        with wrapper.optim_context(net):
            expected = torch.bfloat16 if has or torch.cuda.is_available() else torch.float32
            assert net(torch.ones(1, 4)).dtype == expected
