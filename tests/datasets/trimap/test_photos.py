"""Photos with given trimaps, in alphamatting.com's layout."""

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import DATASETS

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from tests.functional.test_classical import picture


def write_alphamatting(root, names=('GT01', 'GT02')):
    """Write the published layout below ``root``: the soft disc under every name."""
    image, trimap, truth = picture()
    wider = trimap.copy()
    wider[:3] = 128
    for name in names:
        for folder, pixels in (
            ('input_training_lowres', image[..., ::-1]),
            ('gt_training_lowres', np.repeat(np.round(truth * 255)[..., None], 3, 2)),
            ('trimap_training_lowres/Trimap1', trimap),
            ('trimap_training_lowres/Trimap2', wider),
        ):
            (root / folder).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / folder / f'{name}.png'), pixels.astype(np.uint8))
    return root


def dataset(root, **options):
    return DATASETS.build(dict(type='TrimapPhotos', data_root=str(root), **options))


def test_photo_trimap_and_alpha(tmp_path):
    made = dataset(write_alphamatting(tmp_path))
    image, trimap, truth = picture()
    assert len(made) == 2 and made.metainfo['classes'] == ('object',)
    data = made[1]
    sample = data['data_samples']
    assert torch.equal(data['inputs'][:3], torch.from_numpy(image).permute(2, 0, 1))
    assert torch.equal(data['inputs'][3], torch.from_numpy(trimap))
    assert (sample.gt_alpha[0].numpy() == np.round(truth * 255)).all()
    assert sample.img_path.endswith('GT02.png') and sample.ori_shape == (40, 48)
    assert 'gt_foreground' not in sample
    wider = dataset(tmp_path, trimap_set='Trimap2', names=('GT02',))
    assert len(wider) == 1 and (wider[0]['inputs'][3][:3] == 128).all()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(source='nothing'), 'use one of'),
        (dict(split='test'), "split='test'"),
        (dict(trimap_set='Trimap9'), 'Trimap9/GT01.png: no trimap'),
        (dict(names=('GT77',)), 'GT77'),
    ],
)
def test_what_is_missing_is_named(tmp_path, options, words):
    write_alphamatting(tmp_path)
    with pytest.raises(InputError, match=words):
        dataset(tmp_path, **options)


def test_a_wrong_trimap_is_named(tmp_path):
    root = write_alphamatting(tmp_path)
    cv2.imwrite(str(root / 'trimap_training_lowres/Trimap1/GT01.png'), np.zeros((40, 48), np.uint8))
    with pytest.raises(InputError, match=r'Trimap1/GT01\.png: no pixel is unknown'):
        dataset(root)[0]
