"""Hooks: repeatable draws, and an end to a run that has become NaN."""

from types import SimpleNamespace

import pytest
import torch
from mmdet.registry import MODELS

import sosmatting.register  # noqa: F401
from sosmatting.engine.hooks import FoldNormHook, SeedIterationHook, StopOnNaNHook
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
        monkeypatch.setattr('sosmatting.engine.optim.multiplies_bfloat16', lambda _, has=has: has)
        wrapper = AutocastOptimWrapper(optimizer=torch.optim.SGD(net.parameters(), 0.1))
        with wrapper.optim_context(net):
            expected = torch.bfloat16 if has or torch.cuda.is_available() else torch.float32
            assert net(torch.ones(1, 4)).dtype == expected


def test_folded_normalisation_changes_no_output_and_no_name():
    torch.manual_seed(0)
    backbone = MODELS.build(dict(type='MobileNetV2', out_indices=(2,), norm_eval=True))
    for module in backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics that do something
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    backbone.train()
    image, names = torch.randn(1, 3, 64, 64), set(backbone.state_dict())
    before = backbone(image)[0]
    model = SimpleNamespace(backbone=backbone)
    FoldNormHook().before_train(SimpleNamespace(model=model))
    folded = [m for m in backbone.modules() if getattr(m, 'efficient_conv_bn_eval_forward', None)]
    assert folded and set(backbone.state_dict()) == names
    assert torch.allclose(backbone(image)[0], before, atol=1e-4)
