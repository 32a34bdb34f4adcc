"""P3M-10k (P3M-Net, ACM MM 2021): 10,421 portraits, faces blurred but in P3M-500-NP."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, need_folders, single_objects

FOLDERS = {
    'train': ('train', 'blurred_image'),
    'p3m-500-p': ('validation/P3M-500-P', 'blurred_image'),
    'p3m-500-np': ('validation/P3M-500-NP', 'original_image'),
}


def read(root: Path) -> Contents:
    """List the training split and both validation splits (their photos' folders differ)."""
    names = [f'{home}/{kind}' for home, photos in FOLDERS.values() for kind in (photos, 'mask')]
    need_folders(root, names)
    return {
        split: single_objects(
            root / home / photos, root / home / 'mask', 'person', root / home / 'trimap'
        )
        for split, (home, photos) in FOLDERS.items()
    }


SOURCE = Source(
    name='p3m-10k',
    kind='objects',
    about='portraits with blurred faces (P3M-Net)',
    tree=(
        'train/{blurred_image,mask} validation/P3M-500-P/{blurred_image,mask} '
        'validation/P3M-500-NP/{original_image,mask}'
    ),
    read=read,
    published={'train': 9421, 'p3m-500-p': 500, 'p3m-500-np': 500},
)
