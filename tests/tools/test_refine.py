"""tools/refine.py: folders of mattes in, refined ones out."""

import cv2
import numpy as np

from tests.engine.tiny import assert_one_line_error, in_process
from tests.trimap_methods.test_refiner import scene


def write(folder, kind=np.uint8):
    image, alphas, _ = scene(kind)
    for name in ('a', 'b', 'alone'):
        (folder / 'photos').mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f'photos/{name}.png'), np.ascontiguousarray(image[..., ::-1]))
    for name in ('a', 'b'):
        (folder / 'mattes' / name).mkdir(parents=True, exist_ok=True)
        for k, alpha in enumerate(alphas):
            cv2.imwrite(str(folder / f'mattes/{name}/{k:02d}.png'), alpha)
        cv2.imwrite(str(folder / f'mattes/{name}/overlay.png'), image)
    return alphas


def refine(folder, *arguments):
    out = ['--out', folder / 'out', '--method', 'bayesian', '--most', '5']
    return in_process('refine.py', folder / 'photos', folder / 'mattes', *out, *arguments)


def test_mattes_are_refined_and_keep_their_names(tmp_path):
    alphas = write(tmp_path, np.uint16)
    done = refine(tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'a: 3 mattes' in done.stdout and 'alone' not in done.stdout
    found = sorted(
        path.relative_to(tmp_path / 'out').as_posix() for path in (tmp_path / 'out').rglob('*.png')
    )
    assert found == [f'{name}/{k:02d}.png' for name in 'ab' for k in range(3)]
    stored = [cv2.imread(str(tmp_path / f'out/a/{k:02d}.png'), -1) for k in range(3)]
    assert all(each.dtype == np.uint16 for each in stored)
    assert any((a != b).any() for a, b in zip(stored, alphas, strict=True))
    assert np.sum(stored, axis=0, dtype=np.int64).max() <= 65535


def test_a_wrong_matte_is_reported_and_the_rest_is_done(tmp_path):
    write(tmp_path)
    cv2.imwrite(str(tmp_path / 'mattes/a/01.png'), np.zeros((3, 3), np.uint8))
    done = refine(tmp_path)
    assert done.returncode == 3 and 'a/01.png: not of the size' in done.stderr
    assert not (tmp_path / 'out/a').exists() and (tmp_path / 'out/b/02.png').is_file()


def test_wrong_folders_are_named(tmp_path):
    write(tmp_path)
    photos, mattes = tmp_path / 'photos', tmp_path / 'mattes'
    assert_one_line_error(in_process('refine.py', photos, mattes, '--out', mattes), 'themselves')
    done = in_process('refine.py', photos, tmp_path / 'no', '--out', tmp_path / 'out')
    assert_one_line_error(done, 'no such folder')
    done = in_process('refine.py', photos, photos, '--out', tmp_path / 'out')
    assert_one_line_error(done, 'no folder is named after a photo')
