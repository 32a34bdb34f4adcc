"""The portrait command: a new background, bands by width, what is refused."""

import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.cli import main
from sosmatting.trimap_methods.portrait import covering, recomposed
from tests.functional.test_classical import picture
from tests.trimap_methods.pictures import write_pair

METHOD = ['--method', 'bayesian']


@pytest.fixture
def files(tmp_path):
    image, _ = write_pair(tmp_path)
    behind, mask = tmp_path / 'behind.png', tmp_path / 'mask.png'
    cv2.imwrite(str(behind), np.full((30, 90, 3), (10, 200, 30), np.uint8))
    cv2.imwrite(str(mask), (picture()[2] > 0.5).astype(np.uint8) * 255)
    return image, behind, mask, tmp_path / 'out'


def portrait(image, behind, out, *arguments):
    return main(['portrait', *map(str, (image, behind, '-o', out, *arguments)), *METHOD])


def read(path):
    return np.asarray(Image.open(path)).astype(int)


def test_a_mask_is_enough(files):
    image, behind, mask, out = files
    assert portrait(image, behind, out, '--mask', mask, '--erode', 3, '--dilate', 4, '--sheet') == 0
    truth = picture()[2]
    alpha, trimap, made = (read(out / f'{n}.png') for n in ('alpha', 'trimap', 'composite'))
    assert np.abs(alpha / 255 - truth).mean() < 0.02
    assert set(np.unique(trimap)) == {0, 128, 255}
    expected = truth[..., None] * [220, 80, 40] + (1 - truth[..., None]) * [30, 200, 10]
    assert np.abs(made - expected).mean() < 4
    assert (made[0, 0] == [30, 200, 10]).all()
    inside, outside = (trimap == 255).sum(), (trimap > 0).sum()
    assert inside < (truth > 0.5).sum() < outside
    sheet = read(out / 'sheet.png')
    assert sheet.shape[0] > 3 * 480 and sheet.shape[2] == 3


def test_the_people_of_a_model(files, monkeypatch):
    image, behind, _, out = files
    hard = (picture()[2] > 0.5).astype(np.uint8) * 255
    left, right = hard.copy(), hard.copy()
    left[:, 24:], right[:, :24] = 0, 0

    class Mattes:
        opaque = 255
        scores = np.array([0.9, 0.8, 0.7, 0.1])
        names = ('person', 'dog', 'person', 'person')
        alphas = np.stack([left, np.full_like(hard, 255), right, np.full_like(hard, 255)])

    taken = []

    def matter(config, checkpoint, device):
        taken.append((config, checkpoint))
        return lambda photo: Mattes

    fake = SimpleNamespace(Matter=matter)
    monkeypatch.setitem(sys.modules, 'sosmatting.apis', fake)
    assert portrait(image, behind, out) == 0, 'the model of the package'
    assert np.abs(read(out / 'alpha.png') / 255 - picture()[2]).mean() < 0.02
    assert portrait(image, behind, out, '--checkpoint', 'x.pth', '--label', 'cat') == 2
    assert taken == [('soso_mini_twice', None), ('soso_mini_twice', 'x.pth')]


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--mask', 'MASK', '--checkpoint', 'x.pth'], '--mask and --checkpoint'),
        (['--min-score', '0.99'], 'finds no person'),
        (['--mask', 'MASK', '--erode', '-1'], '--erode -1'),
        (['--mask', 'MASK', '--erode', '0'], 'no pixel is unknown'),
        (['--mask', 'gone.png'], 'gone.png: no such file'),
        (['--mask', 'BEHIND'], 'a matte must be grey'),
        (['--mask', 'SMALL'], 'save it at that size'),
        (['--mask', 'EMPTY'], 'nothing is opaque'),
    ],
)
def test_what_is_wrong_gets_one_line_and_no_file(files, tmp_path, capsys, arguments, words):
    image, behind, mask, out = files
    cv2.imwrite(str(tmp_path / 'small.png'), np.full((5, 5), 255, np.uint8))
    cv2.imwrite(str(tmp_path / 'empty.png'), np.zeros((40, 48), np.uint8))
    named = dict(MASK=mask, BEHIND=behind, SMALL=tmp_path / 'small.png')
    named['EMPTY'] = tmp_path / 'empty.png'
    assert portrait(image, behind, out, *(named.get(each, each) for each in arguments)) == 2
    shown = capsys.readouterr().err
    assert shown.count('\n') == 1 and words in shown, shown
    assert not out.exists()
    assert portrait(tmp_path / 'gone.png', behind, image) == 2
    assert f'{image}: is a file; name a folder' in capsys.readouterr().err


def test_a_background_covers_the_photo():
    wide = np.arange(4, dtype=np.uint8)[None, :, None].repeat(2, 0).repeat(3, 2)
    assert covering(wide, (2, 2))[0, :, 0].tolist() == [1, 2]
    assert covering(wide, (8, 4)).shape == (8, 4, 3)
    image = np.full((4, 6, 3), 90, np.uint8)
    assert np.array_equal(recomposed(image, np.ones((4, 6), np.float32), wide), image)
    assert (recomposed(image, np.zeros((4, 6), np.float32), wide * 0 + 7) == 7).all()
