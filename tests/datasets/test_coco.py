"""COCO annotations: labels by name, masks like pycocotools', crowds set apart."""

import numpy as np
import pytest
from mmdet.registry import DATASETS
from pycocotools.coco import COCO

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from tests.datasets.sets import CLASSES, write_coco

PIPELINE = [dict(type='LoadPhoto', upright=False), dict(type='LoadMattes'), dict(type='PackMattes')]


def build(root, **options):
    return DATASETS.build(
        dict(
            dict(
                type='CocoInstances',
                data_root=f'{root}/',
                ann_file='annotations/instances_train2017.json',
                data_prefix=dict(img='train2017/'),
                metainfo=dict(classes=CLASSES),
                pipeline=PIPELINE,
            ),
            **options,
        )
    )


def test_masks_equal_pycocotools_and_labels_follow_names(tmp_path):
    write_coco(tmp_path)
    dataset = build(tmp_path)
    assert len(dataset) == 3
    sample = dataset[0]['data_samples']
    coco = COCO(tmp_path / 'annotations/instances_train2017.json')
    # The file lists its categories in another order than the config.
    assert [CLASSES[label] for label in sample.gt_instances.labels] == ['cat']
    assert np.array_equal(
        sample.gt_instances.masks.alphas[0], coco.annToMask(coco.anns[1]) * np.uint8(255)
    )
    assert [CLASSES[label] for label in sample.ignored_instances.labels] == ['person']
    assert np.array_equal(
        sample.ignored_instances.masks.alphas[0], coco.annToMask(coco.anns[2]) * np.uint8(255)
    )
    assert sample.matte == 'hard' and sample.complete_labels == tuple(range(6))
    assert len(dataset[2]['data_samples'].gt_instances) == 0


def test_empty_images_can_be_left_out(tmp_path):
    write_coco(tmp_path)
    assert len(build(tmp_path, filter_cfg=dict(filter_empty_gt=True))) == 2


def test_a_subset_of_classes(tmp_path):
    write_coco(tmp_path)
    sample = build(tmp_path, metainfo=dict(classes=('leaf', 'cat')))[0]['data_samples']
    assert sample.gt_instances.labels.tolist() == [1]
    with pytest.raises(InputError, match='none of its categories'):
        build(tmp_path, metainfo=dict(classes=('unicorn',)))


@pytest.mark.parametrize(
    'segmentation',
    [[], [[1, 2]], {'counts': 'garbage###', 'size': [3, 3]}, {'size': [48, 64]}, 7],
)
def test_a_broken_mask_is_named(tmp_path, segmentation):
    import json

    content = write_coco(tmp_path)
    content['annotations'][0]['segmentation'] = segmentation or [[1.0, 2.0]]
    (tmp_path / 'annotations/instances_train2017.json').write_text(json.dumps(content))
    with pytest.raises(InputError, match=r'000000000000\.jpg'):
        build(tmp_path)[0]
