"""The metric of trimap networks, by hand, and its file."""

import json

import pytest
import torch

from sosmatting.evaluation.tables import print_sheet
from sosmatting.evaluation.trimap_matting import DIFFERENCES, SCORES, TrimapMattingMetric
from sosmatting.exceptions import InputError
from sosmatting.functional import alpha_losses


def sample(name, off=0.25):
    truth = torch.linspace(0, 255, 12).round().to(torch.uint8).view(1, 1, 12).repeat(1, 9, 1)
    trimap = torch.full_like(truth, 128)
    trimap[..., :2], trimap[..., -2:] = 0, 255
    pred = (truth.float() / 255 - off).abs()
    return dict(pred_alpha=pred, gt_alpha=truth, trimap=trimap, img_path=f'x/{name}.png', img_id=0)


def test_scores_by_hand():
    given = sample('a')
    pred, truth = given['pred_alpha'].double(), given['gt_alpha'].double() / 255
    unknown = given['trimap'] == 128
    found = TrimapMattingMetric().scores(given['pred_alpha'], given['gt_alpha'], given['trimap'])
    off = (pred - truth).abs()
    assert found['SAD'] == pytest.approx(float(off[unknown].sum()) / 1000)
    assert found['MSE'] == pytest.approx(float((off[unknown] ** 2).mean()) * 1000)
    assert found['unknown_l1'] == pytest.approx(float(off[unknown].mean()))
    assert found['known_l1'] == pytest.approx(float(off[~unknown].mean()))
    assert found['laplacian'] == pytest.approx(
        float(alpha_losses.laplacian(pred[None], truth[None]))
    )
    assert found['gradient_penalty'] > 0 and found['Grad'] > 0
    perfect = TrimapMattingMetric().scores(truth, given['gt_alpha'], given['trimap'])
    assert all(perfect[name] == pytest.approx(0, abs=1e-9) for name in (*SCORES, *DIFFERENCES[:3]))


def test_means_and_file(tmp_path, capsys):
    metric = TrimapMattingMetric(score_file=str(tmp_path / 'scores.json'))
    metric.process(None, [sample('b', 0.5), sample('a', 0.1)])
    mean = metric.evaluate(2)
    assert set(mean) == {f'trimap/{name}' for name in (*SCORES, *DIFFERENCES)}
    sheet = json.loads((tmp_path / 'scores.json').read_text())
    assert [row['image'] for row in sheet['per_image']] == ['a', 'b']
    average = sum(row['SAD'] for row in sheet['per_image']) / 2
    assert sheet['unknown_band']['SAD'] == pytest.approx(average)
    assert mean['trimap/SAD'] == pytest.approx(average)
    print_sheet(sheet)
    shown = capsys.readouterr().out
    assert 'unknown band' in shown and 'gradient_penalty' in shown and 'protocol dim' in shown


def test_a_protocol_of_another_region_is_refused():
    with pytest.raises(InputError, match="'dim' or 'ports'"):
        TrimapMattingMetric('instance')
    with pytest.raises(InputError, match='no photo'):
        TrimapMattingMetric().compute_metrics([])
