"""Which emoji are things, what they count as, and which are held out."""

from pathlib import Path

import pytest

from sosmatting.datasets.sets import fluent_emoji
from sosmatting.exceptions import InputError
from tests.datasets import layouts


def test_things_are_listed_by_kind(tmp_path: Path) -> None:
    contents = fluent_emoji.read(layouts.make('fluent-emoji', tmp_path))
    assert {
        split: [(p.name, *p.categories) for p in listed] for split, listed in contents.items()
    } == {
        'val': [('health_worker_1f9d1_200d_2695', 'person')],  # the first of eight
        'train': [
            ('peacock_1f99a', 'animal'),
            ('anchor_2693', 'object'),
            ('sailboat_26f5', 'vehicle'),
        ],
    }


def test_tones_of_skin_take_turns(tmp_path: Path) -> None:
    """The second kind listed is shown in its second tone."""
    root = layouts.make('fluent-emoji', tmp_path)
    before, bird = '# group: People & Body', '1F99A ; fully-qualified # x E11.0 peacock'
    text = layouts.EMOJI_LIST.replace(
        before, f'# group: Animals & Nature\n# subgroup: animal-bird\n{bird}\n{before}'
    )
    (root / 'emoji-test.txt').write_text(text, encoding='utf-8')
    contents = fluent_emoji.read(root)
    people = [p.name for p in contents['train'] if p.categories == ('person',)]
    assert people == ['health_worker_light_1f9d1_1f3fb_200d_2695']


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    root = layouts.make('fluent-emoji', tmp_path)
    text = layouts.EMOJI_LIST.replace('peacock', '../../peacock')
    (root / 'emoji-test.txt').write_text(text, encoding='utf-8')
    names = [picture.name for picture in fluent_emoji.read(root)['train']]
    assert names[0] == '_peacock_1f99a'


@pytest.mark.parametrize(
    ('text', 'wrong'),
    [
        (None, r'expected the list emoji-test\.txt, found assets/'),
        ('nothing\udcff', 'holds no fully-qualified emoji'),
        ('1F600 ; fully-qualified # x E1.0 grinning face', 'no picture of'),
    ],
)
def test_says_what_is_wrong(text: str | None, wrong: str, tmp_path: Path) -> None:
    root = layouts.make('fluent-emoji', tmp_path)
    file = root / 'emoji-test.txt'
    file.unlink() if text is None else file.write_bytes(text.encode(errors='surrogateescape'))
    with pytest.raises(InputError, match=wrong):
        fluent_emoji.read(root)
