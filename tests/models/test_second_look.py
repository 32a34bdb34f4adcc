"""The second look: what it is taught, what it leaves alone, and where its mattes go."""

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

import sosmatting.register  # noqa: F401
from sosmatting.exceptions import InputError
from sosmatting.models.look_crops import LookCrops
from sosmatting.models.look_losses import soft_overlap
from sosmatting.models.look_settling import AlphaSettler
from sosmatting.models.look_targets import View
from sosmatting.models.second_look import SecondLook
from sosmatting.structures import SoftMattes
from tests.models.networks import BACKBONE, HEAD, LOSSES, NECK, TEST_CFG, sample_of
from tests.models.test_matte_head import loud

LOOK = dict(
    type='SecondLook',
    backbone=dict(
        type='MobileNetV2',
        frozen_stages=2,
        out_indices=(0, 1, 2, 4, 7),
        norm_cfg=dict(type='BN', requires_grad=False),
        norm_eval=True,
    ),
    num_classes=4,
    channels=(8, 8, 8, 8),
    sides=(64, 96),
    crops=(8, 4),
)


def build_look(seed=0, **options) -> SecondLook:
    torch.manual_seed(seed)
    look = MODELS.build({**LOOK, **options})
    look.init_weights()
    return look.eval()


def draw_nothing(look):
    for layer in (look.edges.draw, look.edges.rough):
        torch.nn.init.zeros_(layer.weight)


def judge(look, *logits, worth=0.0):
    for rating in (look.judge, look.worth):
        torch.nn.init.zeros_(rating.weight)
    with torch.no_grad():
        look.judge.bias.copy_(torch.tensor(logits))
        look.worth.bias.fill_(worth)


def build_twice(**options):
    torch.manual_seed(0)
    head = dict(HEAD, type='MatteHead', test_cfg=dict(TEST_CFG), **LOSSES)
    look = {**LOOK, **options}
    model = MODELS.build(
        dict(type='SOSO', backbone=BACKBONE, neck=NECK, mask_head=head, second_look=look)
    )
    model.second_look.init_weights()
    return loud(model)


def disc(hw, centre, radius):
    """A disc with an edge of 2 px, uint8."""
    y, x = np.mgrid[: hw[0], : hw[1]] + 0.5
    far = np.hypot(x - centre[0], y - centre[1])
    return (np.clip((radius + 1 - far) / 2, 0, 1) * 255).round().astype(np.uint8)


def found(*alphas, scores=None):
    stored = torch.from_numpy(np.stack(alphas))
    scores = torch.linspace(0.9, 0.5, len(stored)) if scores is None else torch.as_tensor(scores)
    return InstanceData(
        alphas=stored, scores=scores, labels=torch.zeros(len(stored), dtype=torch.long)
    )


def four_discs(last):
    """Four mattes, of which the first two show the same; the last has a score of its own."""
    places = [((16, 14), 9), ((17, 14), 9), ((60, 44), 11), ((36, 52), 7)]
    return found(*(disc((64, 80), *place) for place in places), scores=[0.9, 0.8, 0.7, last])


def twice_as_large(alpha):
    return np.kron(alpha, np.ones((2, 2), np.uint8))


def test_soft_overlap_is_the_share_of_the_union():
    rng = np.random.default_rng(0)
    pred, target = rng.random((3, 4, 5)), rng.random((3, 4, 5))
    counts = rng.integers(0, 2, (3, 4, 5)).astype(float)
    expected = []
    for p, g, c in zip(pred, target, counts, strict=True):
        least = most = 0.0
        for a, b, weight in zip(p.flat, g.flat, c.flat, strict=True):
            least += weight * min(a, b)
            most += weight * max(a, b)
        expected.append(least / most)
    given = (torch.from_numpy(each) for each in (pred, target, counts))
    assert np.allclose(soft_overlap(*given).numpy(), expected)


