"""Cut-outs pasted into labelled photos: what shows adds up, and nothing else changes."""

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes

from sosmatting.datasets.composed.pasting import PasteCutouts
from sosmatting.exceptions import InputError
from sosmatting.structures import SoftMattes
from tests.datasets.composed.prepared import CLASSES, prepare

HEIGHT, WIDTH = 90, 120


@pytest.fixture(scope='module')
def sets(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp('sets'))[0]


def sample():
    """One object over the left half of a grey photo."""
    alphas = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    alphas[0, :, : WIDTH // 2] = 255
    mattes = SoftMattes(alphas, HEIGHT, WIDTH)
    return dict(
        img=np.full((HEIGHT, WIDTH, 3), 90, np.uint8),
        gt_masks=mattes,
        gt_bboxes=mattes.get_bboxes(HorizontalBoxes),
        gt_bboxes_labels=np.array([1]),
        gt_ignore_flags=np.array([True]),
    )


@pytest.mark.parametrize('seed', range(12))
def test_visible_shares_never_exceed_one_and_hidden_ones_are_taken_away(sets, seed):
    np.random.seed(seed)
    step = PasteCutouts(sets, CLASSES, dict(person=['object']), prob=1.0, sizes=(0.2, 0.9))
    before = sample()
    found = step.transform(sample())
    alphas = found['gt_masks'].to_ndarray().astype(int)
    count = len(alphas)
    assert 2 <= count <= 4
    assert alphas.sum(0).max() <= 255 + count  # rounding
    # On the left half the old object gives way to what is pasted, pixel by pixel.
    left = alphas[:, :, : WIDTH // 2].sum(0)
    assert np.abs(left - 255).max() <= count
    untouched = alphas[1:].sum(0) == 0
    assert (found['img'][untouched] == before['img'][untouched]).all()
    assert (found['img'] != before['img']).any()
    assert found['gt_bboxes_labels'][0] == 1 and found['gt_ignore_flags'].tolist() == [
        True,
        *[False] * (count - 1),
    ]
    assert len(found['gt_bboxes']) == len(found['gt_bboxes_labels']) == count


def test_labels_follow_the_groups(sets):
    wanted = {None: {'cow': 0}, 'object': {'cow': 0, 'object': 1}}  # what is in no group is out
    for member, labels in wanted.items():
        groups = None if member is None else dict(person=[member])
        step = PasteCutouts(sets, CLASSES, groups, prob=1.0)
        assert {cutout.category: label for cutout, label in step.cutouts} == labels


def test_without_cut_outs_or_luck_nothing_happens(sets):
    for step in (PasteCutouts([], CLASSES, prob=1.0), PasteCutouts(sets, CLASSES, prob=0.0)):
        found, plain = step.transform(sample()), sample()
        assert np.array_equal(found['img'], plain['img']) and len(found['gt_masks']) == 1


def test_balanced_classes_are_pasted_equally_often(sets):
    groups = dict(person=['object'])
    step = PasteCutouts(sets * 3, CLASSES, groups, balanced=True)
    cows = step.often[[label == 0 for _, label in step.cutouts]]
    others = step.often[[label == 1 for _, label in step.cutouts]]
    assert len(cows) != len(others) and cows.sum() == pytest.approx(others.sum())
    assert np.ptp(cows) == 0 and step.often.sum() == pytest.approx(1)
    assert np.ptp(PasteCutouts(sets * 3, CLASSES, groups).often) == 0


def test_other_colours_and_shapes_where_they_are_asked_for(sets):
    pictures = []
    for options in ({}, {'variety': 1.0}, {'stretch': 0.5}, {'warp': 1.0}, {'fur': 1.0}):
        np.random.seed(4)
        step = PasteCutouts(sets, CLASSES, prob=1.0, sizes=(0.4, 0.6), **options)
        pictures.append(step.transform(sample())['img'])
    assert all((pictures[0] != other).any() for other in pictures[1:])
    for options in ({'variety': -0.1}, {'stretch': 2}, {'warp': 1.1}, {'fur': 'x'}):
        with pytest.raises(InputError, match='give a number from 0 to 1'):
            PasteCutouts(sets, CLASSES, **options)
