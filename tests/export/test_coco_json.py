"""Loaded by pycocotools; masks, boxes and areas against plain NumPy."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from sosmatting.export.coco_json import category_ids, coco_dataset, write_coco_json
from sosmatting.mattes import Mattes

from .matte_cases import make_job, soft_mattes


def write(path: Path, mattes: Mattes, names: list[dict[str, str]], **options: object) -> dict:
    job = make_job(mattes, title='photo', **options)
    job.files[:] = names
    write_coco_json(path, job)
    return json.loads(path.read_text())


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_pycocotools_loads_it_as_truth_and_as_results(
    tmp_path: Path, dtype: type, capsys: pytest.CaptureFixture[str]
) -> None:
    mattes = soft_mattes(dtype)
    path = tmp_path / 'coco.json'
    names = [{'alpha': f'{i:02d}.png'} for i in range(3)]
    content = write(path, mattes, names, source='some/where/a photo.jpg')
    truth = COCO(str(path))
    assert truth.loadImgs([1]) == [{'id': 1, 'width': 90, 'height': 60, 'file_name': 'a photo.jpg'}]
    assert [c['name'] for c in truth.loadCats(truth.getCatIds())] == ['person', 'dog']
    annotations = truth.loadAnns(truth.getAnnIds())
    for index, annotation in enumerate(annotations):
        mask = mattes.alphas[index] / np.iinfo(dtype).max >= 0.5
        assert np.array_equal(truth.annToMask(annotation).astype(bool), mask)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = [columns[0], rows[0], len(columns), len(rows)]
        assert annotation['bbox'] == box and annotation['area'] == mask.sum()
        assert annotation['score'] == pytest.approx(mattes.scores[index], abs=1e-6)
        assert annotation['category_id'] == [1, 2, 1][index]
        assert annotation['alpha'] == f'{index:02d}.png' and annotation['iscrowd'] == 0
    results = truth.loadRes(content['annotations'])
    judge = COCOeval(truth, results, 'segm')
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    assert judge.stats[0] == pytest.approx(1), 'against themselves, they are perfect'
    capsys.readouterr()


def test_half_opaque_is_inside() -> None:
    for dtype, values in ((np.uint8, [127, 128]), (np.uint16, [32767, 32768])):
        mattes = soft_mattes(dtype)[:1]
        mattes.alphas[:] = 0
        mattes.alphas[0, 3, 4:6] = values
        (annotation,) = coco_dataset(mattes)['annotations']
        assert annotation['area'] == 1 and annotation['bbox'] == [5, 3, 1, 1]


@pytest.mark.parametrize(('names', 'options'), [({}, {}), ({'alpha': 'x'}, {'embed_alpha': True})])
def test_mattes_are_embedded_where_asked_or_without_files(
    tmp_path: Path, names: dict, options: dict
) -> None:
    mattes = soft_mattes(np.uint16)
    content = write(tmp_path / 'coco.json', mattes, [names] * 3, crop=True, **options)
    for annotation, alpha in zip(content['annotations'], mattes.alphas, strict=True):
        png = np.frombuffer(base64.b64decode(annotation['alpha']), np.uint8)
        assert np.array_equal(cv2.imdecode(png, cv2.IMREAD_UNCHANGED), alpha)
        assert 'alpha_offset' not in annotation, 'the whole frame'


def test_cropped_files_have_their_place(tmp_path: Path) -> None:
    names = [{'alpha': f'{i:02d}.png', 'alpha16': f'{i:02d}_16.png'} for i in range(3)]
    content = write(tmp_path / 'coco.json', soft_mattes(), names, crop=True)
    told = [(a['alpha'], a['alpha_offset']) for a in content['annotations']]
    assert told == [('00_16.png', [10, 5]), ('01_16.png', [35, 15]), ('02_16.png', [80, 50])]


def test_no_matte_and_an_empty_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mattes = soft_mattes()
    content = write(tmp_path / 'coco.json', mattes[:0], [])
    assert content['annotations'] == [] and len(content['categories']) == 2
    assert COCO(str(tmp_path / 'coco.json')).getAnnIds() == []
    mattes.alphas[0] = 100
    content = write(tmp_path / 'coco.json', mattes, [{}] * 3)
    assert content['annotations'][0]['bbox'] == [0, 0, 0, 0]
    truth = COCO(str(tmp_path / 'coco.json'))
    assert not truth.annToMask(truth.loadAnns([1])[0]).any()
    capsys.readouterr()


def test_several_photos_make_one_set() -> None:
    mattes = replace(soft_mattes(), classes=('cat', 'ball'))
    second = coco_dataset(mattes, ['a', 'b', 'c'], 'second.jpg', image_id=2, first_id=4)
    assert [a['id'] for a in second['annotations']] == [4, 5, 6]
    assert {a['image_id'] for a in second['annotations']} == {2} == {second['images'][0]['id']}


def test_cocos_own_categories_keep_their_numbers() -> None:
    names = ['person', *(f'c{i}' for i in range(78)), 'toothbrush']
    numbers = category_ids(names)
    # From COCO's annotation files: stop sign 13, backpack 27, dining table 67, toothbrush 90.
    assert [numbers[i] for i in (0, 10, 11, 24, 60, 79)] == [1, 11, 13, 27, 67, 90]
    assert len(set(numbers)) == 80
    assert category_ids(['person', 'cat']) == [1, 2]
