import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from sosmatting.datasets.writer import Layout, Plan, encode_mask, solid_box, write_set
from sosmatting.exceptions import InputError
from sosmatting.files import read_alpha, read_photo

CATEGORIES = [{'id': 7, 'name': 'cat'}, {'id': 9, 'name': 'dog'}]
SPLITS = {
    'sofi200': {'train': {'a': 0, 'b': 1}, 'test': {'c': 5}},
    'coco': {'train2017': {'a': 0, 'b': 1}, 'val2017': {'c': 5}},
}


@dataclass(frozen=True)
class Drawn:
    image: np.ndarray
    alphas: np.ndarray
    labels: tuple[int, ...]


def draw(number: int) -> Drawn:
    alphas = np.zeros((2, 8, 10), np.float32)
    alphas[0, 1:5, 2:6] = 1
    alphas[0, 1:5, 6] = 0.25
    alphas[1, 6:8, 0:3] = 0.6
    return Drawn(np.full((8, 10, 3), 10 * number, np.uint8), alphas, (1, 0))


@dataclass
class Counting:
    numbers: list[int] = field(default_factory=list)
    fail_at: int | None = None

    def __call__(self, number: int) -> Drawn:
        if number == self.fail_at:
            raise KeyboardInterrupt
        self.numbers.append(number)
        return draw(number)


def plan_of(root: Path, layout: Layout) -> Plan:
    return Plan(root, layout, CATEGORIES, SPLITS[layout], {'seed': 0})


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def load(file: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(file))


def test_matting_layout(tmp_path: Path) -> None:
    root = tmp_path / 'set'
    assert write_set(plan_of(root, 'sofi200'), draw)
    assert list(contents(root)) == [
        *(f'alphas/{name}/{k}.png' for name in 'abc' for k in ('00', '01')),
        'annotations/test.json',
        'annotations/train.json',
        *(f'images/{name}.jpg' for name in 'abc'),
    ]
    coco = load(root / 'annotations/train.json')
    assert [image['file_name'] for image in coco.loadImgs(coco.getImgIds())] == ['a.jpg', 'b.jpg']
    first, second = coco.loadAnns(coco.getAnnIds(imgIds=1))
    assert first['bbox'] == [2, 1, 4, 4]
    assert first['area'] == pytest.approx(16 + 4 * 64 / 255)
    assert [first['category_id'], second['category_id']] == [9, 7]
    assert second['alpha'] == 'a/01.png'
    assert second['iscrowd'] == 0
    alpha = read_alpha(root / 'alphas' / second['alpha'])
    assert (alpha == np.round(draw(0).alphas[1] * 255)).all()
    assert np.abs(read_photo(root / 'images/b.jpg').astype(int) - 10).max() <= 2


def test_coco_layout(tmp_path: Path) -> None:
    root = tmp_path / 'set'
    write_set(plan_of(root, 'coco'), draw)
    assert sorted(path.name for path in root.iterdir()) == ['annotations', 'train2017', 'val2017']
    coco = load(root / 'annotations/instances_val2017.json')
    first, second = coco.loadAnns(coco.getAnnIds(imgIds=6))
    assert (coco.annToMask(first).astype(bool) == (draw(5).alphas[0] >= 0.5)).all()
    assert (coco.annToMask(second).astype(bool) == (draw(5).alphas[1] >= 0.5)).all()
    assert (first['bbox'], first['area']) == ([2, 1, 4, 4], 16)
    assert (root / 'val2017/c.jpg').is_file()


@pytest.mark.parametrize('layout', ['sofi200', 'coco'])
def test_a_complete_set_is_left_alone(tmp_path: Path, layout: Layout) -> None:
    plan, counting = plan_of(tmp_path / 'set', layout), Counting()
    assert write_set(plan, counting)
    before = contents(plan.root)
    assert not write_set(plan, counting)
    assert counting.numbers == [0, 1, 5]
    assert contents(plan.root) == before


def test_an_interrupted_set_goes_on(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / 'set', 'sofi200')
    with pytest.raises(KeyboardInterrupt):
        write_set(plan, Counting(fail_at=5))
    assert not (plan.root / 'annotations').exists()
    (plan.root / 'alphas/b/01.png').unlink()  # one of the finished scenes lost a file
    (plan.root / 'images/.c.jpg.abc.part').write_bytes(b'half')  # a killed process leaves these
    counting = Counting()
    assert write_set(plan, counting)
    assert counting.numbers == [1, 5]
    whole = plan_of(tmp_path / 'whole', 'sofi200')
    write_set(whole, draw)
    assert contents(plan.root) == contents(whole.root)


def test_a_lost_file_of_a_complete_set_is_made_again(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / 'set', 'sofi200')
    write_set(plan, draw)
    before = contents(plan.root)
    (plan.root / 'alphas/c/00.png').unlink()
    assert write_set(plan, draw)
    assert contents(plan.root) == before


def test_a_set_being_mended_is_unfinished(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / 'set', 'sofi200')
    write_set(plan, draw)
    (plan.root / 'alphas/c/00.png').unlink()
    with pytest.raises(KeyboardInterrupt):
        write_set(plan, Counting(fail_at=0))
    assert not list((plan.root / 'annotations').glob('*.json'))


def test_workers_change_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / 'two', 'sofi200')
    write_set(plan, draw, workers=2)
    write_set(replace(plan, root=tmp_path / 'one'), draw, workers=1)
    assert contents(tmp_path / 'one') == contents(tmp_path / 'two')


def _set_of_another_seed(root: Path) -> None:
    write_set(replace(plan_of(root, 'sofi200'), info={'seed': 1}), draw)


def _unfinished_set_of_another_seed(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_set(replace(plan_of(root, 'sofi200'), info={'seed': 1}), Counting(fail_at=1))


def _holiday_photos(root: Path) -> None:
    root.mkdir()
    (root / 'holiday.jpg').write_bytes(b'')


def _foreign_annotations(root: Path) -> None:
    (root / 'annotations').mkdir(parents=True)
    (root / 'annotations/train.json').write_text(json.dumps({'images': []}))


@pytest.mark.parametrize(
    ('fill', 'message'),
    [
        (_set_of_another_seed, 'seed 1 there, 0 here'),
        (_unfinished_set_of_another_seed, 'seed 1 there, 0 here'),
        (_holiday_photos, r'something else already \(holiday.jpg\)'),
        (_foreign_annotations, 'made in another way'),
    ],
)
def test_other_contents_are_refused(
    tmp_path: Path, fill: Callable[[Path], None], message: str
) -> None:
    root = tmp_path / 'set'
    fill(root)
    before = contents(root)
    with pytest.raises(InputError, match=message):
        write_set(plan_of(root, 'sofi200'), draw)
    assert contents(root) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'set').write_text('')
    with pytest.raises(InputError, match='choose another folder'):
        write_set(plan_of(tmp_path / 'set', 'sofi200'), draw)


def test_solid_box_by_hand() -> None:
    alpha = np.zeros((5, 6), np.uint8)
    assert solid_box(alpha) == [0, 0, 0, 0]
    alpha[1, 2], alpha[3, 4], alpha[0, 0] = 128, 255, 127
    assert solid_box(alpha) == [2, 1, 3, 3]


def test_encode_mask_is_json() -> None:
    mask = np.zeros((5, 6), bool)
    mask[1:3, 2:6] = True
    code = json.loads(json.dumps(encode_mask(mask)))
    assert (code['area'], code['bbox']) == (8, [2, 1, 4, 2])
    assert code['segmentation']['size'] == [5, 6]
