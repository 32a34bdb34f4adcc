"""BG-20k (GFM, IJCV 2021): 20,000 photos without salient objects, as backgrounds."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Picture, Source, need_folders, pictures_in

SPLITS = {'train': 'train', 'test': 'testval'}


def read(root: Path) -> Contents:
    """List ``train`` and ``testval``."""
    folders = need_folders(root, list(SPLITS.values()))
    return {
        split: [Picture(stem, path) for stem, path in pictures_in(folder).items()]
        for split, folder in zip(SPLITS, folders, strict=True)
    }


SOURCE = Source(
    name='bg-20k',
    kind='backgrounds',
    about='backgrounds without salient objects (GFM)',
    tree='{train,testval}/NAME.jpg',
    read=read,
    published={'train': 15000, 'test': 5000},
)
