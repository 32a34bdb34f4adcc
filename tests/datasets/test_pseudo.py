import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import sosmatting.register  # noqa: F401
from sosmatting.datasets.pseudo import PseudoAlphas, lift
from sosmatting.datasets.sets.sofi200 import problems
from sosmatting.datasets.sofi200 import Sofi200
from sosmatting.exceptions import InputError
from sosmatting.files import read_alpha
from tests.datasets import layouts

pytest.importorskip('pymatting')
REPO = Path(__file__).parents[2]
main = runpy.run_path(str(REPO / 'tools/prepare_data.py'))['main']
PIPELINE = [dict(type='LoadPhoto'), dict(type='LoadMattes'), dict(type='PackMattes')]


def prepare(source: Path, out: Path, *options: str) -> int:
    arguments = ['pseudo', str(source), '--out', str(out), '--workers', '1', '--min-area', '500']
    return main([*arguments, *options])


@pytest.fixture(scope='module')
def lifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('pseudo')
    layouts.coco(folder / 'coco')
    assert prepare(folder / 'coco', folder / 'out') == 0
    return folder / 'out'


def test_lifting_finds_the_soft_edge() -> None:
    ramp = np.clip((np.arange(80) - 34) / 12, 0, 1)
    alpha = np.tile(ramp, (60, 1))
    image = np.round(alpha[..., None] * (220, 60, 30) + (1 - alpha[..., None]) * (20, 90, 200))
    guess = lift(image.astype(np.uint8), alpha >= 0.5, band=0.25) / 255
    hard = (alpha >= 0.5).astype(float)
    assert np.abs(guess - alpha).mean() < 0.25 * np.abs(hard - alpha).mean()


def test_an_empty_or_full_mask_stays_as_it_is() -> None:
    image = layouts.photo()
    assert not lift(image, np.zeros(image.shape[:2], bool)).any()
    assert (lift(image, np.ones(image.shape[:2], bool)) == 255).all()


def test_pseudo_alphas_are_marked_everywhere(lifted: Path) -> None:
    content = json.loads((lifted / 'annotations/train2017.json').read_text())
    assert content['info']['pseudo'] is True and 'pseudo' in content['info']['description']
    (annotation,) = content['annotations']  # the bird is below the smallest area
    assert 'alpha' not in annotation and not (lifted / 'alphas').exists()
    assert read_alpha(lifted / 'pseudo_alphas' / annotation['pseudo_alpha']).shape == (48, 64)
    assert not list(problems(lifted))


def dataset(kind, lifted: Path, **options):
    given = dict(
        data_root=f'{lifted}/', ann_file='annotations/train2017.json', pipeline=PIPELINE,
        metainfo=dict(classes=('person', 'bird')),
    )  # fmt: skip
    return kind(**given | options)


def test_only_their_own_data_set_takes_them(lifted: Path) -> None:
    sample = dataset(PseudoAlphas, lifted)[0]
    assert sample['data_samples'].metainfo['source'] == 'pseudo'
    mattes = sample['data_samples'].gt_instances.masks.to_ndarray()
    assert mattes.shape == (1, 48, 64) and ((mattes > 0) & (mattes < 255)).any()
    with pytest.raises(InputError, match="has no 'alpha'"):
        dataset(Sofi200, lifted)
    with pytest.raises(InputError, match="needs 'pseudo' in its name"):
        dataset(PseudoAlphas, lifted, source='coco')


def test_what_is_there_is_not_lifted_again(lifted: Path, capsys) -> None:
    stamp = {path: path.stat().st_mtime_ns for path in lifted.rglob('*')}
    assert prepare(lifted.parent / 'coco', lifted) == 0
    assert 'already complete' in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in lifted.rglob('*')} == stamp


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--split', 'test2017'], '--split test2017'),
        (['--categories', 'wolf'], '--categories wolf'),
        (['--categories', 'bird'], 'no instance of that kind'),
    ],
)
def test_a_wrong_option_is_named(lifted: Path, tmp_path: Path, options, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepare(lifted.parent / 'coco', tmp_path / 'x', *options)
    assert not (tmp_path / 'x').exists()
