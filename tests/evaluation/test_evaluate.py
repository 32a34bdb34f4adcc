"""A folder of predictions against the truth: numbers, and everything that can be wrong."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sosmatting.evaluation.evaluate import evaluate
from sosmatting.evaluation.folder_scorer import Request
from sosmatting.evaluation.instance_matting import InstanceMattingMetric
from sosmatting.exceptions import InputError
from sosmatting.functional.errors import conn, grad, sad
from tests.evaluation.folder_sets import A, B, disc, two_images, write, write_json_truth


def unit(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels / np.iinfo(pixels.dtype).max)[None]


def test_the_perfect_prediction(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    sheet = evaluate(Request(pred, truth)).sheet
    assert (sheet['images'], sheet['instances'], sheet['predictions']) == (2, 3, 3)
    for name in ('SAD', 'MAD', 'MSE', 'Grad', 'Conn', 'missed', 'spurious'):
        assert sheet['per_instance'][name] == 0
    assert sheet['soft_AP'] == sheet['mask_AP'] == pytest.approx(100)
    assert sheet['imq']['0.75']['IMQ_Grad'] == pytest.approx(100)
    assert sheet['files'] == {'missing': [], 'surplus': [], 'unknown_categories': []}
    assert sheet['settings']['confidence'] == 'mean alpha'
    assert sheet['settings']['categories'] == 'ignored'


def test_missing_and_surplus(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    (pred / 'b/00.png').unlink()
    write(pred, {'c/00.png': A, 'a/03.png': disc(5, 60, 3)})
    sheet = evaluate(Request(pred, truth)).sheet
    assert sheet['files'] == {'missing': ['b'], 'surplus': ['c'], 'unknown_categories': []}
    counts = sheet['per_instance']
    assert (counts['matched'], counts['missed'], counts['spurious']) == (2, 1, 1)
    zero = torch.zeros_like(unit(B))
    assert counts['SAD'] == pytest.approx(unit(B).sum().item() / 3 / 1000)
    expected = conn(zero, unit(B), empty='previous').item() / 3 / 1000
    assert counts['Conn'] == pytest.approx(expected) and expected > 0
    assert [row['matched'] for row in sheet['per_image']] == [2, 0]


def test_the_folders_score_as_the_metric_does(tmp_path: Path) -> None:
    """The same mattes through the files and through mmdet's data samples."""
    rng = np.random.default_rng(0)
    truth, pred = two_images(tmp_path)
    worse = {'a/00.png': np.roll(A, 2, 1), 'a/01.png': B // 2 * 2, 'b/00.png': A}
    write(pred, worse)
    scores = {'a': [0.9, 0.3], 'b': [0.6]}
    for name, values in scores.items():
        (pred / name / 'scores.json').write_text(json.dumps(values))
    ours = evaluate(Request(pred, truth)).sheet

    class Stored:
        def __init__(self, alphas: list[np.ndarray]) -> None:
            self.alphas = torch.from_numpy(np.stack(alphas))

        def to_tensor(self, dtype: object, device: object) -> torch.Tensor:
            return self.alphas

    metric = InstanceMattingMetric()
    true = {'a': [A, B], 'b': [B]}
    for name in rng.permutation(['a', 'b']):
        found = [worse[f'{name}/{k:02d}.png'] for k in range(len(scores[name]))]
        labels = torch.zeros(len(found), dtype=torch.int64)
        sample = {
            'ori_shape': (48, 64),
            'img_id': str(name),
            'gt_instances': {'masks': Stored(true[name]), 'labels': labels},
            'pred_instances': {
                'alphas': torch.from_numpy(np.stack(found)),
                'scores': torch.tensor(scores[name]),
                'labels': labels,
            },
        }
        metric.process(None, [sample])
    metrics = metric.evaluate(2)
    for name in ('SAD', 'MAD', 'MSE', 'Grad', 'Conn', 'matched', 'spurious', 'match_iou'):
        assert ours['per_instance'][name] == metrics[f'instance/{name}']
    assert ours['soft_AP'] == metrics['instance/soft_AP'] > 0
    assert ours['mask_AP'] == metrics['instance/mask_AP']
    assert ours['imq']['0.5']['IMQ_Conn'] == metrics['instance/IMQ_Conn_50']


def test_json_with_categories(tmp_path: Path) -> None:
    gt = write_json_truth(tmp_path)
    pred = write(tmp_path / 'pred', {'a/00.png': A, 'a/01.png': B})
    agnostic = evaluate(Request(pred, gt)).sheet
    assert agnostic['settings']['categories'] == 'ignored'
    assert set(agnostic['breakdowns']['category']) == {'cat', 'dog'}
    assert agnostic['breakdowns']['category']['dog']['missed'] == 1
    assert agnostic['mask_AP'] == pytest.approx(100 * 67 / 101)  # 2 of 3 found: recalls to 0.66
    entries = [
        {'class': name, 'score': 0.9, 'files': {'alpha': f'0{k}.png'}}
        for k, name in enumerate(['cat', 'no such class'])
    ]
    (pred / 'a/mattes.json').write_text(json.dumps({'instances': entries}))
    aware = evaluate(Request(pred, gt)).sheet
    assert aware['settings']['categories'] == 'told apart in the APs'
    by_class = aware['breakdowns']['category']
    assert by_class['cat']['mask_AP'] == by_class['cat']['soft_AP'] == pytest.approx(100)
    assert by_class['dog']['mask_AP'] == 0
    assert aware['per_instance']['matched'] == 2, 'errors do not ask for the class'
    assert aware['files']['unknown_categories'] == ['no such class']
    assert agnostic['files']['unknown_categories'] == []


def singles(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two images with one 16-bit matte each, half of it unknown."""
    deep = A.astype(np.uint16) * 257
    deep[A > 0] -= 100
    gt = write(tmp_path / 'gt', {'x.png': deep, 'y.png': B})
    pred = write(tmp_path / 'pred', {'x.png': deep // 2, 'y.png': B})
    band = np.zeros(A.shape, np.uint8)
    band[:20] = 128
    trimap = write(tmp_path / 'trimap', {'x.png': band, 'y.png': band})
    return gt, pred, trimap


@pytest.mark.parametrize(
    ('protocol', 'rules'),
    [('dim', ('min-max', 'matlab')), ('ports', ('none', 'previous'))],
)
def test_single_mattes_in_the_unknown_band(
    tmp_path: Path, protocol: str, rules: tuple[str, str]
) -> None:
    gt, pred, trimap = singles(tmp_path)
    result = evaluate(Request(pred, gt, protocol, trimap))
    p, g = (unit(cv2.imread(str(folder / 'x.png'), -1)) for folder in (pred, gt))
    band = torch.zeros(1, 48, 64, dtype=torch.bool)
    band[:, :20] = True
    row = result.sheet['per_image'][0]['errors']
    assert row['SAD'] == pytest.approx(sad(p, g, band).item() / 1000, rel=1e-12)
    assert row['Grad'] == pytest.approx(grad(p, g, band, rules[0]).item() / 1000, rel=1e-9, abs=0)
    assert row['Conn'] == pytest.approx(conn(p, g, band, rules[1]).item() / 1000, rel=1e-12)
    assert result.sheet['per_image'][1]['errors']['SAD'] == 0
    assert set(result.sheet['per_instance']) >= {'SAD', 'matched'} and 'imq' not in result.sheet


def test_single_mattes_of_the_whole_image_and_a_missing_one(tmp_path: Path) -> None:
    gt, pred, _ = singles(tmp_path)
    (pred / 'y.png').unlink()
    sheet = evaluate(Request(pred, gt)).sheet
    assert sheet['files']['missing'] == ['y']
    assert sheet['per_image'][1]['errors']['SAD'] == pytest.approx(unit(B).sum().item() / 1000)
    assert sheet['per_instance']['missed'] == 1
    union = evaluate(Request(pred, gt, 'imq')).sheet
    assert union['imq']['0.5']['FN'] == 1
    assert union['per_instance']['SAD'] == sheet['per_instance']['SAD']


def test_the_band_of_instances(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    write(pred, {'a/00.png': A // 2})
    band = np.zeros(A.shape, np.uint8)
    band[:16] = 128
    trimap = write(tmp_path / 'trimap', {'a.png': band, 'b.png': band})
    sheet = evaluate(Request(pred, truth, 'ports', trimap)).sheet
    region = torch.zeros(1, 48, 64, dtype=torch.bool)
    region[:, :16] = True
    expected = sad(unit(A // 2), unit(A), region).item() / 3 / 1000
    assert sheet['per_instance']['SAD'] == pytest.approx(expected)


def test_floor_and_min_score(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    write(pred, {'a/00.png': np.maximum(A, 3), 'b/01.png': A})
    plain = evaluate(Request(pred, truth)).sheet['per_instance']
    assert plain['matched'] == 2 and plain['spurious'] == 2
    assert evaluate(Request(pred, truth, floor=4)).sheet['per_instance']['matched'] == 3
    for name, values in (('a', [0.9, 0.9]), ('b', [0.9, 0.1])):
        (pred / name / 'scores.json').write_text(json.dumps(values))
    sure = evaluate(Request(pred, truth, floor=4, min_score=0.5)).sheet['per_instance']
    assert (sure['matched'], sure['spurious']) == (3, 0)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'protocol': 'dime'}, '--protocol dime: no such protocol; use one of dim, instance'),
        ({'protocol': 'dim'}, '--protocol dim: .*--trimap DIR'),
        ({'trimap': Path('x')}, '--trimap x: --protocol instance does not use it'),
        ({'images': Path('x')}, '--images x: no such folder'),
        ({'floor': 0}, 'floor: 0'),
        ({'min_score': 2.0}, 'min_score: 2.0'),
        ({'pred': Path('none')}, '--pred none: no such folder'),
        ({'gt': Path('none')}, '--gt none: no such folder'),
        ({'gt': Path('none.json')}, 'none.json: no such file'),
    ],
)
def test_wrong_options(tmp_path: Path, options: dict, words: str) -> None:
    truth, pred = two_images(tmp_path)
    with pytest.raises(InputError, match=words) as error:
        evaluate(Request(**({'pred': pred, 'gt': truth} | options)))
    assert '\n' not in str(error.value)


def test_wrong_files(tmp_path: Path) -> None:
    truth, pred = two_images(tmp_path)
    write(pred, {'b/00.png': B[:-1]})
    with pytest.raises(InputError, match=r'b/00\.png: is 64x47, the ground truth is 64x48'):
        evaluate(Request(pred, truth))
    write(pred, {'b/00.png': np.stack([B] * 3, -1)})
    with pytest.raises(InputError, match=r'b/00\.png: an alpha has 1 channel'):
        evaluate(Request(pred, truth))
    (pred / 'b/00.png').write_bytes(b'no picture')
    with pytest.raises(InputError, match=r'b/00\.png: not readable'):
        evaluate(Request(pred, truth))
    write(truth, {'b/01.png': A[:-1]})
    with pytest.raises(InputError, match=r'b/01\.png: is 64x47, the other mattes'):
        evaluate(Request(pred, truth))


def test_two_layouts_and_strangers(tmp_path: Path) -> None:
    truth, _ = two_images(tmp_path)
    flat = write(tmp_path / 'flat', {'a.png': A})
    with pytest.raises(InputError, match='holds one matte per image'):
        evaluate(Request(flat, truth))
    strangers = write(tmp_path / 'strangers', {'q/00.png': A})
    with pytest.raises(InputError, match=r"no prediction for any image .*'a'"):
        evaluate(Request(strangers, truth))
