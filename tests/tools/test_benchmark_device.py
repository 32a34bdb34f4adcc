"""Benchmarks where the device matters: what is refused, and that no result depends on the means."""

import importlib
import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sosmatting.exceptions import run
from sosmatting.mattes import Mattes

CPU = torch.device('cpu')


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run the tool, which has to refuse with exit code 2, and return its one line."""
    benchmark = importlib.import_module('benchmark')
    assert run(lambda: benchmark.main(argv)) == 2
    text = capsys.readouterr().err
    assert text.startswith('error: ') and text.count('\n') == 1
    return text


@pytest.mark.parametrize('name', ['gpu', 'predict', 'train'])
def test_a_gpu_that_is_not_there_is_one_line(
    tools: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    assert 'torch sees 0 CUDA devices' in refusal(capsys, name, '--device', 'cuda')
    assert "'cuda:3': torch sees 0" in refusal(capsys, name, '--device', 'cuda:3')
    assert 'no such kind' in refusal(capsys, name, '--device', 'fast')


def test_the_gpus_own_benchmark_takes_no_host_unasked(
    tools: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert 'gpu: torch sees no GPU here' in refusal(capsys, 'gpu')


def test_what_measures_the_host_says_so(tools: None, capsys: pytest.CaptureFixture[str]) -> None:
    benchmark = importlib.import_module('benchmark')
    for name in benchmark.HOST_ONLY:
        assert f'{name} measures the host only' in refusal(capsys, name, '--device', 'cuda')
        assert benchmark.device_for(name, 'auto') == CPU
    for name in benchmark.NAMES:
        parameters = inspect.signature(importlib.import_module(f'benchmarks.{name}').run).parameters
        assert ('device' in parameters) == (name not in benchmark.HOST_ONLY), name


def test_the_device_is_told(
    tools: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    gpu = importlib.import_module('benchmarks.gpu')
    small = dict(SIZE=(64, 64), INSTANCES=2, BATCHES=(1,), VARIANTS=('eager',), TRAIN_BATCH=2)
    for option, value in small.items():
        monkeypatch.setattr(gpu, option, value)
    benchmark, out = importlib.import_module('benchmark'), tmp_path / 'gpu.json'
    argv = ['gpu', '--device', 'cpu', '--repeats', '1', '--json', str(out)]
    assert benchmark.main(argv) == 0
    device = f'on cpu ({torch.get_num_threads()} threads)'
    content = json.loads(out.read_text())
    assert content['machine'].endswith(device) and device in capsys.readouterr().out
    rows = {row['case']: row for row in content['rows']}
    kernels = [row for case, row in rows.items() if case.startswith('kernel')]
    assert len(kernels) == gpu.TOP and any('conv' in row['case'] for row in kernels)
    assert 0.3 < sum(row['ours'] for row in kernels) / kernels[0]['peer'] <= 1
    assert rows['batch 1, eager']['unit'] == 'photos/s'
    best = rows['batch 1, best; aim']
    assert best['peer'] == 200 and best['ratio'] == pytest.approx(best['ours'] / 200)


def test_the_gpus_photos_end_as_mattes(tools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = importlib.import_module('benchmarks.gpu')
    monkeypatch.setattr(gpu, 'SIZE', (128, 128))
    monkeypatch.setattr(gpu, 'INSTANCES', 6)
    ours, peer = (
        model.eval() for model in importlib.import_module('benchmarks.peers').build_pair()
    )
    mine, theirs = gpu.prediction_of(ours, peer, 2, ours._forward, CPU)
    mattes, masks = mine(), theirs()
    assert len(mattes) == len(masks) == 2
    for alphas, hard in zip(mattes, masks, strict=True):
        assert alphas.shape == hard.shape and len(alphas) >= 3 and alphas.dtype == torch.uint8
        assert ((alphas >= 128) == hard).float().mean() > 0.99
    assert not torch.equal(mattes[0], mattes[1]), 'the low-level term differs from photo to photo'


def test_a_gpu_is_waited_for(tools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    timing = importlib.import_module('benchmarks.timing')
    calls: list[str] = []
    monkeypatch.setattr(torch.cuda, 'synchronize', lambda device: calls.append('wait'))
    timing.seconds_of(lambda: calls.append('work'), torch.device('cuda'))
    assert calls == ['wait', 'work', 'wait']
    calls.clear()
    timing.seconds_of(lambda: calls.append('work'))
    assert calls == ['work']


def test_memory_of_a_gpu_is_its_allocators(tools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    timing = importlib.import_module('benchmarks.timing')
    calls: list[str] = []
    for name, value in {
        'synchronize': None, 'empty_cache': None, 'reset_peak_memory_stats': None,
        'memory_allocated': 3 * 2**20, 'max_memory_allocated': 10 * 2**20,
    }.items():  # fmt: skip
        monkeypatch.setattr(
            torch.cuda, name, lambda *_, name=name, value=value: calls.append(name) or value
        )
    assert timing.peak_memory(lambda: calls.append('work'), torch.device('cuda')) == 7
    at = [calls.index(name) for name in ('reset_peak_memory_stats', 'memory_allocated', 'work')]
    assert at == sorted(at) and calls[-2:] == ['synchronize', 'max_memory_allocated']


def test_recomputed_activations_give_equal_gradients(tools: None) -> None:
    peers = importlib.import_module('benchmarks.peers')
    train = importlib.import_module('benchmarks.train')
    recomputing = dict(peers.config_of().model.backbone, with_cp=True)
    gradients = []
    for changes in ({}, {'backbone': recomputing}):
        model = peers.build_ours(**changes).train()
        step, _ = train.steps_of(model, model, (64, 96), ('soft',))
        model.zero_grad = lambda set_to_none: None  # keep what the step computes
        torch.manual_seed(0)
        step()
        found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        gradients.append(found)
    assert gradients[0].keys() == gradients[1].keys()
    assert any(name.startswith('backbone.layer4') for name in gradients[0])
    for name, gradient in gradients[0].items():
        scale = gradient.abs().max()
        assert (gradient - gradients[1][name]).abs().max() <= 1e-5 * scale, name


def test_compiling_needs_a_compiler(
    tools: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('PATH', '')
    monkeypatch.delenv('CXX', raising=False)
    assert 'no C++ compiler' in refusal(capsys, 'compile')


def test_compiled_outputs_are_compared(tools: None) -> None:
    module = importlib.import_module('benchmarks.compile')
    plain = (torch.tensor([1.0, 2.0]), torch.zeros(3))
    module.check_equal(plain, plain)
    with pytest.raises(RuntimeError, match=r'differ by 0\.01 '):
        module.check_equal((plain[0] + 0.02, plain[1]), plain)


def mattes_of(alphas: np.ndarray) -> Mattes:
    count = len(alphas)
    return Mattes(
        image=np.zeros((*alphas.shape[1:], 3), np.uint8),
        alphas=alphas,
        scores=np.ones(count, np.float32),
        labels=np.zeros(count, np.int64),
        boxes=np.zeros((count, 4), np.float32),
        areas=np.ones(count, np.float32),
        classes=('object',),
    )


def test_steps_between_mattes_by_hand(tools: None) -> None:
    precision = importlib.import_module('benchmarks.precision')
    plain = np.zeros((2, 4, 4), np.uint8)
    plain[0, :2], plain[1, 3, 0] = 200, 100
    found = plain[::-1].copy()  # another order
    assert precision.difference(mattes_of(found), mattes_of(plain)) == (0, 0)
    found[1, :2] = 204  # eight pixels by 4
    found[0, 3, 1] = 10  # one equal, one by 10
    frame, seen = precision.difference(mattes_of(found), mattes_of(plain))
    assert seen == pytest.approx((4 + 5) / 2, rel=1e-5)
    assert frame == pytest.approx((8 * 4 + 10) / 32, rel=1e-5)
    _, lost = precision.difference(mattes_of(found[:0]), mattes_of(plain))
    assert lost == pytest.approx((200 + 100) / 2, rel=1e-5)
    with pytest.raises(ValueError, match='no mattes'):
        precision.difference(mattes_of(found), mattes_of(plain[:0]))


def test_bfloat16_keeps_the_mattes_of_real_photos(
    tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('skimage', reason="its photos are used: pip install -e '.[dev]'")
    precision = importlib.import_module('benchmarks.precision')
    monkeypatch.setattr(precision, 'SIZES', ((64, 64),))
    monkeypatch.setattr(precision, 'INSTANCES', 2)
    rows = {row.case: row for row in precision.run(1)}
    assert [row.unit for row in rows.values()] == ['s'] * 2 + ['1/255'] * 4
    for name in precision.PHOTOS:
        frame = rows[f'{name}: mean step over the frame'].ours
        seen = rows[f'{name}: mean step over what is seen'].ours
        assert 0 < frame < 2, f'{name}: mattes differ by {frame:.2f} / 255'
        # The floor and ceiling of alphas turn a little rounding into a step of a tenth.
        assert frame < seen < 6, f'{name}: where they are seen they differ by {seen:.2f} / 255'
