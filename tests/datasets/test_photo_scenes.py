from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.photo_scenes import TEST_START, PhotoScenes, split_cutouts
from sosmatting.datasets.photo_sources import Cutout, read_cutout
from sosmatting.exceptions import InputError


@pytest.fixture
def make(tmp_path: Path) -> PhotoScenes:
    ramp = np.clip(np.arange(60) / 10, 0, 1) * np.clip(np.arange(60)[::-1] / 10, 0, 1)
    alpha = np.round(ramp[:, None] * ramp * 255).astype(np.uint8)
    cutouts = []
    for k, grey in enumerate((90, 200)):
        rgba = np.dstack([np.full((60, 60, 3), grey, np.uint8), alpha])
        Image.fromarray(rgba).save(tmp_path / f'{k}.png')
        cutouts.append(Cutout(tmp_path / f'{k}.png', None, ('bird', 'dog')[k]))
    Image.fromarray(np.full((90, 160, 3), 40, np.uint8)).save(tmp_path / 'b.png')
    photos = [tmp_path / 'b.png']
    return PhotoScenes((cutouts, cutouts[:1]), (photos, photos), ('bird', 'cat', 'dog'), 0, 128)


def test_scenes_are_the_sum_of_their_layers(make: PhotoScenes) -> None:
    seen = set()
    for number in range(8):
        scene = make(number)
        seen |= set(scene.labels)
        expected = (1 - scene.alphas.sum(0))[..., None] * scene.background
        for alpha, colour in zip(scene.alphas, scene.colours, strict=True):
            expected = expected + alpha[..., None] * colour
        assert scene.image.shape == (72, 128, 3)
        assert np.abs(scene.image - expected * 255).max() <= 0.51
        assert ((scene.alphas > 0.02) & (scene.alphas < 0.98)).any()
    assert seen == {0, 2}


def test_test_scenes_hold_only_test_objects(make: PhotoScenes) -> None:
    labels = {label for k in range(6) for label in make(TEST_START + k).labels}
    assert labels == {0}
    assert make(3).image.tobytes() == make(3).image.tobytes() != make(4).image.tobytes()


def test_split_cutouts_shares_none() -> None:
    birds = [Cutout(Path(f'{k}.png'), None, 'bird') for k in range(7)]
    dogs = [Cutout(Path(f'd{k}.png'), None, 'dog') for k in range(2)]
    train, test = split_cutouts(birds + dogs)
    assert test == [birds[2], birds[5]]
    assert train == [birds[k] for k in (0, 1, 3, 4, 6)] + dogs


def test_read_cutout_crops_and_premultiplies(tmp_path: Path) -> None:
    rgba = np.zeros((9, 8, 4), np.uint8)
    rgba[2:5, 3:7] = (255, 0, 51, 102)
    Image.fromarray(rgba).save(tmp_path / 'a.png')
    read = read_cutout(Cutout(tmp_path / 'a.png', None, 'bird'))
    assert read.shape == (3, 4, 4)
    assert read[0, 0] == pytest.approx([0.4, 0, 0.08, 0.4])


def test_read_cutout_refuses_what_cannot_be_seen(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((5, 5, 4), np.uint8)).save(tmp_path / 'a.png')
    with pytest.raises(InputError, match='fully transparent'):
        read_cutout(Cutout(tmp_path / 'a.png', None, 'bird'))
    (tmp_path / 'b.png').write_bytes(b'no picture')
    with pytest.raises(InputError, match=r'b\.png: not readable'):
        read_cutout(Cutout(tmp_path / 'b.png', None, 'bird'))
