"""AM-2k (GFM, IJCV 2021): 2,000 photos of animals of twenty kinds."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects

SPLITS = {'train': 'train', 'test': 'validation'}


def read(root: Path) -> Contents:
    """List ``{train,validation}/original`` with ``mask`` and, for validation, ``trimap``."""
    kinds = ('original', 'mask')
    need_folders(root, [f'{name}/{kind}' for name in SPLITS.values() for kind in kinds])
    return {
        split: single_objects(
            root / name / 'original', root / name / 'mask', 'object', root / name / 'trimap'
        )
        for split, name in SPLITS.items()
    }


SOURCE = Source(
    name='am-2k',
    kind='objects',
    about='animals (GFM)',
    tree='{train,validation}/original/NAME.jpg {train,validation}/mask/NAME.png',
    read=read,
    published={'train': 1800, 'test': 200},
)
