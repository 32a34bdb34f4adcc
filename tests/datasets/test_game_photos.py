"""Which pictures of the games are taken, what they show, and whether the lists hold."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.composed.foregrounds import CutoutReader, list_foregrounds
from sosmatting.datasets.sets import game_photos
from sosmatting.datasets.sets.prepare import prepare_set
from sosmatting.datasets.sets.report import count_lines
from sosmatting.exceptions import InputError
from tests.datasets import layouts


def test_pictures_of_the_games_that_are_there_are_listed(tmp_path: Path) -> None:
    contents = game_photos.read(layouts.make('game-photos', tmp_path))
    assert {
        split: [(p.name, p.categories) for p in listed] for split, listed in contents.items()
    } == {
        'val': [('torcs_tracks_dirt_dirt-2_tree10_n', ('plant',))],
        'train': [
            ('flightgear_Scenery_Models_Military_ArmedGuard', ('person',)),
            ('flightgear_Scenery_Models_StreetFurniture_trash-container', ('object',)),
        ],
    }


def test_every_picture_is_listed_once_and_its_kind_is_known() -> None:
    names = [f'{game}/{name}' for game, listed in game_photos.GAMES.items() for name in listed]
    assert len(names) == len(set(names)) == 81
    assert set(game_photos.CATEGORIES) <= {Path(name).stem for name in names}


def test_says_how_many_there_should_be(tmp_path: Path) -> None:
    for game, listed in game_photos.GAMES.items():
        for name in listed:
            path = tmp_path / game / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    counts = {split: len(pictures) for split, pictures in game_photos.read(tmp_path).items()}
    assert counts == game_photos.SOURCE.published
    (tmp_path / 'torcs/tracks/dirt/dirt-2/tree13_n.png').unlink()
    lines = count_lines(game_photos.SOURCE, game_photos.read(tmp_path))
    assert lines[0].startswith('train: 70 pictures (published: 70)')
    assert lines[1].startswith('val: 10 pictures (published: 11)')  # every eighth of 80


def test_pictures_of_silicon_graphics_are_read(tmp_path: Path) -> None:
    path = tmp_path / 'games/torcs/tracks/road/g-track-1/tree53_n.rgb'
    path.parent.mkdir(parents=True)
    rgba = np.dstack([layouts.photo(), layouts.soft_alpha()])
    Image.fromarray(rgba).save(path, 'SGI')
    assert prepare_set('game-photos', tmp_path / 'games', tmp_path / 'out', colours='blur')
    (tree,) = list_foregrounds(tmp_path / 'out', 'val')
    rows, columns = (np.flatnonzero(rgba[..., 3].max(k) > 5) for k in (1, 0))
    cut = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert np.array_equal(CutoutReader()(tree, max(cut.shape))[..., 3], cut[..., 3])


def test_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='no such folder; name the folder that the games lie in'):
        game_photos.read(tmp_path / 'games')
    (tmp_path / 'usr').mkdir()
    with pytest.raises(InputError, match=r'expected one of the folders torcs/tracks, .* usr/'):
        game_photos.read(tmp_path)
