import contextlib
import hashlib
import io
import json
import os
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from sosmatting.datasets.photo_sources import stamp_class
from sosmatting.exceptions import InputError, run
from sosmatting.files import read_alpha, read_photo

REPO = Path(__file__).parents[2]
SHARED = REPO / os.environ.get('SOSMATTING_SHARED_DATA', '../shared/data')
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']


def load(file: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(file))


def digest(root: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(root.rglob('*')):
        if path.is_file():
            total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def check_matting_set(root: Path, split: str) -> int:
    """Check every photo and matte of a split; returns the number of instances."""
    coco = load(root / f'annotations/{split}.json')
    for image in coco.loadImgs(coco.getImgIds()):
        photo = read_photo(root / 'images' / image['file_name'])
        assert photo.shape[:2] == (image['height'], image['width'])
        total = np.zeros(photo.shape[:2])
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image['id'])):
            alpha = read_alpha(root / 'alphas' / annotation['alpha']) / 255.0
            total += alpha
            assert annotation['area'] == pytest.approx(alpha.sum())
            x, y, width, height = map(int, annotation['bbox'])
            solid = alpha > 0.5
            assert solid[y : y + height, x : x + width].sum() == solid.sum() >= 40
            assert annotation['category_id'] in coco.cats
        assert total.max() <= 1 + 2.5 / 255  # rounding of up to five mattes
    return len(coco.anns)


@pytest.fixture(scope='module')
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('data') / 'sample'
    arguments = ['sample', '--out', str(root), '--train', '5', '--test', '2', '--size', '96']
    assert main([*arguments, '--workers', '1']) == 0
    return root


def test_sample_holds_both_sets(sample: Path) -> None:
    assert check_matting_set(sample / 'sofi200', 'train') >= 3
    assert check_matting_set(sample / 'sofi200', 'test') >= 2
    names = {
        path.relative_to(sample).parent.as_posix(): sorted(p.stem for p in path.parent.iterdir())
        for path in sample.rglob('*.jpg')
    }
    tests = ['test_00000', 'test_00001']
    assert names == {
        'sofi200/images': [*tests, 'train_00000', 'train_00001', 'train_00002'],
        'coco/train2017': ['train_00003', 'train_00004'],
        'coco/val2017': tests,
    }


def test_sample_masks_are_the_halved_alphas(sample: Path) -> None:
    soft = load(sample / 'sofi200/annotations/test.json')
    hard = load(sample / 'coco/annotations/instances_val2017.json')
    assert len(soft.anns) == len(hard.anns) > 0
    assert soft.dataset['categories'] == hard.dataset['categories']
    for number, annotation in soft.anns.items():
        alpha = read_alpha(sample / 'sofi200/alphas' / annotation['alpha'])
        assert (hard.annToMask(hard.anns[number]) == (alpha >= 128)).all()
        assert hard.anns[number]['image_id'] == annotation['image_id']


def test_sample_again_does_nothing(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = digest(sample)
    arguments = ['sample', '--out', str(sample), '--train', '5', '--test', '2', '--size', '96']
    assert main(arguments) == 0
    assert 'already complete' in capsys.readouterr().out
    assert digest(sample) == before


def test_sample_is_the_same_with_more_workers(sample: Path, tmp_path: Path) -> None:
    arguments = ['sample', '--out', str(tmp_path / 'two'), '--train', '5', '--test', '2']
    assert main([*arguments, '--size', '96', '--workers', '2']) == 0
    assert digest(tmp_path / 'two') == digest(sample)


def test_sample_of_other_options_is_refused(sample: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(lambda: main(['sample', '--out', str(sample), '--seed', '9'])) == 2
    told = capsys.readouterr().err
    assert told.startswith('error: ')
    assert 'seed 0 there, 9 here' in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    'option', ['--train=1', '--test=0', '--size=10', '--seed=-1', '--workers=0']
)
def test_sample_names_a_wrong_option(tmp_path: Path, option: str) -> None:
    with pytest.raises(InputError, match=option.replace('=', ' ')):
        main(['sample', '--out', str(tmp_path / 'x'), option])
    assert not (tmp_path / 'x').exists()


def small_source(root: Path) -> Path:
    """Make a folder of photos as the tool expects it, small and out of nothing."""
    rng = np.random.default_rng(0)
    ramp = np.clip(np.arange(60) / 10, 0, 1) * np.clip(np.arange(60)[::-1] / 10, 0, 1)
    alpha = np.round(ramp[:, None] * ramp * 255).astype(np.uint8)

    def save(name: str, pixels: np.ndarray) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / name)

    for name in ('crow', 'duck', 'lark'):
        rgba = np.dstack([np.full((60, 60, 3), 200, np.uint8), alpha])
        save(f'tuxpaint-stamps/animals/birds/{name}.png', rgba)
    save('tuxpaint-stamps/hobbies/violin.png', np.dstack([alpha] * 4))
    save('alphamatting/input_training_lowres/GT05.png', rng.integers(0, 255, (60, 60, 3), np.uint8))
    save('alphamatting/gt_training_lowres/GT05.png', np.dstack([alpha] * 3))
    save('matting_anything_demo/backgrounds/b.png', np.full((90, 120, 3), 40, np.uint8))
    categories = [
        {'id': k, 'name': n} for k, n in ((1, 'person'), (16, 'bird'), (88, 'teddy bear'))
    ]
    for split in ('train2017', 'val2017'):
        images, annotations = [], []
        for number, category in ((1, 1), (2, 16)):
            save(f'coco/{split}/{number:012d}.jpg', rng.integers(0, 255, (60, 80, 3), np.uint8))
            images.append(
                {'id': number, 'file_name': f'{number:012d}.jpg', 'width': 80, 'height': 60}
            )
            annotations.append(
                {
                    'id': number,
                    'image_id': number,
                    'category_id': category,
                    'bbox': [0, 0, 9, 9],
                    'area': 81.0,
                    'iscrowd': number - 1,
                    'segmentation': {'size': [60, 80], 'counts': [0, 4800]},
                }
            )
        content = {'images': images, 'annotations': annotations, 'categories': categories}
        file = root / f'coco/annotations/instances_{split}_subset.json'
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return small_source(tmp_path / 'source')


