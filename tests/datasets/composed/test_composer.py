from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sosmatting.datasets.composed.composer import Background, SceneComposer, read_small
from sosmatting.datasets.composed.foregrounds import CutoutReader
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.sources import list_sets
from sosmatting.exceptions import InputError
from tests.datasets import layouts
from tests.datasets.composed.prepared import RECIPE, dataset


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('composed')
    dataset(root)
    return root


@pytest.mark.parametrize('linear', [False, True])
def test_alphas_and_background_sum_to_one(folder: Path, linear: bool) -> None:
    compose = dataset(folder, recipe=RECIPE | {'linear_light': linear, 'fused': 0.3}).composer
    counts = set()
    for number in range(25):
        scene = compose(np.random.default_rng(number))
        assert max(scene.bgr.shape[:2]) == 96 and scene.bgr.dtype == np.uint8
        assert scene.alphas.shape == (len(scene.labels), *scene.bgr.shape[:2])
        assert np.abs(scene.alphas.sum(0) + scene.share - 1).max() < 1e-5
        assert (scene.alphas.sum((1, 2)) >= 0.9 * RECIPE['min_area']).all()
        assert (scene.image[..., ::-1] == scene.bgr).all()
        counts.add(len(scene.labels))
    assert len(counts) > 1


def test_a_plain_scene_is_background_and_cutouts(folder: Path) -> None:
    """With every effect off, what no cut-out covers is the background itself."""
    off = dict(
        colour_transfer=[0, 0], brightness=0, shadow=0, defocus=0, softness=[0, 0], tones=0,
        noise=[0, 0], jpeg_share=0,
    )  # fmt: skip
    compose = dataset(folder, recipe=RECIPE | off).composer
    for number in range(5):
        scene = compose(np.random.default_rng(number))
        behind = compose._behind(_after_choice(number, compose), _background(compose, number))
        clear = scene.share == 1
        assert clear.any() and (scene.bgr[clear] == behind[clear]).all()


def _after_choice(number: int, compose) -> np.random.Generator:
    rng = np.random.default_rng(number)
    rng.integers(len(compose.backgrounds))
    return rng


def _background(compose, number: int) -> Background:
    return compose.backgrounds[
        int(np.random.default_rng(number).integers(len(compose.backgrounds)))
    ]


def test_no_cutout_twice_in_a_scene(folder: Path) -> None:
    compose = dataset(folder, recipe=RECIPE | {'counts': [0, 0, 0, 0, 0, 1], 'fused': 0}).composer
    assert max(len(compose(np.random.default_rng(k)).labels) for k in range(10)) <= 3


def test_things_fit_their_background(folder: Path) -> None:
    compose = dataset(folder, recipe=RECIPE | {'fitting': 1.0}).composer
    names, often = compose._fitting(np.random.default_rng(0), 'indoor')
    assert names == ['object'] and often.sum() == pytest.approx(1)
    names, _ = compose._fitting(np.random.default_rng(0), '')
    assert names == ['cow', 'object']


def test_balanced_classes_are_equally_frequent(folder: Path) -> None:
    """However many categories and cut-outs they have; categories go by the root of theirs."""
    sets = [dict(data_root=str(folder / 'rgba'))]
    backgrounds = [dict(data_root=str(folder / 'backgrounds'))]
    found, photos = list_sets(sets, backgrounds)
    cow, thing = (
        next(each for each in found if each.category == name) for name in ('cow', 'object')
    )
    many = [cow, *[replace(thing, category=name) for name in 'aab']]
    for balanced, expected in ((True, [0.5, 0.293, 0.207]), (False, [0.293, 0.414, 0.293])):
        recipe = Recipe.of(RECIPE | {'balanced': balanced})
        compose = SceneComposer(many, [0, 1, 1, 1], photos, recipe)
        often = dict(zip(compose.names, compose.often, strict=True))
        assert [often[name] for name in ('cow', 'a', 'b')] == pytest.approx(expected, abs=1e-3)


