"""Categories that count as a class of the model's, in every kind of data set."""

import pytest

from sosmatting.datasets.coco import CocoInstances
from sosmatting.datasets.groups import labels_by_category
from sosmatting.exceptions import InputError
from tests.datasets import layouts


def test_classes_and_members_get_labels():
    groups = dict(animal=['cow', 'cat'], thing=['cup'])
    assert labels_by_category(('thing', 'animal'), groups) == {
        'thing': 0, 'animal': 1, 'cow': 1, 'cat': 1, 'cup': 0,
    }  # fmt: skip


def test_a_group_of_no_class_and_a_category_in_two_groups_are_named():
    with pytest.raises(InputError, match="'plant' is none of the configured classes"):
        labels_by_category(('thing',), dict(plant=['tree']))
    with pytest.raises(InputError, match="'cup' is in two groups"):
        labels_by_category(('thing', 'animal'), dict(thing=['cup'], animal=['cup']))


def test_coco_instances_take_their_groups_label(tmp_path):
    layouts.coco(tmp_path)
    dataset = CocoInstances(
        data_root=str(tmp_path),
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        metainfo=dict(classes=('animal', 'person')),
        groups=dict(animal=['bird', 'cat']),
        complete=['person'],
        pipeline=[],
    )
    found = [dataset.get_data_info(k) for k in range(2)]
    assert [info['instances'][0]['bbox_label'] for info in found] == [1, 0]
    assert found[0]['complete_labels'] == (1,)
