"""What the shipped model is judged on is fixed, and none of it is trained on."""

from pathlib import Path

import pytest

from sosmatting.datasets.sets.shipped import read_photos, read_stamps
from sosmatting.datasets.sets.shipped_recipe import HELD_OUT, HELD_OUT_PHOTOS, HELD_OUT_STAMPS
from sosmatting.engine.launch import load_config
from tests.datasets import layouts

REAL = Path(__file__).parents[2] / 'data/photos'


def test_held_out_pictures_are_apart(tmp_path):
    stamps = read_stamps(layouts.make('shipped-stamps', tmp_path / 'a'))
    assert [(p.name, *p.categories) for p in stamps['train']] == [
        ('animals_birds_crow', 'bird'),
        ('plants_thyme', 'plant'),
    ]
    assert [(p.name, *p.categories) for p in stamps['val']] == [('food_fruit_kiwi', 'object')]
    photos = read_photos(layouts.make('shipped-photos', tmp_path / 'b'))
    assert [p.name for p in photos['val']] == ['GT25', 'p_22fc0130', 'sample11']
    assert {p.name: p.categories[0] for p in photos['train']} == {
        'GT02': 'object',
        'p_1': 'person',
        'sample10': 'horse',
        'sample4': 'animal',
        'lemur': 'animal',
    }


def test_no_name_is_held_out_twice():
    assert len(HELD_OUT) == len(HELD_OUT_STAMPS) + len(HELD_OUT_PHOTOS)


@pytest.mark.parametrize('name', ['solov2_mini', 'soso_mini', 'soso_mini_twice'])
def test_the_recipe_trains_on_no_held_out_split(name):
    config = load_config(name)
    sets = config.train_dataloader.dataset.datasets
    assert {'train2017', 'images'} == {
        Path(sets[key].data_prefix.img).name for key in ('coco', 'people')
    }
    composed = [sets[key] for key in ('composed', 'wide') if key in sets]
    used = [each for one in composed for each in (*one.foregrounds, *one.backgrounds)]
    for key in ('coco', 'people'):
        (pasting,) = (s for s in sets[key].pipeline if s['type'] == 'PasteCutouts')
        used += pasting['foregrounds']
    assert {each['split'] for each in used} == {'train', 'train2017'}


@pytest.mark.skipif(not REAL.is_dir(), reason='data/photos is not here: the photos are not shipped')
def test_the_real_folder_holds_what_is_held_out():
    splits = [read_stamps(REAL), read_photos(REAL)]
    found = {picture.name for contents in splits for picture in contents['val']}
    assert found == HELD_OUT
    stamps = len(splits[0]['val']) / sum(map(len, splits[0].values()))
    assert stamps == pytest.approx(0.15, abs=0.01)
