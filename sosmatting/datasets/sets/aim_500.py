"""AIM-500 (AimNet, IJCAI 2021): 500 photos of people, animals, plants, glass, toys; for testing."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects


def read(root: Path) -> Contents:
    """List ``original`` with ``mask`` and ``trimap``; they may lie in ``validation/``."""
    if not (root / 'original').is_dir() and (root / 'validation').is_dir():
        root = root / 'validation'
    original, mask = need_folders(root, ['original', 'mask'])
    return {'test': single_objects(original, mask, 'object', root / 'trimap')}


SOURCE = Source(
    name='aim-500',
    kind='objects',
    about='objects of all sorts (AimNet)',
    tree='[validation/]original/NAME.jpg [validation/]mask/NAME.png',
    read=read,
    published={'test': 500},
)
