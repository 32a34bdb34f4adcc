"""Any folder of photographs as backgrounds."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Picture, Source, need_folders, pictures_in


def read(root: Path) -> Contents:
    """List the photos directly inside the folder."""
    need_folders(root, [])
    return {'train': [Picture(stem, path) for stem, path in pictures_in(root).items()]}


SOURCE = Source(
    name='backgrounds',
    kind='backgrounds',
    about='any folder of photographs',
    tree='NAME.jpg',
    read=read,
)
