"""Trimap networks through tools/train.py and tools/test.py, and DIM's three stages in a chain."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sosmatting.checkpoints import read_checkpoint
from sosmatting.engine.launch import load_config
from tests.datasets.composed.prepared import prepare
from tests.datasets.trimap.test_photos import write_alphamatting
from tests.engine.tiny import ROOT, assert_one_line_error, in_process
from tests.models.trimap.networks import SMALL

CONFIG = """
_base_ = ['{root}/configs/trimap/{base}.py']
model = dict(network=dict({network}, pretrained=None))
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(datasets=dict(composed=dict(
        foregrounds=[dict(data_root='{data}/rgba')],
        backgrounds=[dict(data_root='{data}/backgrounds')],
        size=64, crop_sizes=(64,), object_side=(70, 100), trimap=dict(iterations=(1, 3)),
    ))),
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(data_root='{data}/alphamatting'),
)
test_dataloader = val_dataloader
train_cfg = dict(max_iters=2, val_interval=2)
param_scheduler = []
default_hooks = dict(checkpoint=dict(interval=2), logger=dict(interval=1))
{extra}
"""


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('data')
    prepare(folder)
    write_alphamatting(folder / 'alphamatting')
    return folder


def write_config(folder, data, base, extra=''):
    small = {k: v for k, v in SMALL[base.split('_')[0]].items() if k != 'type'}
    text = CONFIG.format(
        root=ROOT, base=base, data=data, extra=extra,
        network=', '.join(f'{key}={value!r}' for key, value in small.items()),
    )  # fmt: skip
    path = folder / f'{base}.py'
    path.write_text(text)
    return path


def trained(folder, config):
    done = in_process('train.py', config, '--work-dir', folder / config.stem)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / config.stem


def test_train_and_test(tmp_path, data):
    config = write_config(tmp_path, data, 'gca')
    work = trained(tmp_path, config)
    done = in_process(
        'test.py', config, work, '--work-dir', tmp_path / 't', '--out-dir', tmp_path / 'o'
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert 'unknown band' in done.stdout
    sheet = json.loads((tmp_path / 't/scores.json').read_text())
    assert sheet['images'] == 2 and sheet['unknown_band']['SAD'] > 0
    alpha = cv2.imread(str(tmp_path / 'o/GT01/00.png'), cv2.IMREAD_UNCHANGED)
    assert alpha.shape == (40, 48)
    done = in_process('test.py', config, work, '--report', tmp_path / 'r')
    assert_one_line_error(done, '--report', 'solves given trimaps')
    log = next((work).glob('*/*.log')).read_text()
    assert 'trimap/unknown_l1' in log and 'trimap/gradient_penalty' in log
    assert 'loss_AlphaL1Loss_unknown' in log


def test_the_three_stages_chain_by_checkpoint(tmp_path, data):
    weights = []
    before = ''
    for stage in (1, 2, 3):
        config = write_config(tmp_path, data, f'dim_stage{stage}', before)
        work = trained(tmp_path, config)
        weights.append(read_checkpoint(work)['state_dict'])
        before = f'load_from = {str(work)!r}'
    main = 'network.decoder.0.weight'
    last = 'network.refinement.last.weight'
    assert np.array_equal(weights[0][main], weights[1][main]), 'stage 2 trains the refinement alone'
    assert last not in weights[0] and weights[1][last].any()
    assert not np.array_equal(weights[1][main], weights[2][main])
    assert not np.array_equal(weights[1][last], weights[2][last])


CONFIGS = sorted(path.stem for path in (ROOT / 'configs/trimap').glob('*.py'))


@pytest.mark.parametrize('name', CONFIGS)
def test_the_configs_say_what_they_are_and_name_their_parts(name):
    from mmdet.registry import DATASETS, METRICS, MODELS

    config = load_config(f'trimap/{name}')
    assert Path(ROOT / f'configs/trimap/{name}.py').read_text().startswith('# ')
    assert config.runner_type == 'MattingRunner' and config.model.type == 'TrimapMatting'
    for loss in config.model.losses:
        MODELS.build(dict(loss))
    METRICS.build(config.val_evaluator)
    sets = [each for each in config.train_dataloader.dataset.datasets.values() if each]
    assert sets and all(DATASETS.get(each.type) is not None for each in sets)
    assert config.param_scheduler[-1].end == config.train_cfg.max_iters
    assert set(dict(config.model.network)) - {'type'}


def test_the_stages_are_named_by_their_options():
    networks = [load_config(f'trimap/dim_stage{n}').model.network for n in (1, 2, 3)]
    assert [each.refinement for each in networks] == [False, True, True]
    assert [each.get('train_main', True) for each in networks] == [True, False, True]
    for end in ('', '_mini'):
        assert [load_config(f'trimap/dim_stage{n}{end}').get('load_from') for n in (1, 2, 3)] == [
            None, f'work_dirs/dim_stage1{end}', f'work_dirs/dim_stage2{end}'
        ]  # fmt: skip


def test_the_small_runs_never_see_the_photos_they_are_judged_on():
    for name in (name for name in CONFIGS if name.endswith('_mini')):
        config = load_config(f'trimap/{name}')
        photos = config.train_dataloader.dataset.datasets.photos.foregrounds
        assert [each.without for each in photos] == ['GT*'], name
        assert config.val_dataloader.dataset.source == 'alphamatting'


def test_composition_1k_is_an_option_of_every_config(tmp_path):
    from tests.datasets import layouts

    root = layouts.make('composition-1k-test', tmp_path / 'c1k')
    options = [
        f'test_dataloader.dataset.{key}'
        for key in (
            f'data_root={root}', 'source=composition-1k-test', 'split=test', 'trimap_set=None'
        )
    ]  # fmt: skip
    config = load_config('trimap/gca', options)
    from mmdet.registry import DATASETS

    made = DATASETS.build(config.test_dataloader.dataset)
    assert [Path(p.image).stem for p in made.pictures] == [
        'cat-1288531_1920_0', 'cat-1288531_1920_1', 'net_0', 'net_1'
    ]  # fmt: skip
    sample = made[3]
    alpha, trimap = sample['data_samples'].gt_alpha[0].numpy(), sample['inputs'][3].numpy()
    assert np.array_equal(alpha, layouts.soft_alpha(1))
    assert np.array_equal(trimap == 128, (alpha > 0) & (alpha < 255))
