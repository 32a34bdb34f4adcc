"""PPM-100 (MODNet, AAAI 2022): 100 portraits, for testing."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects


def read(root: Path) -> Contents:
    """List ``image`` with ``matte``; they may lie in ``val/``."""
    if not (root / 'image').is_dir() and (root / 'val').is_dir():
        root = root / 'val'
    image, matte = need_folders(root, ['image', 'matte'])
    return {'test': single_objects(image, matte, 'person')}


SOURCE = Source(
    name='ppm-100',
    kind='objects',
    about='portraits (MODNet)',
    tree='[val/]image/NAME.jpg [val/]matte/NAME.jpg',
    read=read,
    published={'test': 100},
)
