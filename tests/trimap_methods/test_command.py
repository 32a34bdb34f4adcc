"""``sosmatting matte`` as a user runs it: files, folders, wrong input."""

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.cli import main
from sosmatting.exceptions import InputError
from sosmatting.functional.classical import CLASSICAL
from sosmatting.trimap_methods.lookup import SHORT, build_method
from tests.functional.test_classical import picture
from tests.trimap_methods.pictures import write_pair

METHOD = ['--method', 'bayesian']


def matte(*arguments):
    return main(['matte', *map(str, arguments), *METHOD])


@pytest.mark.parametrize('bits', [8, 16])
def test_a_photo_and_its_trimap(tmp_path, bits):
    image, trimap = write_pair(tmp_path / 'in')
    out = tmp_path / 'new' / 'a.png'
    assert matte(image, trimap, '-o', out, '--bits', bits, '--cutout') == 0
    _, known, truth = picture()
    stored = np.asarray(Image.open(out))
    assert stored.dtype == {8: np.uint8, 16: np.uint16}[bits] and stored.shape == known.shape
    opaque = 2**bits - 1
    assert (stored[known == 255] == opaque).all() and (stored[known == 0] == 0).all()
    assert np.abs(stored / opaque - truth).mean() < 0.02
    rgba = np.asarray(Image.open(tmp_path / 'new' / 'a_rgba.png'))
    assert rgba.shape == (*known.shape, 4)
    soft = (rgba[..., 3] > 100) & (rgba[..., 3] < 255)
    assert np.abs(rgba[soft][:, :3] - [220.0, 80, 40]).mean() < 12, 'the background shines through'
    assert sorted(path.name for path in (tmp_path / 'new').iterdir()) == ['a.png', 'a_rgba.png']


def test_folders_go_on_after_an_error(tmp_path, capsys):
    for name in 'abc':
        write_pair(tmp_path / 'in', name, tmp_path / 'tri')
    (tmp_path / 'tri' / 'b.png').unlink()
    assert matte(tmp_path / 'in', tmp_path / 'tri', '-o', tmp_path / 'out') == 3
    shown = capsys.readouterr()
    assert shown.err.splitlines()[0].startswith(f'error: {tmp_path}/tri/b.png: no such trimap')
    assert '1 of 3 pairs' in shown.err
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == ['a.png', 'c.png']


def with_value(trimap, value):
    changed = trimap.copy()
    changed[0, 0] = value
    return changed


CASES = {
    'size': (lambda t: t[:-1], ('is 48 x 39 pixels, its photo 48 x 40', 'save it at that size')),
    'values': (lambda t: with_value(t, 77), ('1 pixels are none of 0, 128 and 255', '77')),
    'no unknown': (lambda t: np.where(t == 128, 0, t), ('no pixel is unknown',)),
    'all unknown': (lambda t: np.full_like(t, 128), ('every pixel is unknown',)),
    'no foreground': (lambda t: np.where(t == 255, 128, t), ('no pixel is sure foreground',)),
    'no background': (lambda t: np.where(t == 0, 128, t), ('no pixel is sure background',)),
}


@pytest.mark.parametrize('case', CASES)
def test_a_wrong_trimap_gets_one_line(tmp_path, capsys, case):
    image, trimap = write_pair(tmp_path)
    change, words = CASES[case]
    cv2.imwrite(str(trimap), change(picture()[1]))
    out = tmp_path / 'out.png'
    out.write_bytes(b'as it was')
    assert matte(image, trimap, '-o', out) == 2
    shown = capsys.readouterr().err
    assert shown.count('\n') == 1 and shown.startswith(f'error: {trimap}: ')
    assert all(word in shown for word in words), shown
    assert out.read_bytes() == b'as it was'


def test_missing_and_broken_files_get_one_line(tmp_path, capsys):
    image, trimap = write_pair(tmp_path)
    broken = tmp_path / 'broken.png'
    broken.write_bytes(trimap.read_bytes()[:60])
    coloured = tmp_path / 'coloured.png'
    cv2.imwrite(str(coloured), np.arange(40 * 48 * 3, dtype=np.uint8).reshape(40, 48, 3))
    gone = tmp_path / 'gone.png'
    for pair, words in (
        ((gone, trimap), 'gone.png: no such file'),
        ((image, gone), 'gone.png: no such trimap'),
        ((image, broken), 'broken.png: not readable'),
        ((image, coloured), 'coloured.png: a matte must be grey'),
        ((tmp_path, trimap), 'give a folder here too'),
    ):
        assert matte(*pair, '-o', tmp_path / 'out.png') == 2
        shown = capsys.readouterr().err
        assert shown.count('\n') == 1 and words in shown, shown
    assert not (tmp_path / 'out.png').exists()


def test_inputs_are_not_overwritten(tmp_path, capsys):
    image, trimap = write_pair(tmp_path)
    before = trimap.read_bytes()
    assert matte(image, trimap, '-o', trimap) == 2
    assert matte(tmp_path, trimap.parent, '-o', trimap.parent) == 2
    assert 'would overwrite' in capsys.readouterr().err
    assert trimap.read_bytes() == before
    assert matte(tmp_path, trimap.parent, '-o', tmp_path / 'one.png') == 2
    assert 'needs a folder' in capsys.readouterr().err
    assert matte(image, trimap, '-o', tmp_path / 'one.jpg') == 2
    assert 'one.jpg: an alpha is a PNG; end it in .png' in capsys.readouterr().err
    assert not (tmp_path / 'one.jpg').exists()


def test_where_to_write_is_tried_before_the_method_is_built(tmp_path, capsys):
    image, trimap = write_pair(tmp_path)
    out = image / 'new' / 'a.png'
    assert matte(image, trimap, '-o', out, '--method', 'gca', '--checkpoint', 'gone.pth') == 2
    assert f'{out.parent}: cannot be written ({image} is a file)' in capsys.readouterr().err


def test_every_classical_name_builds_a_method():
    for name in (*CLASSICAL, *SHORT):
        assert callable(build_method(name))
    with pytest.raises(InputError, match='use one of'):
        build_method('magic')