def test_balanced_sets_of_a_category_count_by_the_root_of_theirs(folder: Path) -> None:
    found, photos = list_sets(
        [dict(data_root=str(folder / 'rgba'))], [dict(data_root=str(folder / 'backgrounds'))]
    )
    few = replace(found[0], category='cow', source=Path('few'))
    many = [replace(few, source=Path('many'), area=few.area + k) for k in range(9)]
    recipe = Recipe.of(RECIPE | {'balanced': True, 'counts': [1], 'fused': 0})
    compose, drawn = SceneComposer([few, *many], [0] * 10, photos, recipe), []
    compose.read = lambda each, side: drawn.append(each) or CutoutReader()(each, side)
    for k in range(200):
        compose(np.random.default_rng(k))
    share = sum(each.source == few.source for each in drawn) / len(drawn)
    assert 0.17 < share < 0.33  # a quarter; a tenth if they were alike


def test_balanced_sets_of_backgrounds_count_by_the_root_of_theirs(folder: Path) -> None:
    found, (photo, *_) = list_sets(
        [dict(data_root=str(folder / 'rgba'))], [dict(data_root=str(folder / 'backgrounds'))]
    )
    many = [
        replace(photo, path=layouts.save(folder / f'many/{k}.png', layouts.photo(k)))
        for k in range(9)
    ]
    for balanced, least, most in ((True, 0.17, 0.33), (False, 0.04, 0.16)):
        recipe = Recipe.of(RECIPE | {'balanced': balanced})
        compose = SceneComposer(found, [0] * len(found), [photo, *many], recipe)
        behind = [compose(np.random.default_rng(k)).background for k in range(200)]
        assert least < behind.count(photo.path) / 200 < most


def test_unwanted_pictures_are_left_out_by_their_name(folder: Path) -> None:
    sets = [dict(data_root=str(folder / name)) for name in ('rgba', 'backgrounds')]
    found, photos = list_sets(sets[:1], sets[1:])
    for k, listed in enumerate(([each.files[0] for each in found], [p.path for p in photos])):
        names = [path.stem for path in listed]
        fewer = [dict(sets[0]), dict(sets[1])]
        fewer[k]['without'] = names[0]
        kept = list_sets(fewer[:1], fewer[1:])[k]
        assert len(kept) == len(names) - 1
        fewer[k]['without'] = '*'
        with pytest.raises(InputError, match='leaves no picture of'):
            list_sets(fewer[:1], fewer[1:])


def test_backgrounds_are_read_small(tmp_path: Path) -> None:
    large = np.repeat(np.repeat(layouts.photo(), 20, 0), 20, 1)
    path = layouts.save(tmp_path / 'a.jpg', large)
    photo = read_small(Background(path, (1280, 960)), 300)
    assert photo.shape == (240, 320, 3)
    assert photo[..., ::-1].mean((0, 1)) == pytest.approx(large.mean((0, 1)), abs=2)
    assert read_small(Background(path, (1280, 960)), 2000).shape == (960, 1280, 3)
    path.write_bytes(b'no picture')
    with pytest.raises(InputError, match=r'a\.jpg: not readable as a picture'):
        read_small(Background(path, (1280, 960)), 300)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'colour': 1}, r'recipe\.colour: no such option'),
        ({'fused': 1.5}, r'recipe\.fused=1\.5: give a number from 0 to 1'),
        ({'warp': 'x'}, r"recipe\.warp='x': give a number from 0 to 1"),
        ({'sizes': 3}, r'recipe\.sizes=3: give two numbers'),
        ({'jpeg': ['a', 90]}, r'recipe\.jpeg=.*give two numbers'),
        ({'counts': ['a']}, r'recipe\.counts='),
        ({'sizes': [0.5, 0.2]}, r'recipe\.sizes=.*the smaller one first'),
        ({'size': 8}, r'recipe\.size=8'),
        ({'counts': []}, r'recipe\.counts='),
    ],
)
def test_a_wrong_recipe_is_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Recipe.of(options)
    assert Recipe.of(None) == Recipe()
