"""The model card's numbers end to end on a tiny network: four sets, intervals, a time."""

import json
import re

import pytest
import torch
from mmdet.registry import MODELS

from sosmatting.engine.launch import load_config
from tests.engine.tiny import assert_one_line_error, in_process, tool, write_config


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp('card')
    config = write_config(folder, iterations=1, interval=1)
    for name in ('kinds', 'coco', 'photos'):
        (folder / f'tiny_{name}.py').write_text("_base_ = ['tiny.py']\n")
    torch.manual_seed(0)
    built = load_config(str(config))
    built.model.backbone.init_cfg = None
    (folder / 'trained').mkdir()
    torch.save(MODELS.build(built.model).state_dict(), folder / 'trained/iter_1.pth')
    return folder


def card(folder, *more, run=tool):
    options = ['--config', folder / 'tiny', '--work-dir', folder / 'w', '--resamples', 40]
    return run('model_card.py', folder / 'trained', *options, '--subset', 'photo_1', *more)


def test_card(made):
    done = card(made)
    assert done.returncode == 0, done.stderr[-2000:]
    text = (made / 'w/card.md').read_text()
    assert text in done.stdout
    titles = re.findall('### (.*)', text)
    assert titles == [
        'composed scenes', 'scenes of 272 kinds never seen', "COCO's val2017 part",
        'held-out photos', 'Those named photo_1...',
    ]  # fmt: skip
    assert text.count('4 images, 8 instances') == 4 and text.count('1 images, 2 instances') == 1
    sheet = json.loads((made / 'w/scores_coco.json').read_text())
    first = text.partition('### scenes of')[0]
    value, low, high = re.search(r'\| SAD \| (\S+) \| (\S+) \.\. (\S+) \|', first).groups()
    assert float(value) == pytest.approx(sheet['per_instance']['SAD'], rel=1e-3)
    assert float(low) <= float(value) <= float(high)
    for name in ('IMQ_MAD_50', 'MQ_MAD_50', 'RQ_50', 'soft_AP', 'mask_AP50', 'mask_AP_small'):
        assert f'| {name} |' in text or name.startswith(('MQ', 'mask_AP_'))
    assert re.search(
        r'A photo of 640 x 480 px \(\d+ mattes\).* 0\.\d+ s, median of 9, 1 threads', text
    )
    # Again: the scores of these weights are there.
    again = card(made)
    assert again.returncode == 0 and 'test.py, see' not in again.stdout
    other = card(made, '--cfg-options', 'model.mask_head.test_cfg.max_per_img=1')
    assert other.returncode == 0 and other.stdout.count('test.py, see') == 4
    assert json.loads((made / 'w/scores.json').read_text())['predictions'] <= 4


def test_what_is_not_there(made, tmp_path):
    done = in_process('model_card.py', tmp_path / 'none.pth', '--work-dir', tmp_path / 'w')
    assert_one_line_error(done, 'none.pth', 'no checkpoint')
    root = 'test_dataloader.dataset.data_root=nowhere/'
    done = card(made, '--cfg-options', root, run=in_process)
    assert_one_line_error(done, 'nowhere', 'which tiny.py is scored on')
    done = in_process('model_card.py', made / 'trained', '--config', made / 'gone')
    assert_one_line_error(done, 'gone', 'no such config')
    assert_one_line_error(card(made, '--subset', 'GT', run=in_process), 'no image named GT')
