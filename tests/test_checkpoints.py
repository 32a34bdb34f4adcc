"""Weights: what fits, and what is refused."""

import os

import pytest
import torch
from torch import nn

import sosmatting.register  # noqa: F401
from sosmatting.checkpoints import (
    LoadReport,
    latest_checkpoint,
    load_weights,
    read_checkpoint,
    refuse_half_model,
)
from sosmatting.exceptions import InputError


class Net(nn.Module):
    def __init__(self, width=4, extra=False):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 2))
        if extra:
            self.low_level = nn.Linear(2, 2)


def test_loading_reports_what_was_new():
    stage_one, stage_two = Net(), Net(extra=True)
    report = load_weights(stage_two, stage_one.state_dict(), 'x.pth')
    assert set(report.new) == {'low_level.weight', 'low_level.bias'}
    assert 'low_level.weight (1)' in str(report) and f'{report.loaded} tensors loaded' in str(
        report
    )
    assert torch.equal(stage_two.body[0].weight, stage_one.body[0].weight)


def test_another_models_checkpoint_is_refused_and_changes_nothing():
    model = Net()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    for other in (nn.Linear(9, 9), Net(width=7)):
        with pytest.raises(InputError, match=r'x\.pth: a checkpoint of another model'):
            load_weights(model, other.state_dict(), 'x.pth')
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_half_precision_and_wrapped_names_load():
    one, other = Net(), Net()
    given = {f'module.{key}': value.half() if value.is_floating_point() else value
             for key, value in one.state_dict().items()}  # fmt: skip
    load_weights(other, given, 'x')
    assert torch.equal(other.body[0].weight, one.body[0].weight.half().float())


def test_the_newest_checkpoint_is_found_by_number(tmp_path):
    assert latest_checkpoint(tmp_path) is None
    for name in ('iter_90.pth', 'iter_100.pth', 'iter_1000.pth.part', 'best_iter_5000.pth'):
        torch.save({'state_dict': {'a': torch.tensor(float(len(name)))}}, tmp_path / name)
    assert latest_checkpoint(tmp_path).name == 'iter_100.pth'
    assert read_checkpoint(tmp_path)['state_dict']['a'] == len('iter_100.pth')
    with pytest.raises(InputError, match='train first'):
        read_checkpoint(tmp_path.parent)


def test_a_second_look_without_weights_is_refused() -> None:
    once = LoadReport(loaded=3, new=('low_level.expand.weight',), unused=(), reshaped=())
    refuse_half_model(once, 'a.pth')
    half = LoadReport(loaded=3, new=('second_look.draw.weight',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*looks once.*soso_mini'):
        refuse_half_model(half, 'a.pth')
    before = LoadReport(3, new=('second_look.namer.conv1.weight',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*model.second_look.namer=None'):
        refuse_half_model(before, 'a.pth')
    earlier = LoadReport(3, new=('second_look.worth.bias',), unused=(), reshaped=())
    with pytest.raises(InputError, match=r'^a\.pth: .*earlier second look.*train on'):
        refuse_half_model(earlier, 'a.pth')


class Command:
    def __reduce__(self):
        return os.system, ('true',)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (b'hello this is no picture\n', 'may be cut off or no checkpoint .KeyError.; copy'),
        (b'', 'may be cut off'),
        (b'{"a": 1}', 'not a checkpoint'),
    ],
)
def test_what_is_no_checkpoint(tmp_path, content, words):
    (tmp_path / 'x.pth').write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_checkpoint(tmp_path / 'x.pth')
    assert 'x.pth' in str(caught.value) and '\n' not in str(caught.value)


def test_code_is_named_and_not_run(tmp_path):
    torch.save({'a': Command()}, tmp_path / 'x.pth')
    words = r'never run \(\w+\.system\); save its state_dict'
    with pytest.raises(InputError, match=words) as caught:
        read_checkpoint(tmp_path / 'x.pth')
    assert 'weights_only' not in str(caught.value)
