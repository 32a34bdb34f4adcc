"""Every published layout, once converted, trains a mini config for ten iterations."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.convert import convert
from sosmatting.datasets.sets.layout import distinct_names
from sosmatting.datasets.sets.report import VERIFIED
from tests.datasets import layouts
from tests.engine.tiny import in_process, write_config

STEPS = 10
PIPELINE = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='SettleMattes', min_area=1),
    dict(type='PackMattes'),
]


def converted(name: str, folder: Path) -> Path:
    """Draw the layout of a set and convert it."""
    source = SOURCES[name]
    contents = distinct_names(source.read(layouts.make(name, folder / f'{name}_source')))
    convert(source, contents, folder / name, 'blur')
    return folder / name


def dataset_of(name: str, folder: Path) -> dict:
    """Describe the data set that trains on a converted set, alone or composed with another."""
    if name == 'coco':
        layouts.coco(folder / 'coco_set')
        return dict(
            type='CocoInstances',
            source=name,
            data_root=f'{folder}/coco_set/',
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
            metainfo=dict(classes=('person', 'bird')),
            pipeline=PIPELINE,
        )
    root = converted('him2k' if name == 'sofi200' else name, folder)
    splits = sorted(path.stem for path in (root / 'annotations').glob('*.json'))
    kind = 'photos' if name == 'sofi200' else SOURCES[name].kind
    if kind == 'photos':
        content = json.loads((root / f'annotations/{splits[0]}.json').read_text())
        classes = tuple(category['name'] for category in content['categories'])
        return dict(
            type='Sofi200',
            source=name,
            data_root=f'{root}/',
            ann_file=f'annotations/{splits[0]}.json',
            metainfo=dict(classes=classes),
            pipeline=PIPELINE,
        )
    cutouts, photos = root, root
    if kind == 'backgrounds':
        cutouts = converted('rgba', folder)
    else:
        photos = converted('backgrounds', folder)
    split = dict(split=splits[0])
    return dict(
        type='ComposedInstanceDataset',
        source=name,
        foregrounds=[dict(data_root=str(cutouts), **(split if cutouts == root else {}))],
        backgrounds=[dict(data_root=str(photos), **(split if photos == root else {}))],
        metainfo=dict(classes=('person', 'cat')),
        stand_in='cat',
        recipe=dict(size=64, min_area=16, sizes=[0.2, 0.7]),
        length=8,
        pipeline=PIPELINE[2:],
    )


def train(dataset: dict, folder: Path) -> str:
    """Train ten iterations on one data set; returns the log."""
    classes = list(dataset['metainfo']['classes'])
    extra = f"""
experiment_name = 'ten steps on {dataset['source']}'
model['mask_head']['num_classes'] = {len(classes)}
train_dataloader = dict(batch_size=1, num_workers=0, persistent_workers=False, dataset=dict(
    _delete_=True, type='MixedDataset', datasets=dict(one={dataset!r})))
val_dataloader = val_cfg = val_evaluator = None
test_dataloader = test_cfg = test_evaluator = None
train_cfg = dict(max_iters={STEPS}, val_interval=1000)
vis_backends = []
visualizer = dict(vis_backends=[])
custom_hooks = [dict(type='SeedIterationHook'), dict(type='StopOnNaNHook', interval=1)]
default_hooks = dict(checkpoint=dict(interval=1000, save_last=False), logger=dict(interval=1))
"""
    config = write_config(folder, iterations=STEPS, images=2, extra=extra)
    done = in_process('train.py', config, '--work-dir', folder / 'work')
    assert done.returncode == 0, done.stderr[-3000:]
    (log,) = (folder / 'work').rglob('*.log')
    return log.read_text()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Steps this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize('name', sorted([*SOURCES, *VERIFIED]))
def test_trains_ten_iterations(name: str, tmp_path: Path) -> None:
    log = train(dataset_of(name, tmp_path), tmp_path)
    losses = [float(value) for value in re.findall(r'loss_dice: ([\d.]+)', log)]
    assert len(losses) == STEPS and max(losses) > 0
