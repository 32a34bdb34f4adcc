import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.tiny import assert_one_line_error, in_process, write_config


@pytest.fixture(scope='module')
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_config(tmp_path_factory.mktemp('browse'))


def test_sheets_and_statistics(config: Path, tmp_path: Path) -> None:
    done = in_process('browse_data.py', config, '--count', 7, '--out', tmp_path / 'o', '--stats')
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / 'o').iterdir()) == [
        'statistics.json',
        'train_000.png',
        'train_001.png',
    ]
    sheet = np.asarray(Image.open(tmp_path / 'o/train_000.png').convert('RGB')).astype(int)
    magenta = (sheet[..., 0] > sheet[..., 1] + 60) & (sheet[..., 2] > sheet[..., 1] + 60)
    assert magenta.mean() > 0.001, 'the ignored band of hard masks'
    summary = json.loads((tmp_path / 'o/statistics.json').read_text())
    assert summary['images'] == 7
    assert summary['images_of_source'] == {'sample-coco': 4, 'sample-sofi200': 3}
    assert sum(summary['instances_per_image'].values()) == 7
    assert f'{summary["instances"]} instances' in done.stdout


def test_the_test_split_ends_with_its_set(config: Path) -> None:
    done = in_process(
        'browse_data.py', config, '--split', 'test', '--count', 99, '--stats', '--no-sheets'
    )
    assert done.returncode == 0, done.stderr
    assert '4 images, 8 instances' in done.stdout


def test_wrong_options_are_named(config: Path, tmp_path: Path) -> None:
    assert_one_line_error(in_process('browse_data.py', config), '--out')
    wrong = in_process('browse_data.py', config, '--out', tmp_path, '--count', 0)
    assert_one_line_error(wrong, '--count 0')


def test_photos_that_augmentation_left_as_floats(tmp_path: Path) -> None:
    extra = (
        "train_dataloader['dataset']['datasets']['coco']['pipeline'] = "
        "[*pipeline[:-1], dict(type='PhotoMetricDistortion'), pipeline[-1]]"
    )
    config = write_config(tmp_path, extra=extra)
    done = in_process('browse_data.py', config, '--count', 3, '--out', tmp_path / 'o')
    assert done.returncode == 0, done.stderr
    assert np.asarray(Image.open(tmp_path / 'o/train_000.png')).std() > 5
