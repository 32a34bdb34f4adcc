"""The benchmarks: equal values, a fair order, and what is written."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import OpenEXR
import pytest
import torch
from psd_tools import PSDImage

from sosmatting.export import save
from sosmatting.functional.errors import conn, grad

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    return importlib.import_module('benchmarks.metrics')


def test_the_peers_have_our_values(metrics: ModuleType) -> None:
    pytest.importorskip('skimage', reason="the peer needs scikit-image: pip install -e '.[bench]'")
    pred, target = metrics.furry_pair(200)
    assert 0.1 < ((target > 0) & (target < 1)).mean() < 0.6 and (pred != target).mean() > 0.1
    p, g = torch.from_numpy(pred)[None], torch.from_numpy(target)[None]
    assert grad(p, g).item() == pytest.approx(metrics.plain_grad(pred, target), rel=1e-6)
    assert conn(p, g).item() == pytest.approx(metrics.plain_conn(pred, target), rel=1e-6)
    other = torch.from_numpy(np.roll(target, 3, 1) * 0.6)[None]
    plain = metrics.plain_conn(other[0].numpy(), target)
    assert conn(other, g).item() == pytest.approx(plain, rel=1e-6)


def test_turns_alternate_and_the_first_round_does_not_count(metrics: ModuleType) -> None:
    timing = importlib.import_module('benchmarks.timing')
    calls: list[str] = []
    row = timing.paired('x', lambda: calls.append('o'), lambda: calls.append('p'), 3)
    assert ''.join(calls) == 'op' + 'po' + 'op' + 'po'
    assert row.case == 'x' and row.ours >= 0 and row.ratio > 0


def test_the_tool(tmp_path: Path) -> None:
    pytest.importorskip('skimage', reason="the peer needs scikit-image: pip install -e '.[bench]'")
    out = tmp_path / 'm.json'
    code = (
        'import sys; sys.path.insert(0, "tools"); import benchmarks.metrics as m; m.SIDE = 128\n'
        'import benchmark\n'
        f'sys.exit(benchmark.main(["metrics", "--repeats", "1", "--json", "{out}"]))'
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 'peer / ours' in done.stdout
    content = json.loads(out.read_text())
    assert set(content) == {'name', 'commit', 'machine', 'rows'} and content['name'] == 'metrics'
    assert [set(row) for row in content['rows']] == [{'case', 'ours', 'peer', 'ratio', 'unit'}] * 2


def test_without_scikit_image_it_says_so() -> None:
    code = (
        'import sys; sys.path.insert(0, "tools"); sys.modules["skimage.measure"] = None\n'
        'import benchmark\nfrom sosmatting.exceptions import run\n'
        'sys.exit(run(lambda: benchmark.main(["metrics"])))'
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith('error: scikit-image: not installed')
    assert done.stderr.count('\n') == 1


def test_exports_are_timed_and_their_memory_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    export = importlib.import_module('benchmarks.export')
    monkeypatch.setattr(export, 'SIZE_HW', (120, 160))
    monkeypatch.setattr(export, 'COUNT', 3)
    rows = export.run(1)
    kinds = ['rgba', 'psd', 'exr']
    assert [row.case for row in rows] == [*kinds, *(f'{kind}, memory' for kind in kinds)]
    assert {row.unit for row in rows} == {'s', 'MB'}
    mattes = export.draw_mattes(120, 160, 3)
    export.plain_exr(mattes, tmp_path)
    export.plain_psd(mattes, tmp_path)
    export.plain_pngs(mattes, tmp_path)
    save(mattes, tmp_path / 'ours', ['rgba', 'exr', 'psd'])
    files = [
        OpenEXR.File(str(tmp_path / name), separate_channels=True).channels()
        for name in ('plain.exr', 'ours/layers.exr')
    ]
    assert files[0].keys() == files[1].keys()
    for name, channel in files[0].items():
        assert np.abs(channel.pixels - files[1][name].pixels).max() <= 2**-10, 'the same content'
    psds = [PSDImage.open(tmp_path / name) for name in ('plain.psd', 'ours/layers.psd')]
    names = [{layer.name for layer in psd} - {'Background'} for psd in psds]
    assert names[0] == names[1] == set(mattes.layer_names)
    assert (
        60
        < importlib.import_module('benchmarks.timing').peak_memory(lambda: np.ones(2**23).sum())
        < 90
    ), '64 MiB and little more'


SMALL = {
    'targets': dict(SIZE=(96, 128), COUNTS=(2,)),
    'postprocess': dict(SIDE=64, CANDIDATES=(20, 50), PEER_UP_TO=20),
    'predict': dict(FRAMES={'small': ((64, 96), (90, 120))}, INSTANCES=(1, 3)),
    'train': dict(SIZES=((64, 64),), INSTANCES=2),
    'lowlevel': dict(SIZES=((64, 64),), INSTANCES=2),
    'limit': dict(SIZES=((64, 64),), INSTANCES=2, CHANNELS=8),
    'checkpointing': dict(SIDES=(64,)),
    'compile': dict(SIZES=((64, 64), (64, 96)), BACKEND='eager'),
    'scale': dict(INPUT=(64, 64), INSTANCES=(1, 2), SIDES=(64, 128), IMAGES=(1, 2), FRAME=64),
}


@pytest.mark.parametrize('name', SMALL)
def test_the_networks_benchmarks(tools: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module = importlib.import_module(f'benchmarks.{name}')
    for option, value in SMALL[name].items():
        monkeypatch.setattr(module, option, value)
    rows = module.run(1)
    assert len({row.case for row in rows}) == len(rows) >= 1
    assert all(row.peer >= 0 and row.ours >= 0 for row in rows)
    assert all(row.ours > 0 and row.ratio > 0 for row in rows if row.unit == 's')


def test_ours_and_the_peer_find_the_same_discs(tools: None) -> None:
    peers = importlib.import_module('benchmarks.peers')
    predict = importlib.import_module('benchmarks.predict')
    ours, peer = (model.eval() for model in peers.build_pair())
    mine, theirs = predict.pair_of(ours, peer, (128, 128), (160, 160), 6)
    mattes, masks = mine()[0].pred_instances, theirs()[0].pred_instances
    assert len(mattes) == len(masks) >= 3
    assert torch.allclose(mattes.scores, masks.scores, atol=1e-5)
    assert ((mattes.alphas >= 128) == masks.masks).float().mean() > 0.99


def test_a_wrong_name_is_one_line() -> None:
    code = (
        'import sys; sys.path.insert(0, "tools"); import benchmark\n'
        'from sosmatting.exceptions import run\n'
        'sys.exit(run(lambda: benchmark.main(["speed"])))'
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count('\n') == 1
    assert 'speed: no such benchmark; use one of checkpointing' in done.stderr