def test_before_training_it_draws_what_the_first_look_saw():
    look = build_look(test_cfg=dict(filter_thr=0.3))
    draw_nothing(look)
    first = found(disc((64, 80), (30, 30), 14), disc((64, 80), (62, 40), 9))
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    result = look.predict(frame, first, (128, 160), (128, 160))
    assert len(result) == 0  # nothing is good yet: 0.12 ** 0.7 * 0.9 ** 0.3 = 0.22, and 0.3 is kept

    look.decoder.filter_thr = 0.05
    result = look.predict(frame, first, (128, 160), (128, 160))
    quality = torch.tensor(-2.0).sigmoid() ** 0.7
    assert torch.allclose(result.scores, quality * first.scores**0.3, rtol=0.1)
    for alpha, before in zip(result.alphas.numpy(), first.alphas.numpy(), strict=True):
        grown = cv2.resize(before, (160, 128), interpolation=cv2.INTER_LINEAR)
        away = np.abs(alpha / 255 - grown / 255)
        assert away.mean() < 0.002 and away.max() < 0.25
    # The photo may be of another size than the frame: 1.5 times as high, half as wide.
    other = look.predict(frame, first, (128, 160), (192, 80))
    assert other.alphas.shape[1:] == (192, 80)
    scale = torch.tensor([0.5, 1.5, 0.5, 1.5])
    assert torch.allclose(other.bboxes, result.bboxes * scale, atol=1.0)
    assert torch.allclose(other.areas, result.areas * 0.75, rtol=0.02)
    boxes = torch.tensor([[32.0, 32, 88, 88], [106, 62, 142, 98]])
    assert torch.allclose(result.bboxes, boxes, atol=2)
    assert torch.allclose(result.areas, result.alphas.sum((1, 2)) / 255.0, rtol=1e-3)


def test_sixteen_bits_hold_the_same_mattes():
    look = build_look(test_cfg=dict(filter_thr=0.01))
    first = found(disc((64, 64), (30, 30), 14))
    frame = torch.randn(3, 128, 128)
    deep = InstanceData(
        alphas=first.alphas.to(torch.int32) * 257, scores=first.scores, labels=first.labels
    )
    eight = look.predict(frame, first, (128, 128), (128, 128)).alphas
    sixteen = look.predict(frame, deep, (128, 128), (128, 128)).alphas
    assert sixteen.dtype == torch.int32 and sixteen.max() > 60000
    assert (sixteen / 257 - eight).abs().max() <= 0.5 + 1e-3


def test_two_mattes_of_one_object_become_one():
    look = build_look(test_cfg=dict(filter_thr=0.05, sigma=20.0))
    one, same = disc((64, 64), (30, 30), 14), disc((64, 64), (31, 30), 14)
    frame = torch.randn(3, 128, 128)
    assert len(look.predict(frame, found(one, same), (128, 128), (128, 128))) == 1
    apart = found(one, disc((64, 64), (54, 54), 8))
    assert len(look.predict(frame, apart, (128, 128), (128, 128))) == 2
    none = found(one, scores=[0.9])[:0]
    assert look.predict(frame, none, (128, 128), (64, 64)).alphas.shape == (0, 64, 64)


def test_a_matte_of_two_categories_is_ranked_in_both():
    look = build_look(test_cfg=dict(filter_thr=0.15, class_agnostic=False))
    judge(look, 0.0, -9, 1, -9)
    first = found(disc((64, 64), (30, 30), 14), scores=[0.8])
    result = look.predict(torch.randn(3, 128, 128), first, (128, 128), (128, 128))
    quality = torch.tensor([1.0, 0.0]).sigmoid()
    assert torch.allclose(result.scores, quality**0.7 * 0.8**0.3, atol=1e-4)
    assert result.labels.tolist() == [2, 0] and torch.equal(*result.alphas)
    look.decoder.class_agnostic = True
    best = look.predict(torch.randn(3, 128, 128), first, (128, 128), (128, 128))
    assert best.labels.tolist() == [2] and torch.equal(best.scores, result.scores[:1])


