import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import sosmatting.register  # noqa: F401
from sosmatting.datasets.composed.foregrounds import CutoutReader, list_foregrounds
from sosmatting.datasets.lifted_cutouts import in_one_piece
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from tests.datasets import layouts
from tests.datasets.composed.prepared import dataset, prepare

pytest.importorskip('pymatting')
REPO = Path(__file__).parents[2]
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']


def cut(source: Path, out: Path, *options: str) -> int:
    file = source / 'annotations/instances_train2017.json'
    arguments = ['lifted-cutouts', str(file), str(source / 'train2017'), '--out', str(out)]
    return main([*arguments, '--workers', '1', *options])


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('lifted')
    layouts.coco(folder)
    return folder


@pytest.fixture(scope='module')
def cutouts(source: Path) -> Path:
    assert cut(source, source / 'out', '--min-area', '100') == 0
    return source / 'out'


def test_instances_are_cut_out_along_their_masks(source: Path, cutouts: Path) -> None:
    person, bird = list_foregrounds(cutouts, 'train')
    assert (person.category, bird.category) == ('person', 'bird')
    assert not any(person.cut)
    rgba = CutoutReader()(person, 100)
    opacity = rgba[..., 3] / 255
    # The mask is 28 px square, its unknown band 2 px wide on either side.
    assert person.sizes[0] == rgba.shape[1::-1] and all(
        24 <= side <= 32 for side in person.sizes[0]
    )
    assert person.area == pytest.approx(opacity.sum()) and 24**2 <= person.area <= 32**2
    photo = read_photo(source / 'train2017/000000000001.jpg')[..., ::-1].astype(int)
    centre = rgba[rgba.shape[0] // 2, rgba.shape[1] // 2]
    assert centre[3] == 255 and np.abs(centre[:3] - photo[22, 22]).max() < 24


def test_what_they_are_is_written_down(cutouts: Path) -> None:
    content = json.loads((cutouts / 'annotations/train.json').read_text())
    assert content['info']['pseudo'] is True and content['info']['cutouts'] == 2
    assert all(annotation['pseudo'] for annotation in content['annotations'])


def test_they_are_not_cut_out_twice(source: Path, cutouts: Path, capsys) -> None:
    assert cut(source, cutouts, '--min-area', '100') == 0
    assert 'already complete' in capsys.readouterr().out


def test_small_unwanted_and_doubtful_ones_are_left_out(source: Path, tmp_path: Path) -> None:
    assert cut(source, tmp_path / 'no-bird', '--min-area', '100', '--without', 'bird') == 0
    assert [f.category for f in list_foregrounds(tmp_path / 'no-bird', 'train')] == ['person']
    file = source / 'annotations/instances_train2017.json'
    content = json.loads(file.read_text())
    content['annotations'][0]['pseudo_iou'] = 0.8
    other = tmp_path / 'annotations/instances_train2017.json'
    other.parent.mkdir()
    other.write_text(json.dumps(content))
    (tmp_path / 'train2017').symlink_to(source / 'train2017')
    assert cut(tmp_path, tmp_path / 'sure', '--min-area', '100', '--min-iou', '0.9') == 0
    assert [f.category for f in list_foregrounds(tmp_path / 'sure', 'train')] == ['bird']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--without', 'unicorn'], 'no category of'),
        (['--min-area', '1e6'], 'no instance of that kind and size'),
    ],
)
def test_what_cannot_be_is_named(source: Path, tmp_path: Path, options, message) -> None:
    with pytest.raises(InputError, match=message):
        cut(source, tmp_path / 'out', *options)
    assert not (tmp_path / 'out').exists()


def test_an_annotation_without_its_photo_is_named(source: Path, tmp_path: Path) -> None:
    file = source / 'annotations/instances_train2017.json'
    content = json.loads(file.read_text())
    content['annotations'][0]['image_id'] = 99
    other = tmp_path / 'annotations/instances_train2017.json'
    other.parent.mkdir()
    other.write_text(json.dumps(content))
    with pytest.raises(InputError, match='download it again'):
        cut(tmp_path, tmp_path / 'out', '--min-area', '100')
    assert not (tmp_path / 'out').exists()


def test_a_mask_in_parts_is_seen() -> None:
    mask = np.zeros((40, 40), bool)
    mask[4:20, 4:20] = True
    assert in_one_piece(mask)
    mask[30:32, 30:32] = True  # a crumb
    assert in_one_piece(mask)
    mask[26:38, 4:20] = True
    assert not in_one_piece(mask) and not in_one_piece(np.zeros((4, 4), bool))


def test_scenes_are_composed_of_them(cutouts: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    given = dict(
        foregrounds=[dict(data_root=str(cutouts))], metainfo=dict(classes=('bird', 'person')),
        stand_in=None, recipe=dict(size=96, min_area=16, sizes=[0.15, 0.6], balanced=True),
    )  # fmt: skip
    composed = dataset(tmp_path, **given)
    labels = {label for k in range(8) for label in composed.scene(0, k).labels}
    assert labels == {0, 1}
