"""HIM2K (InstMatt, CVPR 2022): people in 320 natural and 1,680 composed photos."""

from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, instances, need_folders

SUBSETS = ('natural', 'comp')


def read(root: Path) -> Contents:
    """List both subsets as splits; ``images/SUBSET/NAME.jpg``, ``alphas/SUBSET/NAME/KK.png``."""
    names = [f'{folder}/{subset}' for subset in SUBSETS for folder in ('images', 'alphas')]
    need_folders(root, names)
    return {
        subset: instances(
            root / 'images' / subset, root / 'alphas' / subset, 'person', prefix=f'{subset}_'
        )
        for subset in SUBSETS
    }


SOURCE = Source(
    name='him2k',
    kind='photos',
    about='people, several a photo (InstMatt)',
    tree='images/{natural,comp}/NAME.jpg alphas/{natural,comp}/NAME/KK.png',
    read=read,
    published={'natural': 320, 'comp': 1680},
)