def test_the_settled_mattes_are_taught_where_the_truth_is_soft():
    look = build_look(jitter=0.0, crops=(1, 1), settle=dict(), loss_settled=3.0)
    frames, samples, firsts = batch()
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    losses = look.loss(frames[:1], firsts[:1], samples[:1])
    assert look.loss(frames[1:], firsts[1:], samples[1:])['loss_again_settled'] == 0
    lesson = look.targets.lesson(View(0, firsts[0], look.crops), samples[0], 2.0)
    owner = torch.zeros(1, dtype=torch.long)
    crops = look.crops.cut(
        frames[:1], look.crops.guides(firsts[0]), lesson.windows, owner, owner, 64
    )
    alpha = look(crops)[0].sigmoid()
    (settled,) = AlphaSettler()(alpha.detach(), crops[:, :3], [None])
    truth = look.targets.wanted(lesson, samples[:1], 64, crops)[0]
    iou = torch.minimum(settled, truth).sum() / torch.maximum(settled, truth).sum()
    error = 1 - iou.item()
    taught = losses['loss_again_settled'].item()
    assert taught == pytest.approx(3 * error / (error + 0.1), abs=2e-3)
    drawn = look.edges.draw.weight
    gradient = torch.autograd.grad(losses['loss_again_settled'], drawn)[0]
    assert gradient.abs().max() > 0
    nothing = look.loss(frames[:1], [firsts[0][:0]], samples[:1])
    assert nothing['loss_again_settled'] == 0
    look.settle = None  # prediction does without
    look.predict(frames[0], firsts[0], (128, 160), (128, 160))
    with pytest.raises(InputError, match='needs settle'):
        look.loss(frames[:1], firsts[:1], samples[:1])


def test_with_flip_a_mirrored_photo_has_mirrored_mattes():
    look = build_look(flip=True, test_cfg=dict(filter_thr=0.01))
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    first = found(disc((64, 80), (30, 30), 14), disc((64, 80), (62, 40), 9))
    mirrored = InstanceData(alphas=first.alphas.flip(-1), scores=first.scores, labels=first.labels)
    one = look.predict(frame, first, (128, 160), (128, 160))
    other = look.predict(frame.flip(-1), mirrored, (128, 160), (128, 160))
    assert torch.allclose(one.scores, other.scores, atol=1e-4)
    assert (one.alphas.int() - other.alphas.flip(-1).int()).abs().max() <= 2
    look.flip = False
    assert (look.predict(frame, first, (128, 160), (128, 160)).alphas != one.alphas).any()


def test_only_mattes_that_may_be_kept_are_settled(monkeypatch):
    seen = []

    def settle(self, alphas, photos, larger):
        seen.append((alphas.shape, photos.shape, photos.dtype, len(larger)))
        return list(torch.zeros_like(alphas))

    monkeypatch.setattr('sosmatting.models.look_settling.AlphaSettler.__call__', settle)
    look = build_look(settle=dict(), flip=True, test_cfg=dict(filter_thr=0.5))
    draw_nothing(look)
    judge(look, 0.0, -9, -9, -9)
    looked, drawn, see = [], [], look.see
    monkeypatch.setattr(look, 'see', lambda crops: looked.append(len(crops)) or see(crops))
    look.edges.register_forward_hook(lambda _, given, __: drawn.append(len(given[0])))
    # Their scores are 0.6, 0.43, which only a mirrored look could have raised, and 0.04.
    first = found(
        disc((64, 80), (20, 16), 10),
        disc((64, 80), (60, 16), 12),
        disc((64, 80), (40, 48), 11),
        scores=[0.9, 0.3, 0.0001],
    )
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    result = look.predict(frame, first, (128, 160), (128, 160))
    assert looked == [3, 2] and drawn == [1, 1]
    assert seen == [((1, 64, 64), (1, 3, 64, 64), torch.float32, 1)]
    assert len(result.scores) == 0  # what shows nothing is no matte
    look.settle = None
    assert len(look.predict(frame, first, (128, 160), (128, 160)).scores) == 1


def draw_everything(look, decoder, crops, scores, mirrored, least):
    """Draw all, plainly: what is not kept as well."""
    logits, _, judged = (each.float() for each in look(crops))
    if mirrored:
        quality = decoder.vouched(judged[:, :-1].sigmoid(), judged[:, -1])
        again = decoder.rate(quality, scores).amax(1) >= 0.75 * decoder.filter_thr
        other, _, other_judged = (each.float() for each in look(crops.flip(-1)))
        logits[again] = (logits + other.flip(-1))[again] / 2
        judged[again] = (judged + other_judged)[again] / 2
    return logits.sigmoid(), judged


