"""Mixed batches: ratio, order, and draws that a number alone decides."""

from collections import Counter

import numpy as np
import pytest
from mmdet.registry import DATASETS
from torch.utils.data import DataLoader

import sosmatting.register  # noqa: F401
from sosmatting.datasets.mixing import DrawSampler
from sosmatting.exceptions import InputError
from tests.datasets.sets import CLASSES, write_coco, write_sofi200
from tests.datasets.test_transforms import TRAIN


def mixed(tmp_path, ratio=None, **sets):
    if not (tmp_path / 'a').exists():
        write_sofi200(tmp_path / 'a', images=3)
        write_coco(tmp_path / 'b', images=4)
    common = dict(metainfo=dict(classes=CLASSES), pipeline=TRAIN)
    datasets = dict(
        soft=dict(
            common,
            type='Sofi200',
            data_root=f'{tmp_path}/a/',
            ann_file='annotations/train.json',
        ),
        hard=dict(
            common,
            type='CocoInstances',
            data_root=f'{tmp_path}/b/',
            ann_file='annotations/instances_train2017.json',
            data_prefix=dict(img='train2017/'),
        ),
        **sets,
    )
    return DATASETS.build(dict(type='MixedDataset', datasets=datasets, ratio=ratio, seed=5))


@pytest.mark.parametrize('ratio', [None, dict(soft=1, hard=1), dict(soft=3, hard=1)])
def test_every_round_holds_the_ratio(tmp_path, ratio):
    dataset = mixed(tmp_path, ratio)
    shares = ratio or dict(soft=1, hard=1)
    length = sum(shares.values())
    for turn in range(6):
        sources = Counter(
            dataset.names[dataset.locate(turn * length + slot)[0]] for slot in range(length)
        )
        assert sources == shares


def test_each_pass_takes_every_sample_once_in_a_new_order(tmp_path):
    dataset = mixed(tmp_path)
    soft = [dataset.locate(draw)[1] for draw in range(0, 60, 2)]
    passes = [tuple(soft[i : i + 3]) for i in range(0, 30, 3)]
    assert all(sorted(one) == [0, 1, 2] for one in passes)
    assert len(set(passes)) > 1


def same(one, other):
    return bool((one['inputs'] == other['inputs']).all()) and np.array_equal(
        one['data_samples'].gt_instances.masks.alphas,
        other['data_samples'].gt_instances.masks.alphas,
    )


def test_a_draw_depends_on_its_number_and_the_seed_alone(tmp_path):
    dataset = mixed(tmp_path)
    first = dataset[7]
    dataset[3]
    np.random.seed(0)
    assert same(first, dataset[7])
    other = mixed(tmp_path)
    other.seed = 6
    different = [not (a['inputs'].shape == b['inputs'].shape and same(a, b)) for a, b in
                 ((dataset[d], other[d]) for d in range(4))]  # fmt: skip
    assert any(different)


def first_batches(dataset, workers, count=3, start=0):
    sampler = DrawSampler(dataset, seed=5)
    sampler.start = start
    loader = DataLoader(
        dataset, batch_size=2, sampler=sampler, num_workers=workers, collate_fn=list
    )
    batches = []
    for batch in loader:
        batches.append(batch)
        if len(batches) == count:
            return batches
    raise AssertionError('the sampler ended')


def test_the_number_of_workers_changes_nothing(tmp_path):
    dataset = mixed(tmp_path)
    alone, helped = first_batches(dataset, 0), first_batches(dataset, 2)
    for one, other in zip(alone, helped, strict=True):
        assert all(same(a, b) for a, b in zip(one, other, strict=True))


def test_a_resumed_sampler_goes_on_where_it_stood(tmp_path):
    dataset = mixed(tmp_path)
    whole = first_batches(dataset, 0, count=4)
    rest = first_batches(dataset, 0, count=2, start=4)
    for one, other in zip(whole[2:], rest, strict=True):
        assert all(same(a, b) for a, b in zip(one, other, strict=True))


def test_ranks_share_the_rounds(tmp_path, monkeypatch):
    dataset = mixed(tmp_path, dict(soft=1, hard=2))
    draws = []
    for rank in range(2):
        monkeypatch.setattr('sosmatting.datasets.mixing.get_dist_info', lambda rank=rank: (rank, 2))
        sampler = iter(DrawSampler(dataset, seed=5))
        own = [next(sampler) for _ in range(6)]
        assert Counter(dataset.locate(draw)[0] for draw in own) == {0: 2, 1: 4}
        draws += own
    assert sorted(draws) == list(range(12))


def test_a_set_can_be_left_out(tmp_path):
    full = mixed(tmp_path)
    assert full.names == ('soft', 'hard')
    only = DATASETS.build(
        dict(
            type='MixedDataset',
            datasets=dict(
                soft=dict(
                    type='Sofi200',
                    data_root=f'{tmp_path}/a/',
                    ann_file='annotations/train.json',
                    metainfo=dict(classes=CLASSES),
                    pipeline=TRAIN,
                ),
                hard=None,
            ),
            ratio=dict(soft=1, hard=4),
        )
    )
    assert only.names == ('soft',) and only.round == [0]


@pytest.mark.parametrize('ratio', [dict(soft=0), dict(hard=1.5), dict(soft=-1)])
def test_a_wrong_ratio_is_refused(tmp_path, ratio):
    with pytest.raises(InputError, match='whole number'):
        mixed(tmp_path, ratio)


def test_nothing_to_mix_is_refused():
    with pytest.raises(InputError, match='MixedDataset'):
        DATASETS.build(dict(type='MixedDataset', datasets=dict(a=None)))


def test_sets_of_other_classes_are_refused(tmp_path):
    write_sofi200(tmp_path / 'c')
    odd = dict(
        type='Sofi200',
        data_root=f'{tmp_path}/c/',
        ann_file='annotations/train.json',
        metainfo=dict(classes=(*CLASSES, 'seventh')),
    )
    with pytest.raises(InputError, match='different classes'):
        mixed(tmp_path, odd=odd)


def test_a_sample_lost_in_its_pipeline_is_an_error(tmp_path):
    dataset = mixed(tmp_path)
    dataset.datasets[0].pipeline.transforms.insert(2, lambda results: None)
    with pytest.raises(InputError, match="'soft'"):
        dataset[0]
