"""Photo in, mattes out."""

import numpy as np
import pytest
import torch
from PIL import Image

from sosmatting.apis import Matter, choose_device
from sosmatting.exceptions import InputError

LOUD = [
    'model.mask_head.test_cfg.score_thr=0.005',
    'model.mask_head.test_cfg.filter_thr=0.0',
    'model.mask_head.test_cfg.max_per_img=7',
]


@pytest.fixture(scope='module')
def matter():
    return Matter('soso_mini', 'random', device='cpu', options=LOUD)


def picture(height=90, width=120):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_mattes_have_the_photos_size(matter):
    image = picture()
    mattes = matter(image)
    assert len(mattes) == 7
    assert mattes.alphas.shape == (7, 90, 120) and mattes.alphas.dtype == np.uint8
    assert np.array_equal(mattes.image, image)
    assert (np.diff(mattes.scores) <= 0).all()
    assert set(mattes.names) <= set(matter.classes)
    assert mattes.boxes.shape == (7, 4) and mattes.areas.shape == (7,)


def test_file_and_array_give_the_same(matter, tmp_path):
    Image.fromarray(picture()).save(tmp_path / 'a.png')
    one, other = matter(tmp_path / 'a.png'), matter(picture())
    assert np.array_equal(one.alphas, other.alphas)
    assert np.array_equal(one.scores, other.scores)


def test_the_same_seed_gives_the_same_network():
    first = Matter('soso_mini', 'random', device='cpu', options=LOUD, seed=1)(picture())
    second = Matter('soso_mini', 'random', device='cpu', options=LOUD, seed=1)(picture())
    assert np.array_equal(first.alphas, second.alphas)


def test_sixteen_bits():
    deep = Matter('soso_mini', 'random', options=[*LOUD, 'model.mask_head.test_cfg.alpha_bits=16'])(
        picture()
    )
    assert deep.alphas.dtype == np.uint16 and deep.alphas.max() > 255


def test_no_instance_is_a_valid_answer():
    mattes = Matter('soso_mini', 'random', options=['model.mask_head.test_cfg.score_thr=0.9'])(
        picture()
    )
    assert len(mattes) == 0 and mattes.alphas.shape == (0, 90, 120)


@pytest.mark.parametrize('size', [(1, 1), (1, 300), (33, 700)])
def test_odd_sizes(matter, size):
    assert matter(picture(*size)).alphas.shape[1:] == size


@pytest.mark.parametrize(
    'wrong', [np.zeros((5, 5)), np.zeros((5, 5, 3), np.float32), np.zeros((0, 5, 3), np.uint8)]
)
def test_wrong_arrays_are_refused(matter, wrong):
    with pytest.raises(InputError, match='uint8 or uint16'):
        matter(wrong)


def test_a_file_that_is_none(matter, tmp_path):
    with pytest.raises(InputError, match='gone'):
        matter(tmp_path / 'gone.jpg')


def test_devices():
    assert choose_device('cpu') == torch.device('cpu')
    with pytest.raises(InputError, match='no such kind'):
        choose_device('toaster')
    if not torch.cuda.is_available():
        assert choose_device('auto') == torch.device('cpu')
        with pytest.raises(InputError, match='0 CUDA devices'):
            choose_device('cuda')


def test_hard_baselines_answer_in_the_same_form():
    options = ['model.backbone.init_cfg=None', 'test_dataloader.dataset.pipeline.1.scale=(160,160)']
    mattes = Matter('solov2', 'random', device='cpu', options=options)(picture())
    assert mattes.alphas.shape[1:] == (90, 120)
    mattes = Matter('solo', 'random', device='cpu', options=options)(picture())
    assert mattes.alphas.shape[1:] == (90, 120) and mattes.alphas.dtype == np.uint8