@pytest.mark.parametrize('agnostic', [True, False])
@pytest.mark.parametrize('third', [None, dict(shrinks=2.0, margin=0.1)])
def test_to_draw_only_what_is_kept_changes_nothing(monkeypatch, third, agnostic):
    options = dict(filter_thr=0.2, class_agnostic=agnostic)
    look = build_look(flip=True, third=third, settle=dict(), test_cfg=options)
    for part, std in ((look.edges.draw, 0.05), (look.judge, 2.0), (look.worth, 2.0)):
        torch.nn.init.normal_(part.weight, std=std)
    generator = torch.Generator().manual_seed(2)
    kept = 0
    for _ in range(4):
        places = torch.rand(9, 3, generator=generator).tolist()
        discs = [disc((64, 80), (70 * x + 5, 54 * y + 5), 6 + 14 * r) for x, y, r in places]
        scores = torch.rand(9, generator=generator).tolist()
        frame = torch.randn(3, 128, 160, generator=generator)
        arguments = frame, found(*discs, scores=scores), (128, 160), (128, 160)
        one = look.predict(*arguments)
        with monkeypatch.context() as patched:
            patched.setattr('sosmatting.models.second_look.draw_kept', draw_everything)
            other = look.predict(*arguments)
        assert torch.equal(one.labels, other.labels)
        assert torch.allclose(one.scores, other.scores, atol=1e-5)
        assert not ((one.alphas.int() - other.alphas.int()).abs() > 1).any()
        kept += len(one.scores)
    assert 4 < kept < 4 * 9 * (1 if agnostic else 4)


@pytest.mark.parametrize('flip', [False, True])
def test_a_matte_is_drawn_that_only_both_looks_together_keep(monkeypatch, flip):
    look = build_look(flip=flip, third=dict(shrinks=2.0, margin=0.1), test_cfg=dict(filter_thr=0.5))
    torch.nn.init.normal_(look.edges.draw.weight, std=0.05)
    first = found(disc((64, 80), (30, 30), 14), scores=[1.0])
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))

    def result():
        # 0.95, then 0.3, by itself too little: 0.3 ** 0.7 = 0.43; the mean is enough.
        ratings = iter([torch.tensor([[q, 0.0, 0.0, 0.0, q]]).logit() for q in (0.95, 0.3, 0.3)])
        monkeypatch.setattr(look, 'rate', lambda features, crops: next(ratings))
        return look.predict(frame, first, (128, 160), (128, 160))

    one = result()
    assert one.scores.tolist() == pytest.approx([((0.95 + 0.3) / 2) ** 0.7], rel=1e-4)
    with monkeypatch.context() as patched:
        patched.setattr('sosmatting.models.second_look.draw_kept', draw_everything)
        other = result()
    assert torch.equal(one.alphas, other.alphas) and one.alphas.any()


def test_only_mattes_that_are_kept_are_named(monkeypatch):
    seen = []

    def weighed(self, judged, photos, alphas):
        seen.append((judged[0].tolist(), photos.shape, alphas.shape))
        return torch.tensor([[0.1, 0.2, 0.7, 0.3]])

    monkeypatch.setattr('sosmatting.models.look_naming.CropNamer.weighed', weighed)
    namer = dict(type='CropNamer', kinds=('animal', 'vehicle', 'plant', 'thing'))
    look = build_look(namer=namer, test_cfg=dict(filter_thr=0.5))
    judge(look, 0.0, -9, -9, -9)
    first = found(disc((64, 80), (20, 30), 10), disc((64, 80), (60, 30), 12), scores=[0.9, 0.0001])
    result = look.predict(torch.randn(3, 128, 160), first, (128, 160), (128, 160))
    assert seen == [([0, -9, -9, -9], (1, 3, 64, 64), (1, 64, 64))]
    assert result.labels.tolist() == [2]
    assert result.scores.item() == pytest.approx(0.7**0.7 * 0.9**0.3, rel=1e-4)
    look.train()
    assert look.training and not look.namer.training


