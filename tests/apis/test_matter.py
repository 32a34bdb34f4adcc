"""Photo in, mattes out."""

import copy
import gc
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from mmcv.cnn.utils import fuse_conv_bn
from mmdet.registry import MODELS
from mmengine.registry import DefaultScope
from PIL import Image, ImageCms

from sosmatting import checkpoints
from sosmatting.apis import Matter, PhotoMattes
from sosmatting.engine.launch import load_config
from sosmatting.exceptions import InputError
from sosmatting.files import load_photo

ROOT = Path(__file__).resolve().parents[2]
LOUD = [
    'model.mask_head.test_cfg.score_thr=0.005',
    'model.mask_head.test_cfg.filter_thr=0.0',
    'model.mask_head.test_cfg.max_per_img=7',
    'test_dataloader.dataset.pipeline.1.scale=(160,160)',
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


def test_hard_baselines_answer_in_the_same_form():
    options = ['model.backbone.init_cfg=None', 'test_dataloader.dataset.pipeline.1.scale=(160,160)']
    mattes = Matter('solov2', 'random', device='cpu', options=options)(picture())
    assert mattes.alphas.shape[1:] == (90, 120)
    mattes = Matter('solo', 'random', device='cpu', options=options)(picture())
    assert mattes.alphas.shape[1:] == (90, 120) and mattes.alphas.dtype == np.uint8


def test_whatever_holds_the_photo_the_result_is_the_same(matter, tmp_path):
    image = picture()
    path = tmp_path / 'a.png'
    Image.fromarray(image).save(path)
    expected = matter(image)
    forms = [path, str(path), path.read_bytes(), Image.fromarray(image), load_photo(path)]
    forms += [np.dstack([image, np.full((90, 120), 255, np.uint8)]), image.astype(np.uint16) * 257]
    for form in forms:
        found = matter(form)
        assert isinstance(found, PhotoMattes)
        assert np.array_equal(found.alphas, expected.alphas)
        assert np.array_equal(found.scores, expected.scores)
    grey = matter(image[..., 0])
    assert np.array_equal(grey.alphas, matter(np.repeat(image[..., :1], 3, 2)).alphas)


def test_profile_resolution_and_bits_come_along(matter, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    Image.fromarray(picture()).save(tmp_path / 'a.tif', icc_profile=profile, dpi=(240, 120))
    found = matter(tmp_path / 'a.tif')
    assert found.icc_profile == profile and found.dpi == (240, 120)
    deep = picture().astype(np.uint16) * 255
    assert np.array_equal(matter(deep).deep, deep)


def test_lists_and_iterators(matter):
    images = [picture(60 + i, 80) for i in range(5)]
    single = [matter(image) for image in images]
    listed = matter(images, batch_size=2)
    assert isinstance(listed, list) and len(listed) == 5
    assert isinstance(matter(tuple(images[:1])), list) and matter([]) == []
    taken = []

    def source():
        for i, image in enumerate(images):
            taken.append(i)
            yield image

    results = matter(source(), batch_size=2)
    assert isinstance(results, Iterator) and taken == []
    first = next(results)
    assert taken == [0, 1], 'no further than the batch'
    for one, many, streamed in zip(single, listed, [first, *results], strict=True):
        assert_close(one, many)
        assert_close(one, streamed)
        assert many.alphas.shape[1:] == one.image.shape[:2]


def assert_close(one, other):
    """Batches round differently: by the last bits of float32, at most a step of 255."""
    assert len(one) == len(other)
    assert np.array_equal(one.labels, other.labels)
    assert np.abs(one.scores - other.scores).max() < 1e-4
    assert np.abs(one.alphas.astype(int) - other.alphas).max() <= 1


def test_only_photos_of_one_padded_size_go_together(matter, monkeypatch):
    groups = []
    real = matter.model.test_step

    def spy(data):
        groups.append([tuple(each.shape) for each in data['inputs']])
        return real(data)

    monkeypatch.setattr(matter.model, 'test_step', spy)
    sizes = [(80, 100), (100, 80), (79, 100), (100, 79)]
    results = matter([picture(*size) for size in sizes], batch_size=4)
    assert [result.image.shape[:2] for result in results] == sizes
    assert len(groups) == 2 and sorted(map(len, groups)) == [2, 2]


def test_nothing_is_kept_of_a_stream(matter):
    alive = []

    def source():
        for i in range(6):
            image = picture(40, 50 + i)
            alive.append(weakref.ref(image))
            yield image
            del image

    for seen, _ in enumerate(matter(source())):
        gc.collect()
        assert sum(ref() is not None for ref in alive) <= 2, seen


def test_an_unreadable_photo_ends_a_stream_after_what_came_before(matter, tmp_path):
    results = matter(iter([picture(), picture(), tmp_path / 'gone.jpg', picture()]), batch_size=3)
    assert len(next(results)) == len(next(results)) == 7
    with pytest.raises(InputError, match=r'gone\.jpg: no such file'):
        next(results)
    with pytest.raises(InputError, match='batch_size: 0'):
        matter([picture()], batch_size=0)
    with pytest.raises(InputError, match=r'a photo must be a file.*not NoneType'):
        matter(None)
    with pytest.raises(InputError, match='not NoneType'):
        matter([None])


def test_several_threads_get_what_one_gets(matter):
    """Also while another thread builds a model, and leaves mmengine's scope as it likes."""
    images = [picture(70 + 3 * i, 90) for i in range(6)]
    expected = [matter(image) for image in images]
    failures = []

    def build():
        with DefaultScope.overwrite_default_scope('mmengine'):
            time.sleep(0.2)
        Matter('soso_mini', 'random', 'cpu', options=LOUD)

    def use(start):
        for step in range(6):
            i = (start + step) % 6
            found = matter(images[i])
            same = np.array_equal(found.alphas, expected[i].alphas)
            if not same or not np.array_equal(found.scores, expected[i].scores):
                failures.append(i)

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(build), *(pool.submit(use, start) for start in range(4))]
        for job in jobs:
            job.result(timeout=120)
    assert not failures


def test_bfloat16_is_near(matter):
    image = picture()
    found = Matter('soso_mini', 'random', 'cpu', options=LOUD, amp=True)(image)
    plain = matter(image)
    assert len(found) == len(plain)
    assert np.abs(found.scores - plain.scores).max() < 0.02
    assert found.alphas.dtype == np.uint8


def test_too_many_pixels(matter):
    small = Matter('soso_mini', 'random', 'cpu', max_pixels=1000)
    with pytest.raises(InputError, match=r'120 x 90 = 10,800 pixels, more than the limit of 1,000'):
        small(picture())
    with pytest.raises(InputError, match='1 x 3000 pixels are too narrow'):
        matter(picture(3000, 1))


def test_out_of_memory_is_one_line_and_batches_are_split(matter, monkeypatch):
    real, sizes = matter.model.test_step, []

    def small(data):
        sizes.append(len(data['inputs']))
        if sizes[-1] > 1:
            raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB')
        return real(data)

    monkeypatch.setattr(matter.model, 'test_step', small)
    assert [len(each) for each in matter([picture(), picture()], batch_size=2)] == [7, 7]
    assert sizes == [2, 1, 1]

    def never(data):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 99 bytes")

    monkeypatch.setattr(matter.model, 'test_step', never)
    with pytest.raises(InputError, match='120 x 90 pixels do not fit into the memory'):
        matter(picture())

    def fault(data):
        raise RuntimeError('shapes differ')

    monkeypatch.setattr(matter.model, 'test_step', fault)
    with pytest.raises(RuntimeError, match='shapes differ'):
        matter(picture())


def test_fingerprints_tell_models_apart(matter):
    def fingerprint(**changes):
        return Matter('soso_mini', 'random', 'cpu', **{'options': LOUD, **changes}).fingerprint()

    assert fingerprint() == matter.fingerprint()
    others = [fingerprint(seed=1), fingerprint(options=LOUD[1:]), fingerprint(alpha_bits=16)]
    others.append(fingerprint(amp=True))
    assert len({*others, matter.fingerprint()}) == 5


def plain_network(matter):
    """Build the network of a matter as training builds it, with its random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = MODELS.build(matter.config.model)
        network.init_weights()
    return network.eval()


def test_folded_normalisation_changes_nothing_but_the_cost(matter):
    network = plain_network(matter)
    statistics = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1, generator=statistics)
            module.running_var.uniform_(0.5, 2, generator=statistics)
    folded = fuse_conv_bn(copy.deepcopy(network))
    image = torch.randn(1, 3, 96, 128, generator=statistics)
    with torch.inference_mode():
        for plain, other in zip(network(image), folded(image), strict=True):
            assert torch.allclose(plain, other, rtol=1e-3, atol=1e-4 * float(plain.abs().max()))
    norms = [m for m in matter.model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert not norms, 'matter left some normalisation unfolded'


def test_the_weights_of_the_package_are_the_default(matter, tmp_path, monkeypatch):
    network = plain_network(matter)
    monkeypatch.setattr(checkpoints, 'PACKAGED', tmp_path)
    with pytest.raises(
        InputError, match=r'^soso_mini_twice: no weights .*--checkpoint.* or random'
    ):
        Matter()
    weights = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    safetensors.torch.save_file(weights, tmp_path / 'soso_mini.safetensors')
    with pytest.raises(InputError, match=r'soso_mini.safetensors: .* looks once.*soso_mini'):
        Matter(device='cpu', options=LOUD)
    config = load_config('soso_mini_twice')
    again = MODELS.build(config.model.second_look)
    weights |= {f'second_look.{k}': v.half().contiguous() for k, v in again.state_dict().items()}
    safetensors.torch.save_file(weights, tmp_path / 'soso_mini.safetensors')
    default = Matter(device='cpu', options=LOUD)
    assert default.name == 'soso_mini_twice'
    assert repr(default).startswith("Matter('soso_mini_twice', '") and "device='cpu'" in repr(
        default
    )
    kept = default.model.mask_head.state_dict()
    given = {name: weights[f'mask_head.{name}'] for name in kept}
    assert all(torch.equal(kept[name], value.to(kept[name])) for name, value in given.items())
    (tmp_path / 'mine.py').write_text(f"_base_ = ['{ROOT}/configs/soso_mini.py']\n")
    with pytest.raises(InputError, match=r'mine\.py: no weights'):
        Matter(tmp_path / 'mine.py')
    with pytest.raises(InputError, match='alpha_bits: 10'):
        Matter('soso_mini', 'random', alpha_bits=10)
