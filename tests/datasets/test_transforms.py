"""Soft mattes through whole pipelines, into the batch that the network sees."""

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmdet.registry import MODELS
from mmengine.dataset import pseudo_collate

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from tests.datasets.sets import write_coco, write_sofi200
from tests.datasets.test_coco import build as build_coco
from tests.datasets.test_sofi200 import build as build_sofi

TRAIN = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(96, 96), ratio_range=(0.6, 1.4), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Pad', size=(160, 160)),
    dict(type='PhotoMetricDistortion'),
    dict(type='SettleMattes', min_area=4),
    dict(type='PackMattes'),
]


def test_mean_alpha_survives_the_whole_pipeline(tmp_path):
    write_sofi200(tmp_path)
    truth = build_sofi(tmp_path)[0]['gt_masks']
    share = truth.areas / (truth.height * truth.width)
    dataset = build_sofi(tmp_path, pipeline=TRAIN)
    preprocessor = MODELS.build(
        dict(type='DetDataPreprocessor', pad_mask=True, pad_size_divisor=32)
    )
    for seed in range(8):
        np.random.seed(seed)
        sample = dataset[0]
        batch = preprocessor(pseudo_collate([sample, dataset[1]]), training=True)
        size = sample['data_samples'].metainfo['img_shape']
        mattes = batch['data_samples'][0].gt_instances.masks
        alphas = mattes.to_tensor(torch.float32, 'cpu')
        assert alphas.shape[1:] == batch['inputs'].shape[2:]
        scale = sample['data_samples'].metainfo['scale_factor']
        found = alphas.sum((1, 2)) / (48 * 64 * scale[0] * scale[1])
        assert found.numpy() == pytest.approx(share, rel=0.01)
        assert size == (160, 160)
        levels = np.unique(mattes.alphas)
        assert len(levels) > 15  # still a ramp, never 0 / 255


def test_flip_moves_photo_and_mattes_together(tmp_path):
    write_sofi200(tmp_path)
    load = [dict(type='LoadPhoto'), dict(type='LoadMattes')]
    plain = build_sofi(tmp_path, pipeline=load)[0]
    flipped = build_sofi(tmp_path, pipeline=[*load, dict(type='RandomFlip', prob=1.0)])[0]
    assert np.array_equal(flipped['img'], plain['img'][:, ::-1])
    assert np.array_equal(flipped['gt_masks'].alphas, plain['gt_masks'].alphas[:, :, ::-1])


def test_crop_cuts_photo_mattes_and_boxes_alike(tmp_path):
    write_sofi200(tmp_path)
    pipeline = [
        dict(type='LoadPhoto'),
        dict(type='LoadMattes'),
        dict(type='RandomCrop', crop_size=(32, 24), allow_negative_crop=True),
        dict(type='SettleMattes', min_area=10),
    ]
    whole = build_sofi(tmp_path)[0]
    for seed in range(10):
        np.random.seed(seed)
        cut = build_sofi(tmp_path, pipeline=pipeline)[0]
        assert cut['img'].shape == (24, 32, 3) or cut['img'].shape == (32, 24, 3)
        places = [
            (y, x)
            for y in range(49 - cut['img'].shape[0])
            for x in range(65 - cut['img'].shape[1])
            if np.array_equal(
                whole['img'][y : y + cut['img'].shape[0], x : x + cut['img'].shape[1]], cut['img']
            )
        ]
        ((y, x),) = places
        window = whole['gt_masks'].alphas[
            :, y : y + cut['img'].shape[0], x : x + cut['img'].shape[1]
        ]
        kept = [alpha for alpha in window if alpha.sum() / 255 >= 10]
        assert len(kept) == len(cut['gt_masks']) == len(cut['gt_bboxes_labels'])
        for alpha, found, box in zip(
            kept, cut['gt_masks'].alphas, cut['gt_bboxes'].tensor, strict=True
        ):
            assert np.array_equal(alpha, found)
            columns = np.flatnonzero((alpha > 25).any(0))
            assert box[0] == columns[0] and box[2] == columns[-1] + 1


def test_truth_keeps_its_size_in_test(tmp_path):
    write_sofi200(tmp_path)
    pipeline = [
        dict(type='LoadPhoto'),
        dict(type='Resize', scale=(40, 40), keep_ratio=True),
        dict(type='LoadMattes'),
        dict(type='PackMattes'),
    ]
    sample = build_sofi(tmp_path, pipeline=pipeline)[0]
    assert sample['inputs'].shape == (3, 30, 40)
    assert sample['data_samples'].gt_instances.masks.alphas.shape == (2, 48, 64)
    assert sample['data_samples'].ori_shape == (48, 64)


def test_every_sample_says_what_it_teaches(tmp_path):
    write_sofi200(tmp_path / 'a')
    write_coco(tmp_path / 'b')
    soft = build_sofi(tmp_path / 'a', pipeline=TRAIN)[0]['data_samples']
    hard = build_coco(tmp_path / 'b', pipeline=TRAIN, complete=['cat'])[0]['data_samples']
    assert (soft.source, soft.matte, soft.complete_labels) == ('sofi200', 'soft', ())
    assert (hard.source, hard.matte, hard.complete_labels) == ('coco', 'hard', (1,))


def test_a_given_picture_needs_no_file():
    picture = np.zeros((10, 12, 3), np.uint8)
    result = Compose([dict(type='LoadPhoto')])(dict(img=picture[:, :, ::-1], img_path='x'))
    assert result['ori_shape'] == (10, 12) and result['img'].flags.c_contiguous


def test_a_photo_of_another_size_than_annotated(tmp_path):
    content = write_sofi200(tmp_path)
    content['images'][0]['width'] = 99
    from tests.datasets.sets import save

    save(tmp_path, content)
    with pytest.raises(InputError, match=r'photo_0\.jpg: is 64 x 48 pixels, .* 99 x 48'):
        build_sofi(tmp_path)[0]