def test_a_third_look_is_a_second_one_at_the_second_ones_mattes():
    # By this seed's random judge both mattes may be kept in every look.
    look = build_look(seed=4, test_cfg=dict(filter_thr=0.2, sigma=20.0))
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    torch.nn.init.normal_(look.judge.weight, std=0.5)
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    # The second shows what the first does, the last is worth nothing: neither is looked at again.
    first = four_discs(0.00001)
    once = look.predict(frame, first, (128, 160), (64, 80))
    assert len(once) == 2
    drawn = found(*once.alphas.numpy(), scores=torch.where(once.bboxes[:, 0] > 20, 0.7, 0.9))
    for alpha in drawn.alphas:
        away = look.crops.windows(alpha[None], 2.0)[0] - look.crops.windows(first.alphas, 2.0)
        assert away.abs().amax(1).min() > 1
    look.settle, look.flip, geometry = AlphaSettler(), True, look.crops  # of the last look alone
    look.crops = LookCrops((64, 96), shrinks=1.0, margin=0.15, least=24.0)
    twice = look.predict(frame, drawn, (128, 160), (64, 80))
    look.crops, look.closer = geometry, look.crops
    result = look.predict(frame, first, (128, 160), (64, 80))
    assert torch.equal(result.bboxes, twice.bboxes)
    assert (result.alphas.int() - twice.alphas.int()).abs().max() <= 1
    assert (result.alphas.int() - once.alphas.int()).abs().max() > 20
    given = drawn.scores
    qualities = [(each.scores / given**0.3) ** (1 / 0.7) for each in (once, twice, result)]
    assert torch.allclose(qualities[2], (qualities[0] + qualities[1]) / 2, atol=1e-4)
    look.decoder.filter_thr = 0.99
    assert len(look.predict(frame, first, (128, 160), (64, 80))) == 0


def test_rehearsals_teach_at_its_own_mattes():
    look = build_look(jitter=0.0, test_cfg=dict(filter_thr=0.01, sigma=20.0))
    torch.nn.init.normal_(look.edges.draw.weight, std=0.3)
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    # The second shows what the first does and goes, the fourth is worth less than is rehearsed.
    first = four_discs(0.1)
    truth = sample_of(twice_as_large(disc((64, 80), (17, 15), 9))[None])
    own = look.predict(frame, first, (128, 160), (64, 80)).alphas[:2]
    assert len(own) == 2

    def losses(share, mattes):
        look.rehearse = share
        return look.loss(frame[None], [mattes], [truth])

    look.closer = LookCrops((64, 96), shrinks=1.0, margin=0.15, least=24.0)
    plain, rehearsed = losses(0, first), losses(1, first)
    look.crops = look.closer
    by_hand = losses(0, found(*own.numpy()))
    for name, value in rehearsed.items():
        assert torch.allclose(value, by_hand[name], rtol=1e-3), name
        assert not torch.allclose(value, plain[name], rtol=1e-2), name
    nothing = first[:0]
    assert losses(1, nothing).keys() == losses(0, nothing).keys()


def test_large_windows_have_larger_crops():
    look = build_look()
    frame = torch.arange(3 * 40 * 200.0).view(3, 40, 200)
    windows = torch.tensor([[10.0, 0, 40, 30], [20, 0, 120, 100], [-80, -10, 20, 90]])
    small, large, beyond = look.crops.larger(frame, windows, 64)
    assert small is None and large.shape == beyond.shape == (3, 100, 100)
    assert torch.allclose(large[:, 2:38, 2:98], frame[:, 2:38, 22:118])
    assert beyond[:, :, :79].abs().max() == 0 and beyond[:, 12, 90].equal(frame[:, 2, 10])


def lesson_of(look, first, sample, **meta):
    sample.set_metainfo(meta)
    return look.targets.lesson(View(3, first, look.crops), sample, 2.0)


def test_mattes_are_taught_by_the_instance_that_they_show():
    look = build_look(jitter=0.0, margin=0.25)
    left, right = disc((64, 80), (20, 30), 10), disc((64, 80), (60, 30), 12)
    sample = sample_of(
        np.stack([twice_as_large(right), twice_as_large(left)]), torch.tensor([2, 1])
    )
    first = found(left, disc((64, 80), (40, 50), 6), right)
    lesson = lesson_of(look, first, sample, complete_labels=(1, 3))
    assert lesson.truths.tolist() == [1, -1, 0] and lesson.labels.tolist() == [1, -1, 2]
    assert lesson.owners.tolist() == [3, 3, 3] and not lesson.hard.any()
    assert lesson.judged.tolist() == [[False, True, False, True]] * 3
    # The disc's box is 20 px wide, twice that in the frame, half of it again around: 60.
    expected = torch.tensor([40 - 30.0, 60 - 30, 40 + 30, 60 + 30])
    assert torch.allclose(lesson.windows[0], expected, atol=3)
    assert lesson_of(look, first, sample, matte='hard').hard.all()
    assert len(lesson_of(look, first, sample, matte='none').truths) == 0


