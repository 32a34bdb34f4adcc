"""Photos kept in memory are what loading them would give, and are not changed by training."""

import copy
import pickle

import numpy as np
import pytest

from sosmatting.datasets.reduced import LoadReduced
from sosmatting.datasets.transforms import LoadMattes, LoadPhoto
from tests.datasets.sets import write_sofi200
from tests.datasets.test_sofi200 import build


@pytest.fixture
def info(tmp_path):
    write_sofi200(tmp_path)
    return build(tmp_path).get_data_info(0)


def loaded(info):
    return LoadMattes().transform(LoadPhoto().transform(copy.deepcopy(info)))


def test_small_photos_stay_as_they_are(info):
    plain, step = loaded(info), LoadReduced(4096)
    for _ in range(2):  # from disk, and kept
        found = step.transform(copy.deepcopy(info))
        assert np.array_equal(found['img'], plain['img'])
        assert np.array_equal(found['gt_masks'].to_ndarray(), plain['gt_masks'].to_ndarray())
        assert np.array_equal(found['gt_bboxes_labels'], plain['gt_bboxes_labels'])
        assert found['gt_ignore_flags'].dtype == bool


def test_large_photos_shrink_with_the_mass_of_their_mattes(info):
    plain = loaded(info)
    side = max(plain['img'].shape[:2]) // 2
    found = LoadReduced(side).transform(copy.deepcopy(info))
    assert max(found['img'].shape[:2]) == side == max(found['img_shape'])
    share = plain['gt_masks'].areas / np.prod(plain['img'].shape[:2])
    assert found['gt_masks'].areas / np.prod(found['img'].shape[:2]) == pytest.approx(
        share, rel=0.03
    )


def test_what_is_kept_is_not_what_is_handed_out(info):
    step = LoadReduced(4096)
    first = step.transform(copy.deepcopy(info))
    before = first['img'].copy(), first['gt_masks'].to_ndarray().copy()
    first['img'][:] = 0
    first['gt_masks'].to_ndarray()[:] = 0
    again = step.transform(copy.deepcopy(info))
    assert np.array_equal(again['img'], before[0])
    assert np.array_equal(again['gt_masks'].to_ndarray(), before[1])


def test_a_copy_for_a_worker_starts_empty(info):
    step = LoadReduced(4096)
    step.transform(copy.deepcopy(info))
    assert step._kept and not pickle.loads(pickle.dumps(step))._kept
