"""Train, test, export; every file is read back by somebody else's reader."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.engine.tiny import in_process, write_config


@pytest.fixture(scope='module')
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp('smoke')
    config = write_config(folder, iterations=3, interval=3)
    done = in_process('train.py', config, '--work-dir', folder / 'w')
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, config


def test_train_test_export(work, tmp_path):
    folder, config = work
    done = in_process(
        'test.py', config, folder / 'w', '--work-dir', tmp_path / 't', '--out-dir', tmp_path / 'o'
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads((tmp_path / 't/scores.json').read_text())['images'] == 4
    photos = tmp_path / 'photos'
    photos.mkdir()
    rng = np.random.default_rng(0)
    turned = Image.fromarray(rng.integers(0, 256, (60, 100, 3)).astype(np.uint8))
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    turned.save(photos / 'turned.jpg', exif=exif)
    turned.save(photos / 'plain.png')
    (photos / 'broken.jpg').write_bytes(b'\xff\xd8 not a photo')
    done = in_process(
        'export.py', config, folder / 'w', photos, '--out', tmp_path / 'e', '--min-score', 0,
        '--bits', 16,
    )  # fmt: skip
    assert done.returncode == 3
    assert 'broken.jpg' in done.stderr and 'Traceback' not in done.stderr
    for name, size in (('turned', (60, 100)), ('plain', (100, 60))):
        out = tmp_path / 'e' / name
        described = json.loads((out / 'mattes.json').read_text())
        assert (described['width'], described['height']) == size
        assert len(described['instances']) == 5
        scores = [each['score'] for each in described['instances']]
        assert scores == sorted(scores, reverse=True)
        for k in range(5):
            with Image.open(out / f'{k:02d}.png') as alpha:
                assert alpha.size == size and np.asarray(alpha).max() > 255
            with Image.open(out / f'{k:02d}_rgba.png') as cutout:
                assert cutout.size == size and cutout.mode == 'RGBA'
        with Image.open(out / 'overlay.png') as overlay:
            assert overlay.size == size
    assert not (tmp_path / 'e/broken').exists()
