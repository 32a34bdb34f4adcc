from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

import sosmatting.register  # noqa: F401
from sosmatting.datasets.mixing import MixedDataset
from sosmatting.exceptions import InputError
from tests.datasets import layouts
from tests.datasets.composed.prepared import CLASSES, PACK, RECIPE, dataset

FLIP = [dict(type='RandomFlip', prob=0.5), *PACK]  # takes its chance from the global state


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('composed')
    dataset(root)
    layouts.coco(root / 'coco')
    return root


def digest(sample: dict) -> tuple:
    truth = sample['data_samples'].gt_instances
    return (
        sample['inputs'].numpy().tobytes(),
        truth.masks.to_ndarray().tobytes(),
        tuple(truth.labels.tolist()),
    )


def through_workers(data, workers: int, count: int) -> list[tuple]:
    """Read samples 0 .. count - 1 with a number of workers, in order."""
    torch.manual_seed(workers)  # what workers are seeded by must not matter
    np.random.seed(workers)
    loader = DataLoader(
        data, batch_size=2, sampler=range(count), num_workers=workers, collate_fn=pseudo_collate
    )
    found = []
    for batch in loader:
        for inputs, sample in zip(batch['inputs'], batch['data_samples'], strict=True):
            found.append(digest(dict(inputs=inputs, data_samples=sample)))
    return found


def test_samples_are_as_the_loader_expects(folder: Path) -> None:
    sample = dataset(folder)[0]
    truth, meta = sample['data_samples'].gt_instances, sample['data_samples'].metainfo
    height, width = sample['inputs'].shape[1:]
    assert sample['inputs'].dtype == torch.uint8 and max(height, width) == 96
    assert truth.masks.to_ndarray().shape == (len(truth.labels), height, width)
    assert meta['source'] == 'composed' and meta['matte'] == 'soft'
    assert meta['complete_labels'] == () and meta['ori_shape'] == (height, width)
    boxes = truth.bboxes.tensor
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_a_scene_is_seed_epoch_and_index(folder: Path) -> None:
    data = dataset(folder, pipeline=FLIP)
    first = [digest(data[k]) for k in range(4)]
    assert len(set(first)) == 4
    assert [digest(data[k]) for k in (3, 1)] == [first[3], first[1]]
    assert digest(dataset(folder, pipeline=FLIP)[2]) == first[2]
    assert digest(dataset(folder, pipeline=FLIP, seed=1)[2]) != first[2]
    data.set_epoch(1)
    assert digest(data[2]) not in first
    assert data.scene(1, 2).bgr.tobytes() != data.scene(0, 2).bgr.tobytes()
    data.set_epoch(0)
    assert digest(data[2]) == first[2]
    with pytest.raises(IndexError):
        data[6]


def test_workers_change_nothing(folder: Path) -> None:
    data = dataset(folder, pipeline=FLIP)
    alone = through_workers(data, 0, 6)
    assert through_workers(data, 1, 6) == alone == through_workers(data, 2, 6)


def test_workers_see_the_epoch_change(folder: Path) -> None:
    data = dataset(folder)
    loader = DataLoader(
        data, sampler=range(2), num_workers=1, persistent_workers=True, collate_fn=pseudo_collate
    )
    seen = []
    for epoch in (0, 1):
        data.set_epoch(epoch)
        seen.append([batch['inputs'][0].numpy().tobytes() for batch in loader])
    assert seen[0] != seen[1]
    data.set_epoch(1)
    assert seen[1] == [data[k]['inputs'].numpy().tobytes() for k in range(2)]


def config(folder: Path, **options) -> dict:
    given = dict(
        type='ComposedInstanceDataset',
        foregrounds=[dict(data_root=str(folder / 'rgba'))],
        backgrounds=[dict(data_root=str(folder / 'backgrounds'))],
        metainfo=dict(classes=CLASSES),
        stand_in='person',
        recipe=RECIPE,
        length=3,
        pipeline=FLIP,
    )
    return given | options


def test_in_a_mixed_set_every_draw_is_new_and_repeatable(folder: Path) -> None:
    mixed = MixedDataset(dict(composed=config(folder)), seed=3)
    draws = [digest(mixed[k]) for k in range(9)]  # three passes through three scenes
    assert len(set(draws)) == 9
    assert through_workers(mixed, 2, 9) == draws
    assert digest(MixedDataset(dict(composed=config(folder)), seed=3)[7]) == draws[7]
    assert digest(MixedDataset(dict(composed=config(folder)), seed=4)[7]) not in draws


def coco(folder: Path) -> dict:
    return dict(
        type='CocoInstances',
        source='untouched',
        matte='hard',
        complete='all',
        data_root=f'{folder}/coco/',
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        metainfo=dict(classes=CLASSES),
        pipeline=[dict(type='LoadPhoto'), dict(type='LoadMattes'), *PACK],
    )


def test_untouched_photos_are_mixed_in(folder: Path) -> None:
    data = dataset(folder, untouched=coco(folder), untouched_share=0.4, length=60)
    sources = [data[k]['data_samples'].metainfo['source'] for k in range(60)]
    assert 0.2 < sources.count('untouched') / 60 < 0.6
    sample = data[sources.index('untouched')]
    meta = sample['data_samples'].metainfo
    assert meta['matte'] == 'hard' and meta['complete_labels'] == (0, 1)
    plain = DATASETS.build(coco(folder))
    originals = [plain[k]['inputs'] for k in range(len(plain))]
    differences = [(sample['inputs'].int() - each.int()).abs().float().mean() for each in originals]
    assert 0.2 < min(differences) < 25, 'the same photo, through the camera'
    assert digest(sample) == digest(data[sources.index('untouched')])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(length=0), 'length=0'),
        (dict(matte='some'), "matte='some'"),
        (dict(complete='all'), "complete must be 'none'"),
        (dict(complete=['cow', 'wolf'], stand_in=None), "use 'all', 'none' or a list"),
        (dict(stand_in='wolf'), "stand_in='wolf'"),
        (dict(stand_in=None, metainfo=dict(classes=('dog',))), 'none is of a configured class'),
        (dict(backgrounds=[]), 'name at least one set of photos'),
        (dict(recipe=dict(glow=1)), r'recipe\.glow'),
    ],
)
def test_a_wrong_option_is_named(folder: Path, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        dataset(folder, **options)
    assert '\n' not in str(caught.value)


def test_unknown_cutouts_are_left_out_without_a_stand_in(folder: Path) -> None:
    data = dataset(folder, stand_in=None, complete=['cow'])
    assert data.composer.names == ['cow']
    assert data.complete_labels == (0,)


def test_all_hidden_mattes_are_quantised_to_one_at_most(folder: Path) -> None:
    data = dataset(folder)
    for index in range(6):
        total = data[index]['data_samples'].gt_instances.masks.to_ndarray().sum(0, dtype=int)
        assert total.max(initial=0) <= 255 + 3  # rounding of up to six mattes
