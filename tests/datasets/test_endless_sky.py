"""Which of Endless Sky's photos are backgrounds, where they were taken, which are held out."""

from pathlib import Path

from sosmatting.datasets.sets import endless_sky
from tests.datasets import layouts


def test_photos_with_things_stay_away_and_every_fourth_is_held_out(tmp_path: Path) -> None:
    contents = endless_sky.read(layouts.make('endless-sky', tmp_path))
    assert {
        split: [(p.name, p.notes['setting']) for p in listed] for split, listed in contents.items()
    } == {
        'val': [('beach1', 'outdoor'), ('sea1', 'outdoor')],
        'train': [
            ('dune0', 'outdoor'),
            ('dune1', 'outdoor'),
            ('sea0', 'outdoor'),
            ('space7', 'indoor'),
        ],
    }


def test_a_name_that_only_begins_alike_stays(tmp_path: Path) -> None:
    root = layouts.make('endless-sky', tmp_path)
    layouts.save(root / 'land/beach01@2x.jpg', layouts.photo())
    names = [p.name for listed in endless_sky.read(root).values() for p in listed]
    assert 'beach01' in names and 'beach0' not in names
