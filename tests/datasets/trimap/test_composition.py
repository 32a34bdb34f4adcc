"""Composed pictures with trimaps: exact, repeatable, centred, refused where wrong."""

import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from tests.datasets.composed.prepared import prepare

SMALL = dict(size=64, crop_sizes=(64, 96), object_side=(70, 130), trimap=dict(iterations=(1, 4)))


@pytest.fixture(scope='module')
def sets(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp('trimap'))


def dataset(sets, **options):
    foregrounds, backgrounds = sets
    given = dict(type='TrimapComposition', foregrounds=foregrounds, backgrounds=backgrounds)
    return DATASETS.build({**given, **SMALL, **options})


def test_pictures_are_what_their_parts_compose(sets):
    made = dataset(sets)
    assert made.metainfo == {'classes': ('object',)} and len(made) >= 2
    partial = 0
    for seed in range(8):
        data = made.sample(np.random.default_rng(seed), seed % len(made))
        inputs, sample = data['inputs'], data['data_samples']
        assert inputs.shape == (4, 64, 64) and inputs.dtype == torch.uint8
        alpha, trimap = sample.gt_alpha[0], inputs[3]
        assert set(trimap.unique().tolist()) <= {0, 128, 255}
        assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 255] == 255).all()
        assert torch.equal(sample.trimap[0], trimap)
        share = alpha.double() / 255
        made_of = share * sample.gt_foreground + (1 - share) * sample.gt_background
        assert (made_of - inputs[:3]).abs().max() <= 0.5001
        partial += bool(((alpha > 0) & (alpha < 255))[30:34, 30:34].any())
    assert partial >= 7, 'centred on unknown pixels'


def test_a_draw_depends_on_its_number_alone(sets):
    mixed = DATASETS.build(
        dict(
            type='MixedDataset',
            datasets=dict(
                composed=dict(
                    type='TrimapComposition', foregrounds=sets[0], backgrounds=sets[1], **SMALL
                )
            ),
        )
    )
    first = mixed[5]['inputs']
    assert not torch.equal(first, mixed[6]['inputs'])
    assert torch.equal(first, mixed[5]['inputs'])


def test_fusion_happens_in_its_share(sets):
    rng = np.random.default_rng
    never, always = dataset(sets, fuse_share=0.0), dataset(sets, fuse_share=1.0)
    areas = [
        sum(float(each.sample(rng(seed), 0)['data_samples'].gt_alpha.sum()) for seed in range(12))
        for each in (never, always)
    ]
    assert areas[1] > areas[0]


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(size=8), 'size=8'),
        (dict(fuse_share=2), 'fuse_share=2'),
        (dict(backgrounds=[]), 'one of backgrounds'),
        (dict(foregrounds=[dict(data_root='no/where')]), 'no/where'),
    ],
)
def test_what_is_wrong_is_refused(sets, options, words):
    with pytest.raises(InputError, match=words):
        dataset(sets, **options)