def test_what_lies_in_a_crowd_teaches_nothing():
    look = build_look()
    first = found(disc((64, 80), (20, 30), 10), disc((64, 80), (60, 30), 12))
    sample = sample_of(np.zeros((0, 128, 160), np.uint8), torch.zeros(0, dtype=torch.long))
    crowd = np.zeros((1, 128, 160), np.uint8)
    crowd[:, :, 80:] = 255
    sample.ignored_instances = InstanceData(
        masks=SoftMattes(crowd, 128, 160), labels=torch.tensor([0])
    )
    assert lesson_of(look, first, sample).mattes.tolist() == [0]


def batch():
    frames = torch.randn(2, 3, 128, 160, generator=torch.Generator().manual_seed(2))
    truth = twice_as_large(disc((64, 80), (30, 30), 16))[None]
    samples = [sample_of(truth, torch.tensor([1])), sample_of(truth, matte='hard')]
    return frames, samples, [found(disc((64, 80), (33, 28), 13))] * 2


@pytest.mark.parametrize('empty', [False, True])
def test_every_trained_parameter_has_a_gradient_and_nothing_else(empty):
    model = build_twice().train()
    frames, samples, firsts = batch()
    if empty:
        firsts = [first[:0] for first in firsts]
    losses = model.second_look.loss(frames, firsts, samples)
    assert {'loss_again_bce', 'loss_again_iou', 'loss_again_quality'} <= set(losses)
    sum(value for name, value in losses.items() if name.startswith('loss')).backward()
    trained = {name for name, each in model.named_parameters() if each.requires_grad}
    assert trained == {name for name, each in model.named_parameters() if each.grad is not None}
    assert all(name.startswith('second_look.') for name in trained)
    assert not any('layer1' in name for name in trained)  # frozen


def test_losses_of_one_crop_by_hand():
    look = build_look(jitter=0.0, crops=(1, 1))
    frames, samples, firsts = batch()
    draw_nothing(look)
    losses = look.loss(frames[:1], firsts[:1], samples[:1])
    lesson = look.targets.lesson(View(0, firsts[0], look.crops), samples[0], 2.0)
    x1, y1, x2, y2 = lesson.windows[0].tolist()
    side = 64
    at = (np.arange(side) + 0.5) / side
    columns, rows = np.meshgrid(x1 + at * (x2 - x1), y1 + at * (y2 - y1))
    truth = np.clip((2 * 16 + 2 - np.hypot(columns - 60, rows - 60)) / 4, 0, 1)
    before = np.clip((2 * 13 + 2 - np.hypot(columns - 66, rows - 56)) / 4, 0, 1)
    before = before.clip(0.02, 0.98)
    iou = np.minimum(truth, before).sum() / np.maximum(truth, before).sum()
    each = -(truth * np.log(before) + (1 - truth) * np.log(1 - before))
    bce = each.mean()
    # Near: some pixel up to 4 away, in rows and columns each, differs by more than 0.1.
    spread = cv2.dilate(truth, np.ones((9, 9))) - cv2.erode(truth, np.ones((9, 9)))
    edge = each[spread > 0.1].mean()
    wanted, drawn = (part.reshape(16, 4, 16, 4) for part in (truth, np.log(before / (1 - before))))
    wanted, drawn = wanted.mean((1, 3)), 1 / (1 + np.exp(-drawn.mean((1, 3))))
    rough = -(wanted * np.log(drawn) + (1 - wanted) * np.log(1 - drawn)).mean()
    assert losses['again_iou'].item() == pytest.approx(iou, abs=0.01)
    assert losses['loss_again_iou'].item() == pytest.approx(2 * (1 - iou), abs=0.02)
    assert losses['loss_again_bce'].item() == pytest.approx(bce, rel=0.05)
    assert losses['loss_again_edge'].item() == pytest.approx(2 * edge, rel=0.05)
    assert losses['loss_again_rough'].item() == pytest.approx(0.5 * rough, rel=0.1)
    prior = 1 / (1 + np.e**2)
    quality = [3 * prior**2 * -np.log(1 - prior)]
    # Once for its category, once for being anything.
    quality += [2 * (iou - prior) ** 2 * -(iou * np.log(prior) + (1 - iou) * np.log(1 - prior))]
    assert losses['loss_again_quality'].item() == pytest.approx(2 * 4 * sum(quality), rel=0.15)


