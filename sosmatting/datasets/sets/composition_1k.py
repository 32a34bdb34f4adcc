"""Composition-1k (Adobe Deep Image Matting, CVPR 2017): 431 and 50 cut-outs, by their lists."""

from pathlib import Path

from sosmatting.datasets.sets.layout import (
    AlphaFile,
    Contents,
    Picture,
    Source,
    found_in,
    need_folders,
)
from sosmatting.exceptions import InputError

LISTS = {
    'train': ('Training_set', 'training_fg_names.txt'),
    'test': ('Test_set', 'test_fg_names.txt'),
}
PARTS = ('Adobe-licensed images', 'Other', '.')


def read(root: Path) -> Contents:
    """List the cut-outs that the two lists name; each lies in one of :data:`PARTS`.

    Raises:
        InputError: A folder or a list is missing, or a listed file.
    """
    if (root / 'Combined_Dataset').is_dir():
        root = root / 'Combined_Dataset'
    need_folders(root, [folder for folder, _ in LISTS.values()])
    return {split: _listed(root / folder, name) for split, (folder, name) in LISTS.items()}


def _listed(folder: Path, name: str) -> list[Picture]:
    """List the cut-outs of one list."""
    file = folder / name
    if not file.is_file():
        raise InputError(f'{folder}: expected the list {name}, found {found_in(folder)}')
    pictures = []
    for line in file.read_text(encoding='utf-8-sig').splitlines():
        if not line.strip():
            continue
        homes = [folder / part for part in PARTS if (folder / part / 'fg' / line.strip()).is_file()]
        if not homes:
            raise InputError(
                f'{file}: names {line.strip()}, which is in no fg/ of {folder.name}; complete it'
            )
        colours = homes[0] / 'fg' / line.strip()
        alpha = homes[0] / 'alpha' / line.strip()
        if not alpha.is_file():
            raise InputError(f'{colours}: expected its alpha {alpha}, which is not there')
        pictures.append(Picture(colours.stem, colours, (AlphaFile(alpha),), ('object',)))
    return pictures


def read_composed(root: Path) -> Contents:
    """List the composed test pictures with their alphas and trimaps, as Adobe's script names them.

    ``merged/NAME_K.png`` is cut-out NAME over its K-th background; ``trimaps/NAME_K.png`` is
    Adobe's; the alpha is ``alpha_copy/NAME_K.png`` where the script has copied it, else the
    cut-out's, ``{Adobe-licensed images,Other}/alpha/NAME.png``. Trimaps may lie in those two
    folders as well.

    Raises:
        InputError: A folder is missing, or a picture has no alpha or trimap.
    """
    for folder in ('Combined_Dataset', 'Test_set'):
        root = root / folder if (root / folder).is_dir() else root
    (merged,) = need_folders(root, ['merged'])
    homes = [root, *(root / part for part in PARTS[:-1])]
    pictures = []
    for photo in sorted(each for each in merged.iterdir() if each.suffix in ('.png', '.jpg')):
        name, png = photo.stem, f'{photo.stem}.png'
        cutout = f'{name.rpartition("_")[0]}.png'
        alphas = [root / 'alpha_copy' / png, *(home / 'alpha' / cutout for home in homes)]
        trimaps = [home / 'trimaps' / png for home in homes]
        found = []
        for what, places in (('alpha', alphas), ('trimap', trimaps)):
            there = [place for place in places if place.is_file()]
            if not there:
                raise InputError(f'{photo}: expected its {what} {places[0]}, which is not there')
            found.append((AlphaFile(there[0]),))
        pictures.append(Picture(name, photo, found[0], ('object',), found[1]))
    if not pictures:
        raise InputError(f'{merged}: expected NAME_K.png, found {found_in(merged)}')
    return {'test': pictures}


COMPOSED = Source(
    name='composition-1k-test',
    kind='objects',
    about="Adobe's 1,000 composed test pictures with their trimaps",
    tree='[Combined_Dataset/][Test_set/]{merged,alpha_copy,trimaps}/NAME_K.png',
    read=read_composed,
    published={'test': 1000},
)
SOURCE = Source(
    name='composition-1k',
    kind='cutouts',
    about="Adobe's cut-outs with alphas",
    tree='{Training_set,Test_set}/{Adobe-licensed images,Other}/{fg,alpha}/NAME and the lists',
    read=read,
    published={'train': 431, 'test': 50},
)