def photos(source: Path, root: Path) -> int:
    options = ['--count', '5', '--size', '128', '--workers', '1']
    return main(['photos', str(source), '--out', str(root), *options])


def test_photos_holds_both_sets(source: Path, tmp_path: Path) -> None:
    root = tmp_path / 'out'
    assert photos(source, root) == 0
    assert check_matting_set(root / 'sofi200', 'train') >= 5
    assert check_matting_set(root / 'sofi200', 'test') >= 1
    for split in ('train2017', 'val2017'):
        written = json.loads((root / f'coco/annotations/instances_{split}.json').read_text())
        given = (source / f'coco/annotations/instances_{split}_subset.json').read_text()
        assert written == json.loads(given)
        for image in written['images']:
            photo = source / 'coco' / split / image['file_name']
            assert (root / 'coco' / split / image['file_name']).read_bytes() == photo.read_bytes()


def test_photos_again_does_nothing(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos(source, tmp_path / 'out')
    before = digest(tmp_path / 'out')
    photos(source, tmp_path / 'out')
    assert 'already complete' in capsys.readouterr().out
    assert digest(tmp_path / 'out') == before


@pytest.mark.parametrize(
    ('missing', 'message'),
    [
        ('tuxpaint-stamps', 'expected the folder tuxpaint-stamps in it, found alphamatting'),
        ('coco/val2017', 'expected the folder coco/val2017'),
        ('coco/val2017/000000000002.jpg', '000000000002.jpg: no such file, but instances_val2017'),
        ('coco/annotations/instances_train2017_subset.json', 'found 0'),
        ('alphamatting/gt_training_lowres/GT05.png', 'it is the alpha of GT05.png'),
        ('', 'no such folder'),
    ],
)
def test_photos_names_what_is_missing(
    source: Path, tmp_path: Path, missing: str, message: str
) -> None:
    path = source / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match=message):
        photos(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_photos_refuses_a_foreign_folder(source: Path, tmp_path: Path) -> None:
    (tmp_path / 'out/coco').mkdir(parents=True)
    (tmp_path / 'out/coco/diary.txt').write_text('')
    with pytest.raises(InputError, match=r'something else \(diary.txt\)'):
        photos(source, tmp_path / 'out')


@pytest.mark.parametrize(
    ('path', 'name'),
    [
        ('animals/birds/crow.png', 'bird'),
        ('animals/mammals/bovines/cow_white.png', 'cow'),
        ('animals/mammals/bovines/ram.png', 'sheep'),
        ('vehicles/auto/sportscar2.png', 'car'),
        ('vehicles/masstransit/green_korean_bus.png', 'bus'),
        ('food/fruit/orange_seville.png', 'orange'),
        ('animals/mammals/dogs/fox.png', None),
        ('hobbies/music/percussion/drumkit.png', None),
    ],
)
def test_stamp_class(path: str, name: str | None) -> None:
    assert stamp_class(path) == name


@pytest.mark.skipif(not SHARED.is_dir(), reason=f'no photos in {SHARED} (SOSMATTING_SHARED_DATA)')
def test_photos_of_the_shared_folder(tmp_path: Path) -> None:
    options = ['--count', '4', '--size', '256', '--workers', '1']
    assert main(['photos', str(SHARED), '--out', str(tmp_path / 'out'), *options]) == 0
    assert check_matting_set(tmp_path / 'out/sofi200', 'train') >= 4
    coco = load(tmp_path / 'out/coco/annotations/instances_train2017.json')
    assert len(coco.cats) == 80
    assert any(annotation['iscrowd'] for annotation in coco.anns.values())