def test_contours_of_hard_masks_teach_nothing():
    look = build_look(jitter=0.0, crops=(1, 1))
    frames, samples, firsts = batch()
    losses = look.loss(frames[1:], firsts[1:], samples[1:])
    assert losses['loss_again_edge'] == 0
    assert losses['loss_again_bce'] > 0 and losses['loss_again_iou'] > 0


def test_what_is_nothing_is_worth_nothing_only_where_everything_is_labelled():
    look = build_look(jitter=0.0, crops=(2, 1))
    frames, samples, _ = batch()
    nothing = [found(disc((64, 80), (66, 50), 6))]

    def gradients():
        loss = look.loss(frames[:1], nothing, samples[:1])['loss_again_quality']
        return torch.autograd.grad(loss, [look.judge.bias, look.worth.bias])

    by_category, worth = gradients()
    assert (by_category > 0).all() and worth > 0
    samples[0].set_metainfo(dict(complete_labels=(2,)))
    by_category, worth = gradients()
    assert (by_category > 0).tolist() == [False, False, True, False] and worth == 0


def test_what_a_matte_is_worth_may_speak_for_its_categories():
    first = found(disc((64, 64), (30, 30), 14), scores=[0.8])
    frame = torch.randn(3, 128, 128, generator=torch.Generator().manual_seed(1))

    def score(vouch, worth):
        look = build_look(test_cfg=dict(filter_thr=0.01, vouch=vouch))
        judge(look, -1.0, -9, -2.0, -9, worth=worth)
        return look.predict(frame, first, (128, 128), (128, 128)).scores.item()

    best, worth = 1 / (1 + np.e), 1 / (1 + np.exp(-0.5))
    assert score(0.0, 0.5) == pytest.approx(best**0.7 * 0.8**0.3, rel=1e-4)
    assert score(1.0, 0.5) == pytest.approx(worth**0.7 * 0.8**0.3, rel=1e-4)
    assert score(0.5, 0.5) == pytest.approx((best * worth) ** 0.35 * 0.8**0.3, rel=1e-4)
    assert score(8.0, 9.0) == pytest.approx(0.8**0.3, rel=1e-4)  # at most 1
    for vouch in (-1, 'x', None, np.nan, np.inf):
        with pytest.raises(InputError, match='vouch'):
            build_look(test_cfg=dict(vouch=vouch))


def test_it_learns_to_draw_and_to_judge():
    imagenet = dict(type='Pretrained', checkpoint='imagenet:mobilenet_v2')
    backbone = dict(LOOK['backbone'], init_cfg=imagenet)
    look = build_look(jitter=0.05, sides=(32, 64), backbone=backbone).train()
    rng = np.random.default_rng(0)
    frames, samples, firsts = [], [], []
    for label in (1, 2):
        truth = disc((64, 64), (32, 32), 18)
        colour = np.array([2.0, -1, 0] if label == 1 else [-1.0, 2, 0])
        noise = rng.normal(0, 0.2, (3, 64, 64))
        frames.append(torch.from_numpy(noise + colour[:, None, None] * (truth / 255)).float())
        samples.append(sample_of(truth[None], torch.tensor([label])))
        firsts.append(found(disc((32, 32), (18, 14), 7), disc((32, 32), (5, 27), 3)))
    stacked = torch.stack(frames)
    parts = {'backbone': 1e-4, 'judge': 1e-3, 'worth': 1e-3}
    groups = [
        dict(params=[each], lr=parts.get(name.split('.')[0], 3e-3))
        for name, each in look.named_parameters()
        if each.requires_grad
    ]
    optim = torch.optim.Adam(groups)
    torch.manual_seed(0)
    for _ in range(60):
        losses = look.loss(stacked, firsts, samples)
        optim.zero_grad()
        sum(value for name, value in losses.items() if name.startswith('loss')).backward()
        optim.step()
    assert losses['again_iou'] > losses['first_iou'] + 0.15
    look.eval()
    for frame, first, sample, label in zip(stacked, firsts, samples, (1, 2), strict=True):
        result = look.predict(frame, first, (64, 64), (64, 64))
        # The small disc shows nothing: what is left of it is worth much less.
        assert result.labels[0] == label and (result.scores[1:] < 0.5 * result.scores[0]).all()
        truth = sample.gt_instances.masks.alphas[0] / 255
        alpha = result.alphas[0].numpy() / 255
        assert np.minimum(alpha, truth).sum() / np.maximum(alpha, truth).sum() > 0.85


