"""The ablations end to end on a tiny network: trained, scored, tabled, and gone on with."""

import json
import re

import pytest

from sosmatting.engine.config_difference import described, differences
from sosmatting.engine.launch import load_config
from tests.engine.tiny import assert_one_line_error, in_process, tool, write_config

PIPELINES = 'train_dataloader.dataset.datasets.{}.pipeline'
# Every option in which an ablation differs from soso_mini, and the value it has there.
CHANGES = {
    'wo-low-level': {'model.low_level': None},
    'mse-only': {'model.mask_head.loss_dice': None},
    'dice-only': {'model.mask_head.loss_mse': None},
    'cate-frozen': {'model.mask_head.freeze_category': True},
    'matting-only': {f'train_dataloader.dataset.datasets.{x}': None for x in ('coco', 'people')},
    'coco-only': {'train_dataloader.dataset.datasets.composed': None},
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
    assert set(base.train_dataloader.dataset.datasets) == {'coco', 'people', 'composed'}


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
    done = tool(
        'train.py', base, '--work-dir', folder / 'stage1', '--cfg-options', 'train_cfg.max_iters=1'
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def ablations(folder, *names, run=tool, more=()):
    files = [folder / f'{name}.py' for name in names]
    options = ['--base', folder / 'tiny.py', '--stage1', folder / 'stage1', '--steps', 4]
    return run('ablations.py', *files, *options, '--work-dir', folder / 'w', *more)


def test_train_test_table_and_go_on(made):
    done = ablations(made, 'tiny', 'odd', 'low', more=['--also', 'coco'])
    assert_one_line_error(done, 'odd: failed, see above')
    assert "argument 'nothing'" in done.stdout  # why, and where all of it is
    assert 'odd_4_seed0/train.log' in done.stdout
    table = json.loads((made / 'w/table.json').read_text())
    assert list(table['rows']) == ['tiny', 'low']
    row = table['rows']['low']
    assert row['differs'] == 'low_level=None' and row['steps'] == 4 and row['of'] == 8
    sheet = json.loads((made / 'w/low_4_seed0/composed.json').read_text())
    assert row['RQ'] == sheet['imq']['0.5']['RQ'] and row['soft AP'] == sheet['soft_AP']
    coco = json.loads((made / 'w/low_4_seed0/coco.json').read_text())
    assert row['COCO AP50'] == coco['mask_AP50'] and coco['images'] == 4
    lines = (made / 'w/table.md').read_text().splitlines()
    assert len(lines) == 4 and lines[3].startswith('| low | low_level=None | 4 | 0 |')
    assert len({line.count('|') for line in lines}) == 1
    # Again: what is there is not made again, what is missing is.
    times = {x: x.stat().st_mtime_ns for x in (made / 'w').rglob('iter_4.pth')}
    (made / 'w/low_4_seed0/coco.json').unlink()
    done = ablations(made, 'tiny', 'low', more=['--also', 'coco'])
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.findall(r'(\w+_4_seed0): (\w+\.py)', done.stdout) == [('low_4_seed0', 'test.py')]
    assert len(times) == 2 and all(x.stat().st_mtime_ns == t for x, t in times.items())
    assert json.loads((made / 'w/table.json').read_text())['rows']['low'] == row
    log = (made / 'w/low_4_seed0/train.log').read_text()
    assert 'Iter(train) [4/4]' in log and 'load model from' not in log.split('Iter(train)')[-1]


def test_other_weights_are_not_mixed_in(made):
    (made / 'w/low_4_seed0').mkdir(parents=True, exist_ok=True)
    (made / 'w/low_4_seed0/setup.json').write_text(json.dumps({'stage1': 'other'}))
    done = ablations(made, 'low', run=in_process)
    assert_one_line_error(done, 'low: failed')
    assert 'was made with another' in done.stdout and 'stage1' in done.stdout


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['soso_mini_wo-lowlevel'], 'no such config'),
        (['--steps', '1'], '--steps 1'),
        (['--stage1', 'nowhere.pth'], 'nowhere.pth'),
    ],
)
def test_bad_options(tmp_path, arguments, words):
    done = in_process('ablations.py', *arguments, '--work-dir', tmp_path / 'w')
    assert_one_line_error(done, words)
    assert not (tmp_path / 'w').exists()
