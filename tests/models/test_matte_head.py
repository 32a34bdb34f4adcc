"""The head against mmdet's SOLOv2, its losses, and its bounds."""

import resource
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample

from sosmatting.models.matte_inference import MatteDecoder
from tests.models.networks import TEST_CFG, build_mmdet_solov2, build_soso, sample_of
from tests.models.test_matte_targets import discs


def blank_samples(metas):
    samples = []
    for meta in metas:
        sample = DetDataSample()
        sample.set_metainfo(dict(meta))
        samples.append(sample)
    return samples


def loud(model):
    """Give a random network large enough outputs for tens of detections."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.mask_head.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.08, generator=generator)
        model.mask_head.conv_cls.bias.fill_(-2.0)
    return model


def test_keys_and_shapes_are_mmdets():
    ours = build_soso({}).state_dict()
    peer = build_mmdet_solov2().state_dict()
    shapes = {k: v.shape for k, v in ours.items() if not k.startswith('low_level.')}
    assert shapes == {k: v.shape for k, v in peer.items()}


@pytest.mark.parametrize('kernel', ['gaussian', 'linear'])
def test_prediction_equals_mmdet(kernel):
    peer = loud(build_mmdet_solov2())
    peer.mask_head.test_cfg.kernel = kernel
    options = dict(TEST_CFG, kernel=kernel, upsample='alpha')
    ours = build_soso(test_cfg=options)
    ours.load_state_dict(peer.state_dict())
    metas = [
        dict(img_shape=(180, 250), ori_shape=(205, 283), batch_input_shape=(192, 256)),
        dict(img_shape=(192, 200), ori_shape=(192, 200), batch_input_shape=(192, 256)),
    ]
    images = torch.randn(2, 3, 192, 256, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = ours.predict(images, blank_samples(metas))
        expected = peer.predict(images, blank_samples(metas))
    for one, other, meta in zip(found, expected, metas, strict=True):
        mine, theirs = one.pred_instances, other.pred_instances
        assert len(mine) == len(theirs) >= 20
        assert torch.allclose(mine.scores, theirs.scores, atol=1e-6)
        assert torch.equal(mine.labels, theirs.labels)
        assert mine.alphas.shape[1:] == meta['ori_shape']
        assert torch.equal(mine.alphas >= 128, theirs.masks)


def test_logits_grown_instead_of_alphas_move_only_the_contour():
    peer = loud(build_mmdet_solov2())
    ours = build_soso({}, test_cfg=dict(TEST_CFG))  # a low-level module whose V is still 0
    ours.load_state_dict(peer.state_dict(), strict=False)
    meta = dict(img_shape=(192, 256), ori_shape=(192, 256), batch_input_shape=(192, 256))
    image = torch.randn(1, 3, 192, 256, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        mine = ours.predict(image, blank_samples([meta]))[0].pred_instances
        theirs = peer.predict(image, blank_samples([meta]))[0].pred_instances
    assert torch.allclose(mine.scores, theirs.scores, atol=1e-6)
    assert torch.equal(mine.labels, theirs.labels)
    assert ((mine.alphas >= 128) == theirs.masks).float().mean() > 0.97


def test_boxes_and_areas_describe_the_mattes():
    model = loud(build_soso({}))
    meta = dict(img_shape=(96, 96), ori_shape=(144, 120))
    with torch.no_grad():
        found = model.predict(torch.randn(1, 3, 96, 96), blank_samples([meta]))[0].pred_instances
    assert len(found) > 5
    for alpha, box, area in zip(found.alphas.numpy(), found.bboxes, found.areas, strict=True):
        ys, xs = np.nonzero(alpha >= 128)
        if len(ys):
            edges = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
            assert np.abs(np.array(edges) - box.numpy()).max() <= 1
        assert area.item() == pytest.approx(alpha.sum() / 255, rel=0.01, abs=5)
        assert not ((alpha > 0) & (alpha < 1)).any()


def test_nothing_found_has_the_types_of_something():
    model = build_soso({}, test_cfg=dict(TEST_CFG, score_thr=0.999))
    meta = dict(img_shape=(90, 100), ori_shape=(45, 50))
    with torch.no_grad():
        found = model.predict(torch.randn(1, 3, 96, 128), blank_samples([meta]))[0].pred_instances
    assert found.alphas.shape == (0, 45, 50) and found.alphas.dtype == torch.uint8
    assert found.labels.dtype == torch.int64 and found.scores.dtype == torch.float32
    assert found.bboxes.shape == (0, 4) and found.areas.shape == (0,)


def test_sixteen_bits_refine_eight():
    image, meta = torch.randn(1, 3, 96, 96), dict(img_shape=(96, 96), ori_shape=(96, 96))
    fine = loud(build_soso({}, test_cfg=dict(TEST_CFG, alpha_bits=16)))
    coarse = loud(build_soso({}))
    with torch.no_grad():
        deep = fine.predict(image, blank_samples([meta]))[0].pred_instances.alphas
        flat = coarse.predict(image, blank_samples([meta]))[0].pred_instances.alphas
    assert deep.max() > 255 and deep.max() <= 65535
    assert ((deep / 257.0).round() - flat.float()).abs().max() <= 1


def losses_of(model, samples, seed=0):
    torch.manual_seed(seed)
    height, width = samples[0].metainfo['batch_input_shape']
    images = torch.randn(len(samples), 3, height, width)
    return model.loss(images, samples)


def test_losses_are_finite_and_reach_every_trained_weight():
    rng = np.random.default_rng(0)
    model = build_soso({}).train()
    soft = sample_of(discs(rng, 3, (96, 96), (8, 30)), matte='soft', complete=())
    hard = sample_of(discs(rng, 2, (96, 96), (8, 30)), matte='hard')
    losses = losses_of(model, [hard, soft])
    names = {'loss_cate', 'loss_dice', 'loss_mse', 'loss_dice_detail', 'loss_mse_detail'}
    assert set(losses) == names | {'without_cell'}
    assert all(torch.isfinite(value) for value in losses.values())
    sum(losses[name] for name in names).backward()
    without = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


@pytest.mark.parametrize('matte', ['soft', 'hard', 'none'])
@pytest.mark.parametrize('low_level', [None, {}])
def test_a_batch_without_instances_still_reaches_every_trained_weight(matte, low_level):
    model = build_soso(low_level, freeze_category=True).train()
    empty = sample_of(np.zeros((0, 64, 64), np.uint8), matte=matte, complete=())
    losses = losses_of(model, [empty, empty])
    total = sum(value for name, value in losses.items() if name.startswith('loss'))
    total.backward()
    assert torch.isfinite(total)
    without = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


def test_frozen_category_branch_passes_its_loss_on():
    rng = np.random.default_rng(0)
    model = build_soso({}, freeze_category=True).train()
    hard = sample_of(discs(rng, 3, (96, 96), (8, 30)), matte='none')
    losses_of(model, [hard])['loss_cate'].backward()
    for name, parameter in model.mask_head.named_parameters():
        if name.startswith(('cls_convs', 'conv_cls')):
            assert parameter.grad is None
    assert model.neck.lateral_convs[0].conv.weight.grad.abs().sum() > 0
    assert model.backbone.conv1.weight.grad.abs().sum() > 0


def test_unlabelled_categories_get_no_gradient():
    rng = np.random.default_rng(0)
    model = build_soso().train()
    sample = sample_of(discs(rng, 2, (96, 96)), torch.tensor([1, 1]), complete=(1,))
    losses_of(model, [sample])['loss_cate'].backward()
    gradient = model.mask_head.conv_cls.bias.grad
    assert gradient[1] != 0
    assert (gradient[[0, 2, 3]] == 0).all()


def test_a_true_matte_costs_nothing():
    # Kernels that draw the truth: one mask-feature channel is the logit of the matte itself.
    alphas = np.zeros((1, 64, 64), np.uint8)
    alphas[0, 16:48, 16:48] = 255
    head = build_soso().mask_head
    targets = head.targets([sample_of(alphas)], torch.device('cpu'), 4, None)
    feature = torch.zeros(1, 32, 16, 16)
    feature[0, 0] = (targets[0].coarse[0] * 2 - 1) * 30
    kernels = torch.zeros(1, sum(g * g for g in head.num_grids), 32)
    kernels[..., 0] = 1.0
    losses = head.losses.coarse(kernels, feature, targets)
    assert losses['loss_mse'] < 1e-6 and losses['loss_dice'] < 1e-4
    wrong = head.losses.coarse(-kernels, feature, targets)
    assert wrong['loss_mse'] == pytest.approx(10.0, rel=1e-3)
    assert wrong['loss_dice'] == pytest.approx(3.0, rel=1e-2)


def test_detail_losses_have_a_weight_of_their_own():
    rng = np.random.default_rng(0)
    alphas = discs(rng, 2, (64, 64), (6, 20))
    full, small = (
        losses_of(build_soso({}, detail_weight=weight).train(), [sample_of(alphas)])
        for weight in (1.0, 0.2)
    )
    for name, value in full.items():
        factor = 0.2 if name.endswith('_detail') else 1.0
        assert small[name].item() == pytest.approx(factor * value.item(), rel=1e-5)


@pytest.mark.parametrize('left_out', ['loss_dice', 'loss_mse'])
def test_a_loss_left_out_is_gone(left_out):
    rng = np.random.default_rng(0)
    model = build_soso({}, **{left_out: None}).train()
    losses = losses_of(model, [sample_of(discs(rng, 2, (64, 64), (6, 20)))])
    assert not [name for name in losses if name.startswith(left_out)]
    with pytest.raises(ValueError, match='loss_dice or loss_mse'):
        build_soso({}, loss_dice=None, loss_mse=None)


def test_losses_stay_in_float32_under_autocast():
    rng = np.random.default_rng(0)
    model = build_soso({}).train()
    with torch.autocast('cpu', torch.bfloat16):
        losses = losses_of(model, [sample_of(discs(rng, 2, (64, 64), (6, 20)))])
    assert {value.dtype for value in losses.values()} == {torch.float32}


@pytest.mark.parametrize('size', [(97, 131), (33, 64)])
def test_sides_that_32_does_not_divide(size):
    model = loud(build_soso({}))
    data = dict(
        inputs=[torch.randint(0, 256, (3, *size), dtype=torch.uint8)],
        data_samples=blank_samples([dict(img_shape=size, ori_shape=size)]),
    )
    (sample,) = model.test_step(data)
    assert sample.pred_instances.alphas.shape[1:] == size


def test_floor_and_ceiling_touch_what_lies_beyond_them_alone():
    grids = (4, 4, 4, 4, 4)
    torch.manual_seed(1)
    scores, kernels = torch.rand(80, 2) / 2 + 0.4, torch.randn(80, 8)
    feature = torch.randn(8, 8, 8)
    options = dict(alpha_bits=16, score_thr=0.1, filter_thr=0.0, nms_pre=5)
    args = (scores, kernels, feature, None, None, (32, 32), (32, 32))
    plain = MatteDecoder(grids, (8,) * 5, 4, alpha_floor=0.0, **options)(*args).alphas
    cut = MatteDecoder(grids, (8,) * 5, 4, alpha_floor=0.2, alpha_ceiling=0.9, **options)(*args)
    low, high = plain < round(0.2 * 65535), plain > round(0.9 * 65535)
    assert len(plain) and low.any() and high.any() and not (low | high).all()
    assert (cut.alphas[low] == 0).all() and (cut.alphas[high] == 65535).all()
    assert torch.equal(cut.alphas[~low & ~high], plain[~low & ~high])


FLOOD = """
import resource, torch, sosmatting
from tests.models.networks import HEAD, TEST_CFG
from sosmatting.models.matte_inference import MatteDecoder
torch.set_num_threads(2)
grids, strides = (40, 36, 24, 16, 12), (8, 8, 16, 32, 32)
decoder = MatteDecoder(grids, strides, 4, **TEST_CFG)
scores = torch.rand(3872, 80) * 0.5 + 0.5
kernels, feature = torch.randn(3872, 256) * 0.1, torch.randn(256, 160, 160)
low, expand = torch.rand(16, 640, 640), torch.randn(256, 16) * 0.1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert int((scores > 0.1).sum()) == 3872 * 80
found = decoder(scores, kernels, feature, low, expand, (640, 640), (640, 640))
assert len(found) > 0, len(found)
print('added', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_is_bounded_when_every_cell_fires():
    assert resource.getpagesize() > 0  # a Unix machine: ru_maxrss is in KiB
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', FLOOD], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    added = int(done.stdout.rsplit('added', 1)[1])
    assert added < 2 * 1024 * 1024  # 2 GiB


def test_branches_that_an_image_teaches_nothing_are_skipped_without_a_difference():
    rng = np.random.default_rng(0)
    samples = [
        sample_of(discs(rng, 3, (96, 96), (8, 30)), matte='hard', complete=range(4)),
        sample_of(discs(rng, 3, (96, 96), (8, 30)), matte='soft', complete=()),
        sample_of(discs(rng, 2, (96, 96), (8, 30)), matte='none', complete=(1,)),
    ]
    images = torch.randn(3, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    results = []
    for whole in (False, True):
        model = build_soso({}).train()
        torch.manual_seed(3)
        if whole:
            losses = model.mask_head.loss_by_feat(*model._forward(images), samples, range(3))
        else:
            losses = model.loss(images, samples)
        sum(value for name, value in losses.items() if name.startswith('loss')).backward()
        gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        results.append((losses, gradients))
    (losses, gradients), (expected, expected_gradients) = results
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value.item(), rel=1e-5)
    assert set(gradients) == set(expected_gradients)
    for name, gradient in expected_gradients.items():
        assert torch.allclose(gradients[name], gradient, rtol=1e-3, atol=1e-6), name


def test_one_object_taken_for_two_things_is_one_matte_if_asked():
    grids = (4, 4, 4, 4, 4)
    ys, xs = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing='ij')
    disc, other = ((xs - 5) ** 2 + (ys - 5) ** 2 < 12), ((xs - 12) ** 2 + (ys - 12) ** 2 < 9)
    feature = torch.stack([disc, other]).float() * 20 - 10
    kernels = torch.zeros(80, 2)
    kernels[0], kernels[1] = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    kernels[0, 1], kernels[1, 0] = 1e-3, 1e-3
    scores = torch.zeros(80, 3)
    scores[0] = torch.tensor([0.9, 0.8, 0.0])  # one disc, two categories
    scores[1, 2] = 0.7
    found = {}
    for agnostic in (False, True):
        decoder = MatteDecoder(grids, (8,) * 5, 4, class_agnostic=agnostic, filter_thr=0.3)
        result = decoder(scores, kernels, feature, None, None, (64, 64), (64, 64))
        found[agnostic] = sorted(result.labels.tolist())
    # exp(-2) of 0.8 is below 0.3.
    assert found == {False: [0, 1, 2], True: [0, 2]}
