"""Landscapes, towns and halls of the game Endless Sky: photographs to compose over.

Debian's ``endless-sky-high-dpi`` has them: 273 photos of 1440 x 720 px, in the public domain
(morguefile.com, NASA) or CC BY-SA; its ``copyright`` names those who took them.
"""

import re
from pathlib import Path

from sosmatting.datasets.sets.layout import (
    Contents,
    Picture,
    Source,
    held_out_every,
    need_folders,
    pictures_in,
)

# By looking: people, birds, ships, and what flies in space.
WITH_THINGS = re.compile(r'nasa\d|space[03456]$|station[1-4]$|earthrise|beach0$|snow6$|myrabella1$')
INDOOR = re.compile(r'space\d|station\d|loc\d')
HELD_OUT_EVERY = 4
DENSE = '@2x'


def read(root: Path) -> Contents:
    """List the photos that show no person, animal or vehicle; every fourth is split ``val``.

    Raises:
        InputError: The folder is missing, or has no pictures.
    """
    (folder,) = need_folders(root, ['land'])
    named = {stem.removesuffix(DENSE): path for stem, path in pictures_in(folder).items()}
    empty = [name for name in sorted(named) if not WITH_THINGS.match(name)]
    pictures = [
        Picture(name, named[name], notes={'setting': 'indoor' if INDOOR.match(name) else 'outdoor'})
        for name in empty
    ]
    return held_out_every(pictures, HELD_OUT_EVERY)


SOURCE = Source(
    name='endless-sky',
    kind='backgrounds',
    about='landscapes, towns and halls (Endless Sky)',
    tree='land/NAME@2x.jpg',
    read=read,
)
