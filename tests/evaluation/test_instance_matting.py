"""The metric class as mmengine uses it."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.registry import METRICS
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, InstanceData

from sosmatting.evaluation.instance_matting import (
    COCOMaskMetric,
    IMQMetric,
    InstanceMattingMetric,
    SoftAPMetric,
)
from sosmatting.exceptions import InputError
from sosmatting.functional.errors import conn, grad, sad
from sosmatting.structures import SoftMattes


class StoredMattes:
    def __init__(self, alphas: torch.Tensor) -> None:
        self.alphas = alphas

    def to_tensor(self, dtype: torch.dtype, device: Any) -> torch.Tensor:
        return self.alphas.to(device)


def disc(y: float, x: float, radius: float, size: int = 48) -> torch.Tensor:
    """A disc with a soft edge of 4 pixels, uint8."""
    ys, xs = torch.meshgrid(*[torch.arange(float(size))] * 2, indexing='ij')
    away = torch.hypot(ys - y, xs - x)
    return ((radius - away) / 4 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8)


def sample(
    true: list[torch.Tensor],
    found: list[torch.Tensor] | None,
    img_id: int = 0,
    scores: list[float] | None = None,
    labels: list[int] | None = None,
    ignored: list[torch.Tensor] | None = None,
    size: int = 48,
) -> dict[str, Any]:
    def stack(mattes: list[torch.Tensor]) -> torch.Tensor:
        empty = torch.zeros(0, size, size, dtype=torch.uint8)
        return torch.stack(mattes) if mattes else empty

    def truth(mattes: list[torch.Tensor]) -> dict[str, Any]:
        labels = torch.zeros(len(mattes), dtype=torch.int64)
        return {'masks': StoredMattes(stack(mattes)), 'labels': labels}

    result = {'ori_shape': (size, size), 'img_id': img_id, 'gt_instances': truth(true)}
    if ignored is not None:
        result['ignored_instances'] = truth(ignored)
    if found is not None:
        result['pred_instances'] = {
            'alphas': stack(found),
            'scores': torch.tensor(scores if scores is not None else [0.9] * len(found)),
            'labels': torch.tensor(labels if labels is not None else [0] * len(found)),
        }
    return result


def scores_of(*samples: dict[str, Any], **options: Any) -> dict[str, float]:
    metric = InstanceMattingMetric(**options)
    metric.process(None, samples)
    metrics = metric.evaluate(len(samples))
    assert all(name.startswith('instance/') for name in metrics)
    return {name.removeprefix('instance/'): value for name, value in metrics.items()}


A, B = disc(15, 15, 9), disc(33, 31, 10)


def test_the_perfect_prediction() -> None:
    scores = scores_of(sample([A, B], [B, A]), sample([A], [A], 1))
    for name in ('SAD', 'MAD', 'MSE', 'Grad', 'Conn', 'missed', 'spurious'):
        assert scores[name] == 0
    assert scores['matched'] == 3 and scores['match_iou'] == 1
    for name in ('IMQ_MAD_50', 'IMQ_Grad_75', 'MQ_Conn_75', 'RQ_50'):
        assert scores[name] == pytest.approx(100)
    for name in ('soft_AP', 'soft_AP50', 'soft_AP75', 'mask_AP', 'mask_AP50'):
        assert scores[name] == pytest.approx(100)


@pytest.mark.parametrize('found', [None, []])
def test_nothing_predicted(found: list | None) -> None:
    scores = scores_of(sample([A, B], found))
    g = torch.stack([A, B]).double() / 255
    zero = torch.zeros_like(g)
    assert scores['SAD'] == pytest.approx(g.sum().item() / 2 / 1000)
    assert scores['MAD'] == pytest.approx(g.mean().item() * 1000)
    assert scores['MSE'] == pytest.approx((g**2).mean().item() * 1000)
    assert scores['Grad'] == pytest.approx(grad(zero, g).mean().item() / 1000)
    expected = (g * (g >= 0.15)).sum().item() / 2 / 1000
    assert scores['Conn'] == pytest.approx(expected) and expected > 0
    assert (scores['matched'], scores['missed'], scores['spurious']) == (0, 2, 0)
    assert scores['IMQ_MAD_50'] == 0 and scores['FN_75'] == 2
    assert scores['soft_AP'] == 0 and scores['mask_AP'] == 0


def test_one_matched_one_missed_one_spurious() -> None:
    worse, elsewhere = (A.double() * 0.8).round().to(torch.uint8), disc(40, 8, 4)
    scores = scores_of(sample([A, B], [elsewhere, worse], labels=[0, 2]))
    assert (scores['matched'], scores['missed'], scores['spurious']) == (1, 1, 1)
    p, g, b = (x[None].double() / 255 for x in (worse, A, B))
    zero = torch.zeros_like(b)
    assert scores['SAD'] == pytest.approx((sad(p, g) + b.sum()).item() / 2 / 1000)
    assert scores['Grad'] == pytest.approx((grad(p, g) + grad(zero, b)).item() / 2 / 1000)
    assert scores['Conn'] == pytest.approx(
        (conn(p, g) + conn(zero, b, empty='previous')).item() / 2 / 1000
    )
    union = ((p > 0) | (g > 0)).sum().item() + 1
    quality = 1 - min(10 * sad(p, g).item() / union, 1)
    assert scores['IMQ_MAD_50'] == pytest.approx(100 * quality / 2)
    assert scores['MQ_MAD_75'] == pytest.approx(100 * quality)
    assert (scores['TP_50'], scores['FP_50'], scores['FN_50']) == (1, 1, 1)


def test_a_pair_below_iou_one_half_is_no_match() -> None:
    true, found = (torch.zeros(48, 48, dtype=torch.uint8) for _ in range(2))
    true[10:20, 10:20] = 255
    found[10:20, 10:15] = 255
    found[0, 0] = 1
    assert scores_of(sample([true], [found]))['matched'] == 0
    # without the faint pixel the IoU is exactly 0.5
    assert scores_of(sample([true], [found]), floor=2)['matched'] == 1


def test_the_imq_rule_is_an_option() -> None:
    paler = (A.double() * 0.8).round().to(torch.uint8)
    matlab = scores_of(sample([A], [paler]))
    previous = scores_of(sample([A], [paler]), imq_empty='previous')
    assert previous['IMQ_Conn_50'] < matlab['IMQ_Conn_50']
    assert {k: v for k, v in previous.items() if 'MQ_Conn' not in k} == {
        k: v for k, v in matlab.items() if 'MQ_Conn' not in k
    }


def test_min_score_leaves_average_precision_alone() -> None:
    one = sample([A, B], [A, B, disc(5, 40, 3)], scores=[0.9, 0.2, 0.1])
    every, confident = scores_of(one), scores_of(one, min_score=0.15)
    assert (every['spurious'], confident['spurious']) == (1, 0)
    assert every['mask_AP'] == confident['mask_AP'] == pytest.approx(100)


def test_regions_to_ignore() -> None:
    args = {'scores': [0.5, 0.9]}
    plain = scores_of(sample([A], [A, B], **args))
    ignoring = scores_of(sample([A], [A, B], ignored=[disc(33, 31, 14)], **args))
    assert plain['mask_AP'] == plain['soft_AP'] == pytest.approx(50)
    assert ignoring['mask_AP'] == ignoring['soft_AP'] == pytest.approx(100)


def test_a_mask_of_iou_0_625_counts_at_the_three_lowest_thresholds() -> None:
    truth, found = np.zeros((2, 48, 48), np.uint8)
    truth[10:30, 10:30], found[10:30, 10:22], found[10:20, 22] = 255, 255, 255  # 250 of 400
    found, truth = torch.from_numpy(found), torch.from_numpy(truth)
    scores = scores_of(sample([found], [truth]))
    assert scores['mask_AP50'] == pytest.approx(100)
    assert scores['mask_AP'] == pytest.approx(100 * 3 / 10)  # 0.50, 0.55, 0.60


def test_hard_masks_in_place_of_alphas() -> None:
    one = sample([A], [A])
    del one['pred_instances']['alphas']
    one['pred_instances']['masks'] = A[None] >= 128
    scores = scores_of(one)
    assert scores['mask_AP'] == pytest.approx(100) and 0 < scores['soft_AP'] < 100
    assert scores['SAD'] > 0


@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (30, 1)])
def test_tiny_images(shape: tuple[int, int]) -> None:
    one = sample([], [])
    full = torch.full((1, *shape), 255, dtype=torch.uint8)
    one['ori_shape'] = shape
    one['gt_instances'] = {'masks': StoredMattes(full), 'labels': torch.zeros(1)}
    one['pred_instances'] = {'alphas': full // 2, 'scores': torch.ones(1)}
    one['pred_instances']['labels'] = torch.zeros(1)
    scores = scores_of(one)
    assert scores['MAD'] == pytest.approx(1000 * 128 / 255) and scores['Grad'] < 1e-25


def test_empty_mattes_are_predictions_and_instances_all_the_same() -> None:
    nothing = torch.zeros(48, 48, dtype=torch.uint8)
    scores = scores_of(sample([nothing], [nothing]))
    assert (scores['missed'], scores['spurious'], scores['SAD']) == (1, 1, 0)


def test_an_image_without_instances() -> None:
    scores = scores_of(sample([], [A]), sample([A], [A], 1))
    assert (scores['matched'], scores['spurious'], scores['SAD']) == (1, 1, 0)
    assert np.isnan(scores_of(sample([], []))['SAD'])


def test_parts() -> None:
    assert set(scores_of(sample([A], [A]), parts=('mask_ap',))) == {'mask_AP', 'mask_AP50'}
    assert set(scores_of(sample([A], [A]), parts=['soft_ap'])) == {
        'soft_AP',
        'soft_AP50',
        'soft_AP75',
    }


def test_as_a_config_has_it(tmp_path: Path) -> None:
    """Built by name, fed with mmdet-like samples, written as JSON."""
    file = tmp_path / 'new' / 'scores.json'
    metric = METRICS.build({'type': 'InstanceMattingMetric', 'score_file': str(file)})
    element = BaseDataElement(metainfo={'ori_shape': (48, 48), 'img_id': 3})
    element.pred_instances = InstanceData(
        alphas=torch.stack([A]), scores=torch.ones(1), labels=torch.zeros(1)
    )
    element.gt_instances = InstanceData(
        masks=SoftMattes(A[None].numpy(), 48, 48), labels=torch.zeros(1)
    )
    evaluator = Evaluator(metric)
    evaluator.process([element])
    metrics = evaluator.evaluate(1)
    assert metrics['instance/SAD'] == 0
    sheet = json.loads(file.read_text())
    assert sheet['per_instance']['matched'] == 1
    assert sheet['imq']['0.75']['TP'] == 1
    assert sheet['mask_AP'] == pytest.approx(100)
    assert sheet['settings']['floor'] == 1
    assert sheet['settings']['conn_empty']['missed'] == 'previous'


def test_no_matte_is_kept() -> None:
    metric = InstanceMattingMetric()
    metric.process(None, [sample([A, B], [A, B])])

    def largest(value: Any) -> int:
        if isinstance(value, (np.ndarray, torch.Tensor)):
            return value.size if isinstance(value, np.ndarray) else value.numel()
        if isinstance(value, dict):
            return max(map(largest, value.values()), default=0)
        if isinstance(value, (list, tuple)):
            return max(map(largest, value), default=0)
        return largest(vars(value)) if hasattr(value, '__dict__') else 0

    assert 0 < largest(metric.results) <= 14


@pytest.mark.parametrize(
    ('options', 'name'),
    [
        ({'parts': ('sad',)}, 'parts'),
        ({'parts': ()}, 'parts'),
        ({'floor': 0}, 'floor'),
        ({'floor': 256}, 'floor'),
        ({'imq_empty': 'zero'}, 'imq_empty'),
    ],
)
def test_unknown_options_are_named(options: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match=name):
        InstanceMattingMetric(**options)


def test_two_ranks_score_as_one(tmp_path: Path) -> None:
    """Seven images over two processes, one of them scored twice, give the same bits as one."""
    script = Path(__file__).with_name('two_ranks.py')
    root = str(script.parents[2])
    env = os.environ | {'PYTHONPATH': os.pathsep.join([root, os.environ.get('PYTHONPATH', '')])}
    ranks = [
        subprocess.Popen([sys.executable, script, str(rank), tmp_path], env=env)
        for rank in range(2)
    ]
    try:
        assert [rank.wait(timeout=240) for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            rank.kill()
    results = [json.loads((tmp_path / f'{rank}.json').read_text()) for rank in range(2)]
    (alone, together), (alone_too, together_too) = results
    assert alone == alone_too == together == together_too
    assert alone['instance/matched'] > 0 and alone['instance/missed'] > 0
    files = [
        [(tmp_path / place).read_bytes() for place in (f'{name}.json', f'{name}/index.html')]
        for name in ('alone0', 'alone1', 'together')
    ]
    assert files[0] == files[1] == files[2]
    assert set(json.loads(files[0][0])['breakdowns']) == {'category', 'size', 'unknown'}


@pytest.mark.parametrize(
    ('kind', 'prefix', 'names'),
    [
        (IMQMetric, 'imq', {'IMQ_MAD_50', 'MQ_Grad_75', 'RQ_50', 'TP_75'}),
        (SoftAPMetric, 'soft', {'soft_AP', 'soft_AP50', 'soft_AP75'}),
        (COCOMaskMetric, 'coco', {'mask_AP', 'mask_AP50'}),
    ],
)
def test_metrics_of_one_score_give_what_the_whole_one_does(
    kind: type[InstanceMattingMetric], prefix: str, names: set[str], tmp_path: Path
) -> None:
    samples = [sample([A, B], [B, A.roll(1, 0)]), sample([A], [B], 1)]
    whole = scores_of(*samples)
    metric = METRICS.build({'type': kind.__name__, 'report_dir': str(tmp_path)})
    metric.process(None, samples)
    found = metric.evaluate(2)
    assert {f'{prefix}/{name}' for name in names} <= set(found)
    assert 'SAD' not in ''.join(found)
    for name, value in found.items():
        assert value == whole[name.removeprefix(f'{prefix}/')]
    assert (tmp_path / 'index.html').is_file()


def test_alphas_out_of_range_are_refused() -> None:
    for value in (float('nan'), 1.2, -0.1):
        one = sample([A], [A])
        one['pred_instances']['alphas'] = torch.full((1, 48, 48), value)
        with pytest.raises(InputError, match='image 0: its predicted alphas are not all in'):
            scores_of(one)


def test_memory_does_not_grow_with_the_images() -> None:
    """Between 10 and 60 images with a report's pictures, only small numbers are added."""
    metric = InstanceMattingMetric(report_dir='unused')
    held = []
    for k in range(60):
        metric.process(None, [sample([A, B], [A.roll(k % 7, 0)], k)])
        if k + 1 in (20, 60):
            held.append(len(pickle.dumps(metric.results)))
    pictures = sum(len(image.pictures) for image in metric.results)
    assert pictures <= 25
    per_image = (held[1] - held[0]) / 40
    assert per_image < 48 * 48, f'{per_image} bytes: less than one 8-bit matte'


def test_the_breakdown_has_the_names_of_the_classes(tmp_path: Path) -> None:
    file = tmp_path / 's.json'
    metric = InstanceMattingMetric(score_file=str(file))
    metric.dataset_meta = {'classes': ('cat', 'dog')}
    metric.process(None, [sample([A, B], [A])])
    metric.evaluate(1)
    sheet = json.loads(file.read_text())
    assert list(sheet['breakdowns']['category']) == ['cat']
    assert sheet['per_image'][0]['image'] == '0' and sheet['per_image'][0]['matched'] == 1