def test_the_network_looks_twice():
    model = build_twice(test_cfg=dict(filter_thr=0.01))
    frames = torch.randn(1, 3, 256, 320, generator=torch.Generator().manual_seed(1))
    sample = DetDataSample()
    sample.set_metainfo(dict(img_shape=(250, 300), ori_shape=(125, 150)))
    result = model.predict(frames, [sample])[0].pred_instances
    assert len(result) >= 5 and result.alphas.shape[1:] == (125, 150)
    firsts = model._first_look(frames)
    assert firsts[0].alphas.shape[1:] == (128, 160)  # half of the frame
    losses = model.train().loss(frames, [sample_of(np.zeros((0, 256, 320), np.uint8))])
    assert losses['loss_again_quality'] > 0 and losses['loss_again_iou'] == 0


def test_options_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match='multiples of 32'):
        build_look(sides=(60, 96))
    with pytest.raises(InputError, match='one number for each'):
        build_look(sides=(64, 96), crops=(4,))
    model = build_twice()
    model.first_stride = 3
    with pytest.raises(InputError, match='pad_size_divisor'):
        model.loss(torch.zeros(1, 3, 128, 96), [])


@pytest.mark.parametrize(
    ('options', 'named'),
    [
        (dict(sides=64), 'multiples of 32'),
        (dict(sides=('a', 'b')), 'multiples of 32'),
        (dict(crops=3), 'one number for each'),
        (dict(perturb='x'), r"SecondLook: perturb='x': give a number from 0 to 1"),
        (dict(rehearse=1.5), r'SecondLook: rehearse=1\.5: give a number from 0 to 1'),
        (dict(loss_edge='x'), r"SecondLook: loss_edge='x': give a number from 0 on"),
        (dict(loss_settled=-1), r'SecondLook: loss_settled=-1: give a number from 0 on'),
        (dict(ignore_band=0.5), r'SecondLook: ignore_band=0\.5: give a whole number'),
        (dict(third=dict(shrinks=0, margin=0.1)), r'SecondLook: shrinks=0: give a number'),
        (dict(margin=-0.1), r'SecondLook: margin=-0\.1: give a number from 0 on'),
        (dict(settle=dict(steps=-1)), r'settle\.steps=-1: give a whole number from 0 to 10000'),
        (dict(settle=dict(radius=1.5)), r'settle\.radius=1\.5: give a whole number'),
        (dict(test_cfg=dict(score_power='a')), r"test_cfg\.score_power='a': give a number"),
        (dict(test_cfg=dict(max_per_img=0)), r'test_cfg\.max_per_img=0: give a whole number'),
        (dict(test_cfg=dict(filter_thr=True)), r'test_cfg\.filter_thr=True: give a number'),
    ],
)
def test_numbers_out_of_their_range_are_refused(options, named):
    with pytest.raises(InputError, match=named):
        build_look(**options)


@pytest.mark.parametrize('multiplies', [True, False])
def test_half_the_precision_only_where_it_is_faster(multiplies, monkeypatch):
    monkeypatch.setattr(
        'sosmatting.functional.precision.multiplies_bfloat16', lambda device: multiplies
    )
    first = found(disc((64, 80), (30, 30), 14), disc((64, 80), (62, 40), 9))
    frame = torch.randn(3, 128, 160, generator=torch.Generator().manual_seed(1))
    results = {}
    for half in (False, True):
        look = build_look(half=half, flip=True, test_cfg=dict(filter_thr=0.01))
        torch.nn.init.normal_(look.edges.draw.weight, std=0.1)
        results[half] = look.predict(frame, first, (128, 160), (128, 160))
        assert all(each.dtype == torch.float32 for each in look.parameters())
    away = (results[True].alphas.int() - results[False].alphas.int()).abs()
    assert away.max() <= 40 and away.float().mean() < 1  # of 255
    assert torch.allclose(results[True].scores, results[False].scores, atol=0.02)
    assert torch.equal(results[True].areas, results[False].areas) != multiplies
