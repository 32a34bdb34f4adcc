"""The ablations end to end on a tiny network: trained, scored, tabled, and gone on with."""

import json
import re

import pytest
import torch
from mmdet.registry import MODELS

from sosmatting.engine.config_difference import described, differences
from sosmatting.engine.launch import load_config
from tests.engine.tiny import assert_one_line_error, in_process, write_config

PIPELINES = 'train_dataloader.dataset.datasets.{}.pipeline'
# Every option in which an ablation differs from soso_mini, and the value it has there.
CHANGES = {
    'wo-low-level': {'model.low_level': None},
    'mse-only': {'model.mask_head.loss_dice': None},
    'dice-only': {'model.mask_head.loss_mse': None},
    'cate-frozen': {'model.mask_head.freeze_category': True},
    'matting-only': {f'train_dataloader.dataset.datasets.{x}': None for x in ('coco', 'people')},
    'coco-only': {f'train_dataloader.dataset.datasets.{x}': None for x in ('composed', 'wide')},
    'detail-stride-2': {'model.low_level.stride': 2},
    'contested-last': {'model.mask_head.contested': 'last'},
}


@pytest.mark.parametrize('name', CHANGES)
def test_an_ablation_differs_in_what_it_says_and_in_nothing_else(name):
    base = load_config('soso_mini')
    found = differences(load_config(f'ablations/soso_mini_{name}'), base)
    pipelines = [found.pop(PIPELINES.format(x), None) for x in ('coco', 'people')]
    assert {key: value for key, (value, _) in found.items()} == CHANGES[name]
    assert all(value != other for value, other in found.values())
    if name == 'coco-only':  # cut-outs have true alphas: none is pasted in either
        for new, old in pipelines:
            assert [x for x in old if x not in new] == [x for x in old if 'Paste' in x.type]
    else:
        assert pipelines == [None, None]


def test_soso_mini_is_what_the_ablations_are_not():
    base = load_config('soso_mini')
    head = base.model.mask_head
    assert head.loss_dice and head.loss_mse and not head.freeze_category
    assert base.model.low_level.stride == 1 and head.contested == 'smaller'
    assert set(base.train_dataloader.dataset.datasets) == {'coco', 'people', 'composed', 'wide'}


def test_differences_in_words():
    base = load_config('soso_mini')
    assert described(base, base) == '-'
    words = {name: described(load_config(f'ablations/soso_mini_{name}'), base) for name in CHANGES}
    assert words['wo-low-level'] == 'low_level=None'
    assert words['contested-last'] == "mask_head.contested='last'"
    assert 'coco.pipeline without PasteCutouts' in words['coco-only']


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A tiny base, two ablations of it, one that cannot be built, and weights to start from."""
    folder = tmp_path_factory.mktemp('ablations')
    schedule = 'begin=0, end=5)'
    base = write_config(folder, iterations=10, extra='coco_val = dict()')
    text = base.read_text().replace(
        f'{schedule}]',
        f"{schedule}, dict(type='CosineAnnealingLR', "
        'by_epoch=False, begin=5, end=10, eta_min=1e-5)]',
    )
    data = folder / 'data'
    text = text.replace(
        'coco_val = dict()',
        f"""
coco_val = dict(
    type='CocoInstances', source='coco', data_root='{data}/coco/', test_mode=True,
    ann_file='annotations/instances_train2017.json', data_prefix=dict(img='train2017/'),
    metainfo=_base_.metainfo, pipeline=_base_.test_pipeline,
)""",
    )
    base.write_text(text)
    for name, change in {
        'low': 'model = dict(low_level=None)',
        'dice': 'model = dict(mask_head=dict(loss_mse=None))',
        'odd': 'model = dict(nothing=3)',
    }.items():
        (folder / f'{name}.py').write_text(f"_base_ = ['tiny.py']\n{change}\n")
    torch.manual_seed(0)
    config = load_config(str(base))
    config.model.backbone.init_cfg = None
    (folder / 'stage1').mkdir()
    torch.save(MODELS.build(config.model).state_dict(), folder / 'stage1/iter_1.pth')
    return folder


def ablations(folder, *names, more=()):
    files = [folder / f'{name}.py' for name in names]
    options = ['--base', folder / 'tiny.py', '--stage1', folder / 'stage1', '--steps', 4]
    return in_process('ablations.py', *files, *options, '--work-dir', folder / 'w', *more)


def test_train_test_table_and_go_on(made):
    done = ablations(made, 'odd', 'low', more=['--jobs', 2])
    assert_one_line_error(done, 'odd_4_seed0: failed, see above')
    assert "argument 'nothing'" in done.stdout  # why, and where all of it is
    assert 'odd_4_seed0/train.log' in done.stdout
    row = json.loads((made / 'w/table.json').read_text())['low_4_seed0']
    assert row['differs'] == 'low_level=None' and row['steps'] == 4 and row['of'] == 8
    sheet = json.loads((made / 'w/low_4_seed0/composed.json').read_text())
    assert row['RQ'] == sheet['imq']['0.5']['RQ'] and row['soft AP'] == sheet['soft_AP']
    # Again, with more: what is there is not made again, what is missing is.
    last = made / 'w/low_4_seed0/iter_4.pth'
    written = last.stat().st_mtime_ns
    done = ablations(made, 'low', more=['--also', 'coco'])
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.findall(r'(\w+_4_seed0): (\w+\.py)', done.stdout) == [('low_4_seed0', 'test.py')]
    assert last.stat().st_mtime_ns == written
    coco = json.loads((made / 'w/low_4_seed0/coco.json').read_text())
    table = json.loads((made / 'w/table.json').read_text())
    assert table == {'low_4_seed0': row | {'COCO AP50': coco['mask_AP50']}} and coco['images'] == 4
    lines = (made / 'w/table.md').read_text().splitlines()
    assert len(lines) == 3 and lines[2].startswith('| low | low_level=None | 4 | 0 |')
    assert len({line.count('|') for line in lines}) == 1
    assert 'Iter(train) [4/4]' in (made / 'w/low_4_seed0/train.log').read_text()
    # A checkpoint of other weights is not taken for one of these.
    torch.save({}, made / 'stage1/iter_2.pth')
    done = ablations(made, 'low')
    assert_one_line_error(done, 'low_4_seed0: failed')
    assert 'was made with another stage1' in done.stdout


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['soso_mini_wo-lowlevel'], 'no such config'),
        (['--steps', '1'], '--steps 1'),
        (['--jobs', '0'], '--jobs 0'),
        (['--seeds', '0', '-1'], 'seed -1: give a whole number from 0 to 4294967295'),
        (['--stage1', 'nowhere.pth'], 'nowhere.pth'),
    ],
)
def test_bad_options(tmp_path, arguments, words):
    done = in_process('ablations.py', *arguments, '--work-dir', tmp_path / 'w')
    assert_one_line_error(done, words)
    assert not (tmp_path / 'w').exists()
