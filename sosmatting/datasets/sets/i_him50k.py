"""I-HIM50K (MaGGIe, CVPR 2024): 49,737 composed photos of people, for training."""

from dataclasses import replace
from pathlib import Path

from sosmatting.datasets.sets.layout import Contents, Source, instances, need_folders


def read(root: Path) -> Contents:
    """List ``images/NAME.jpg`` with ``alphas/NAME/KK.png`` and, if there, ``masks/NAME/KK.png``.

    The folders may lie in ``train/``.
    """
    if not (root / 'images').is_dir() and (root / 'train').is_dir():
        root = root / 'train'
    images, alphas = need_folders(root, ['images', 'alphas'])
    pictures = instances(images, alphas, 'person')
    masks = root / 'masks'
    if not masks.is_dir():
        return {'train': pictures}
    guided = []
    for picture in pictures:
        files = [masks / picture.image.stem / alpha.path.name for alpha in picture.alphas]
        found = tuple(file if file.is_file() else None for file in files)
        guided.append(replace(picture, guidance={'masks': found}))
    return {'train': guided}


SOURCE = Source(
    name='i-him50k',
    kind='photos',
    about='composed photos of people (MaGGIe)',
    tree='[train/]images/NAME.jpg [train/]alphas/NAME/KK.png [train/]masks/NAME/KK.png (optional)',
    read=read,
    published={'train': 49737},
)
