"""The SOFI-200 layout: what is read, and what each mistake is answered."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from tests.datasets.sets import CLASSES, save, write_sofi200

LOAD = [dict(type='LoadPhoto'), dict(type='LoadMattes')]


def build(root, **options):
    return DATASETS.build(
        dict(
            dict(
                type='Sofi200',
                data_root=f'{root}/',
                ann_file='annotations/train.json',
                metainfo=dict(classes=CLASSES),
                pipeline=LOAD,
            ),
            **options,
        )
    )


@pytest.mark.parametrize('bits', [8, 16])
def test_alphas_arrive_as_they_were_written(tmp_path, bits):
    write_sofi200(tmp_path, bits=bits)
    dataset = build(tmp_path)
    assert len(dataset) == 2
    sample = dataset[0]
    expected = np.zeros((48, 64))
    expected[6:30, 4:24] = np.linspace(0.2, 1, 20)
    assert np.abs(sample['gt_masks'].alphas[0] - expected * 255).max() <= 0.5 + 1e-6
    assert sample['gt_bboxes'].tensor.tolist() == [[4, 6, 24, 30], [34, 14, 54, 38]]
    assert sample['gt_bboxes_labels'].tolist() == [1, 1]
    assert (sample['source'], sample['matte'], sample['complete_labels']) == ('sofi200', 'soft', ())


def test_complete_categories_become_labels(tmp_path):
    write_sofi200(tmp_path)
    assert build(tmp_path, complete='all')[0]['complete_labels'] == (0, 1, 2, 3, 4, 5)
    assert build(tmp_path, complete=['leaf', 'cat'])[0]['complete_labels'] == (1, 5)
    with pytest.raises(InputError, match='complete'):
        build(tmp_path, complete=['horse'])
    with pytest.raises(InputError, match='matte'):
        build(tmp_path, matte='fluffy')


def test_16_bit_and_colour_alphas_with_equal_channels(tmp_path):
    write_sofi200(tmp_path)
    file = tmp_path / 'alphas/photo_0/00.png'
    grey = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(file), np.repeat(grey[..., None], 3, axis=2))
    assert np.array_equal(build(tmp_path)[0]['gt_masks'].alphas[0], grey)


def edit(root, change):
    content = json.loads((root / 'annotations/train.json').read_text())
    change(content)
    save(root, content)


def no_alpha(content):
    del content['annotations'][1]['alpha']


def no_box(content):
    del content['annotations'][1]['bbox']


def foreign_id(content):
    content['annotations'][1]['category_id'] = 99


def foreign_name(content):
    content['categories'][0]['name'] = 'unicorn'


def no_images(content):
    content['images'] = []


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (no_alpha, ['train.json', 'annotation 2', 'photo_0.jpg', "no 'alpha'"]),
        (no_box, ['train.json', 'bbox']),
        (foreign_id, ['train.json', 'annotation 2', '99']),
        (foreign_name, ['train.json', 'unknown category', 'unicorn']),
        (no_images, ['train.json', 'empty data set']),
    ],
)
def test_wrong_annotations_are_named(tmp_path, change, words):
    write_sofi200(tmp_path)
    edit(tmp_path, change)
    with pytest.raises(InputError) as caught:
        build(tmp_path)
    message = str(caught.value)
    assert all(word in message for word in words) and '\n' not in message


def remove(file):
    file.unlink()


def truncate(file):
    file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 2])


def resize(file):
    cv2.imwrite(str(file), np.zeros((20, 30), np.uint8))


@pytest.mark.parametrize('change', [remove, truncate, resize])
def test_a_bad_alpha_is_named_with_its_annotation(tmp_path, change):
    write_sofi200(tmp_path)
    change(tmp_path / 'alphas/photo_1/01.png')
    dataset = build(tmp_path)
    dataset[0]
    with pytest.raises(InputError) as caught:
        dataset[1]
    message = str(caught.value)
    assert 'photo_1/01.png' in message and 'annotation 4' in message and '\n' not in message


@pytest.mark.parametrize('change', [remove, truncate, resize])
def test_a_bad_photo_is_named(tmp_path, change):
    write_sofi200(tmp_path)
    change(tmp_path / 'images/photo_1.jpg')
    with pytest.raises(InputError, match=r'photo_1\.jpg'):
        build(tmp_path)[1]


@pytest.mark.parametrize('content', [None, 'not json', '{"images": 3}', '[]'])
def test_a_missing_or_foreign_annotation_file(tmp_path, content):
    write_sofi200(tmp_path)
    file = tmp_path / 'annotations/train.json'
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with pytest.raises(InputError) as caught:
        build(tmp_path, remedy='fetch it from the moon')
    assert 'train.json' in str(caught.value) and 'fetch it from the moon' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_set_without_images_of_enough_size(tmp_path):
    write_sofi200(tmp_path)
    with pytest.raises(InputError, match='empty data set'):
        build(tmp_path, filter_cfg=dict(min_size=1000))


def test_paths_are_below_the_root(tmp_path):
    write_sofi200(tmp_path)
    info = build(tmp_path).get_data_info(0)
    assert Path(info['img_path']) == tmp_path / 'images/photo_0.jpg'
    assert Path(info['instances'][0]['alpha_path']) == tmp_path / 'alphas/photo_0/00.png'


def test_cutouts_are_named_where_every_instance_has_one(tmp_path):
    write_sofi200(tmp_path)
    assert build(tmp_path)[0]['cutouts'] == ()

    def name(content):
        for k, annotation in enumerate(content['annotations']):
            annotation['cutout'] = f'set/{k}'
        content['annotations'][0]['iscrowd'] = 1

    edit(tmp_path, name)
    pipeline = [*LOAD, dict(type='PackMattes')]
    sample = build(tmp_path, pipeline=pipeline)[0]['data_samples']
    assert sample.cutouts == ('set/1',) and len(sample.gt_instances) == 1
    edit(tmp_path, lambda content: content['annotations'][1].pop('cutout'))
    assert build(tmp_path)[0]['cutouts'] == ()
