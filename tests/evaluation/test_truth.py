"""Ground truth from folders and from JSON."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sosmatting.evaluation.truth import (
    TrueImage,
    TrueInstance,
    matte_pixels,
    read_prediction,
    read_truth,
    read_unknown,
)
from sosmatting.exceptions import InputError
from tests.evaluation.folder_sets import A, B, two_images, write, write_json_truth


def test_him2k_as_it_is(tmp_path: Path) -> None:
    truth, _ = two_images(tmp_path)
    found = read_truth(truth)
    assert (found.kind, found.classes) == ('instances', ())
    assert [image.name for image in found.images] == ['a', 'b']
    assert [item.name for item in found.images[0].instances] == ['00.png', '01.png']
    assert found.images[0].photo is not None
    assert found.images[0].photo.parts[-3:] == ('images', 'natural', 'a.jpg')


def test_json_with_alphas_polygons_and_crowds(tmp_path: Path) -> None:
    found = read_truth(write_json_truth(tmp_path))
    assert found.classes == ('cat', 'dog')
    a, b = found.images
    assert [item.label for item in a.instances] == [0, 1]
    assert [item.crowd for item in b.instances] == [False, True]
    assert (matte_pixels(a.instances[1], a) == B).all()
    square = matte_pixels(b.instances[0], b)
    assert square.shape == A.shape and square.sum() == 20 * 20 * 255
    assert matte_pixels(b.instances[1], b)[:, 40:].all()


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda c: c.pop('annotations'), 'needs the lists images, annotations'),
        (lambda c: c['images'][0].pop('width'), "lacks or misnames 'width'"),
        (lambda c: c['annotations'][0].update(image_id=99), 'lacks or misnames 99'),
        (lambda c: c['annotations'][0].update(category_id=99), 'lacks or misnames 99'),
        (lambda c: c['annotations'][2].pop('segmentation'), "lacks or misnames 'segmentation'"),
        (lambda c: c['images'][0].update(file_name='b.png'), 'b is there twice'),
        (lambda c: c['images'].clear() or c['annotations'].clear(), 'lists no image'),
        (lambda c: c.update(images=7), 'needs the lists'),
    ],
)
def test_wrong_json(tmp_path: Path, change: object, words: str) -> None:
    path = write_json_truth(tmp_path)
    content = json.loads(path.read_text())
    change(content)  # type: ignore[operator]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=words) as error:
        read_truth(path)
    assert 'test.json' in str(error.value) and '\n' not in str(error.value)


def test_a_strangely_named_truth_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {'a/00.png': A, 'a/person.png': A})
    with pytest.raises(InputError, match=r'person\.png: true mattes are named'):
        read_truth(tmp_path)


def test_sizes(tmp_path: Path) -> None:
    write(tmp_path, {'a/00.png': A})
    item = TrueInstance('00.png', tmp_path / 'a/00.png')
    with pytest.raises(InputError, match='is 64x48, its image is 64x50'):
        matte_pixels(item, TrueImage('a', (item,), None, (50, 64)))
    broken = TrueInstance('9', {'size': [5, 5], 'counts': 'x'})
    with pytest.raises(InputError, match='annotation 9 has a segmentation'):
        matte_pixels(broken, TrueImage('a', (broken,), None, (48, 64)))


def test_a_prediction_is_grey(tmp_path: Path) -> None:
    write(tmp_path, {'grey.png': A, 'three.png': np.stack([A] * 3, -1)})
    cv2.imwrite(str(tmp_path / 'deep.png'), A.astype(np.uint16) * 257)
    assert (read_prediction(tmp_path / 'grey.png', A.shape) == A).all()
    assert read_prediction(tmp_path / 'deep.png', A.shape).dtype == np.uint16
    with pytest.raises(InputError, match=r'three\.png: an alpha has 1 channel, this has 3'):
        read_prediction(tmp_path / 'three.png', A.shape)
    with pytest.raises(InputError, match=r'grey\.png: is 64x48, the ground truth is 64x49'):
        read_prediction(tmp_path / 'grey.png', (49, 64))
    cv2.imwrite(str(tmp_path / 'nan.tiff'), np.full((48, 64), np.nan, np.float32))
    (tmp_path / 'nan.tiff').rename(tmp_path / 'nan.png')
    with pytest.raises(InputError, match=r'nan\.png: not readable as a matte'):
        read_prediction(tmp_path / 'nan.png', A.shape)


def test_trimaps(tmp_path: Path) -> None:
    band = np.zeros(A.shape, np.uint8)
    band[:10], band[10:20] = 128, 255
    write(tmp_path, {'a.png': band, 'a/01.png': band[::-1].copy()})
    first, second = TrueInstance('00.png', Path('x')), TrueInstance('01.png', Path('x'))
    image = TrueImage('a', (first, second), None)
    assert (read_unknown(tmp_path, image, first, A.shape) == (band == 128)).all()
    assert (read_unknown(tmp_path, image, second, A.shape) == (band[::-1] == 128)).all()
    with pytest.raises(InputError, match=r'b\.png: no such trimap'):
        read_unknown(tmp_path, TrueImage('b', (), None), first, A.shape)
    with pytest.raises(InputError, match=r'a\.png: is 64x48'):
        read_unknown(tmp_path, image, first, (9, 9))
    write(tmp_path, {'a.png': band + 1})
    with pytest.raises(InputError, match='holds 0, 128 and 255, this also 1'):
        read_unknown(tmp_path, image, first, A.shape)
