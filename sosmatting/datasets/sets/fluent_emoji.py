"""Fluent Emoji (Microsoft, MIT licence): rendered things with exact alphas, a thousand kinds.

Pictures are named by code points, as the npm package ``@lobehub/fluent-emoji-3d`` has them; what
they show is read from Unicode's own list, ``emoji-test.txt`` (Debian package ``unicode-data``).
Faces, hands, places, signs and flags are no things to cut out, and stay away.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sosmatting.datasets.sets.layout import (
    AlphaFile,
    Contents,
    Picture,
    Source,
    found_in,
    held_out_every,
    need_folders,
)
from sosmatting.exceptions import InputError

LIST = 'emoji-test.txt'
# By subgroup, else by group.
CATEGORIES: Mapping[str, str] = {
    'cat-face': 'animal',
    'monkey-face': 'animal',
    'animal-mammal': 'animal',
    'animal-bird': 'animal',
    'animal-amphibian': 'animal',
    'animal-reptile': 'animal',
    'animal-marine': 'animal',
    'animal-bug': 'animal',
    'plant-flower': 'plant',
    'plant-other': 'plant',
    'person-role': 'person',
    'person-fantasy': 'person',
    'person-activity': 'person',
    'person-sport': 'person',
    'person-resting': 'person',
    'transport-ground': 'vehicle',
    'transport-water': 'vehicle',
    'transport-air': 'vehicle',
    'hotel': 'object',
    'Food & Drink': 'object',
    'Activities': 'object',
    'Objects': 'object',
}
NO_VEHICLES = frozenset({
    'anchor', 'bus stop', 'construction', 'fuel pump', 'horizontal traffic light', 'motorway',
    'oil drum', 'parachute', 'police car light', 'railway track', 'ring buoy', 'seat', 'station',
    'stop sign', 'vertical traffic light', 'wheel',
})  # fmt: skip
VARIATION = 'fe0f'
TONES = ('1f3fb', '1f3fc', '1f3fd', '1f3fe', '1f3ff')
HELD_OUT_EVERY = 8


@dataclass(frozen=True)
class Emoji:
    """One line of Unicode's list.

    Attributes:
        code: Its code points, lower-case, joined by ``-``, without variation selectors.
        name: Its English name.
        group: ``'Animals & Nature'``.
        subgroup: ``'animal-bird'``.
    """

    code: str
    name: str
    group: str
    subgroup: str

    @property
    def category(self) -> str | None:
        """The category that it counts as; ``None`` for what is no thing to cut out."""
        category = CATEGORIES.get(self.subgroup) or CATEGORIES.get(self.group)
        return 'object' if self.name in NO_VEHICLES else category

    @property
    def kind(self) -> str:
        """Its code without the tone of the skin."""
        return '-'.join(code for code in self.code.split('-') if code not in TONES)


def listed(path: Path) -> Iterator[Emoji]:
    """Read Unicode's list, fully qualified emoji only.

    Raises:
        InputError: The file is missing or no such list.
    """
    group = subgroup = ''
    found = False
    if not path.is_file():
        raise InputError(
            f'{path.parent}: expected the list {path.name}, found {found_in(path.parent)}; '
            'data/README.md says where it is to be had'
        )
    # The names wanted are English; a file of another kind must not break anything.
    text = path.read_text(encoding='utf-8', errors='replace')
    for line in text.splitlines():
        if line.startswith('# group:'):
            group = line.partition(':')[2].strip()
        elif line.startswith('# subgroup:'):
            subgroup = line.partition(':')[2].strip()
        elif '; fully-qualified' in line and '#' in line:
            found = True
            # "1F682 ; fully-qualified # <emoji> E1.0 locomotive"
            points = line.partition(';')[0].split()
            name = ' '.join(line.partition('#')[2].split()[2:])
            code = '-'.join(point.lower() for point in points if point.lower() != VARIATION)
            yield Emoji(code, name, group, subgroup)
    if not found:
        raise InputError(f'{path}: holds no fully-qualified emoji; is it the list of unicode.org?')


def read(root: Path) -> Contents:
    """List the things among the emoji; of the tones of a skin one for each kind, in turns.

    Every eighth kind is split ``val``.

    Raises:
        InputError: A folder or the list is missing, or no picture is in the list.
    """
    (assets,) = need_folders(root, ['assets'])
    files = {
        '-'.join(code for code in path.stem.split('-') if code != VARIATION): path
        for path in sorted(assets.glob('*.webp'))
    }
    kinds: dict[str, list[Emoji]] = {}
    for emoji in listed(root / LIST):
        if emoji.category is not None and emoji.code in files:
            kinds.setdefault(emoji.kind, []).append(emoji)
    if not kinds:
        raise InputError(f'{assets}: no picture of {root / LIST} is there; see data/README.md')
    pictures = []
    for number, variants in enumerate(kinds.values()):
        emoji = variants[number % len(variants)]
        path = files[emoji.code]
        name = re.sub(r'\W+', '_', f'{emoji.name} {emoji.code}')
        category = (str(emoji.category),)
        pictures.append(Picture(name, path, (AlphaFile(path, 'fourth'),), category))
    return held_out_every(pictures, HELD_OUT_EVERY)


SOURCE = Source(
    name='fluent-emoji',
    kind='cutouts',
    about='rendered things of a thousand kinds (Fluent Emoji)',
    tree=f'assets/CODE-POINTS.webp {LIST}',
    read=read,
)
