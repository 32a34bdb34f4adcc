"""What every set's reader hands over, and how it says that a folder is laid out otherwise.

A reader lists files; it opens none but lists and JSON. Letters: W pixels.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sosmatting.exceptions import InputError
from sosmatting.files import PHOTO_SUFFIXES

Kind = Literal['photos', 'objects', 'cutouts', 'backgrounds']
SHOWN = 6


@dataclass(frozen=True)
class AlphaFile:
    """Where one alpha is stored.

    Attributes:
        path: A picture.
        part: ``'all'`` of it, its ``'left'`` or ``'right'`` half, or, of an RGBA picture, its
            ``'fourth'`` channel.
    """

    path: Path
    part: Literal['all', 'left', 'right', 'fourth'] = 'all'


@dataclass(frozen=True)
class Picture:
    """One photo, or one cut-out, of a set.

    Attributes:
        name: Its name among ours, without suffix; no other picture of the set has it.
        image: The photo, or the colours of the cut-out.
        alphas: One for each instance.
        categories: A category for each instance.
        trimaps: None, or one for each instance.
        guidance: Coarse masks by the name of the model that made them, one for each instance
            (``None`` where the model found none).
        notes: More fields of the photo's entry in our annotation file.
    """

    name: str
    image: Path
    alphas: tuple[AlphaFile, ...] = ()
    categories: tuple[str, ...] = ()
    trimaps: tuple[AlphaFile, ...] = ()
    guidance: Mapping[str, tuple[Path | None, ...]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


Contents = dict[str, list[Picture]]


@dataclass(frozen=True)
class Source:
    """A published set: how it is laid out, and how to list it.

    Attributes:
        name: Its name on the command line.
        kind: ``'photos'`` (instances in photos), ``'objects'`` (photos of one object each, which
            serve as cut-outs too), ``'cutouts'`` (colours and alphas alone) or ``'backgrounds'``.
        about: What it is, in a few words.
        tree: The expected folders, for the error.
        read: Lists the pictures of every split.
        published: The published number of pictures of every split.
        pseudo: Who made its alphas, where a network did.
    """

    name: str
    kind: Kind
    about: str
    tree: str
    read: Callable[[Path], Contents]
    published: Mapping[str, int] = field(default_factory=dict)
    pseudo: str = ''


def held_out_every(pictures: Sequence[Picture], every: int) -> Contents:
    """Keep the first picture of every so many apart, as split ``val``; the others are ``train``."""
    held_out = list(pictures[::every])
    return {'train': [p for k, p in enumerate(pictures) if k % every], 'val': held_out}


def distinct_names(contents: Contents) -> Contents:
    """Put the split before the names that several splits share."""
    often = Counter(picture.name for listed in contents.values() for picture in listed)
    shared = {name for name, count in often.items() if count > 1}
    return {
        split: [replace(p, name=f'{split}_{p.name}') if p.name in shared else p for p in listed]
        for split, listed in contents.items()
    }


def found_in(folder: Path) -> str:
    """Name the first few entries of a folder, for an error."""
    if not folder.is_dir():
        return 'no such folder'
    names = sorted(path.name + ('/' if path.is_dir() else '') for path in folder.iterdir())
    more = f' and {len(names) - SHOWN} more' if len(names) > SHOWN else ''
    return (', '.join(names[:SHOWN]) or 'nothing') + more


def need_folders(root: Path, names: Sequence[str]) -> list[Path]:
    """Return folders of a set.

    Raises:
        InputError: ``root`` or one of the folders is missing; the text says what is there.
    """
    if not root.is_dir():
        raise InputError(f'{root}: no such folder; name the folder that the set was unpacked to')
    for name in names:
        if not (root / name).is_dir():
            near = root
            for part in Path(name).parts[:-1]:
                near = near / part if (near / part).is_dir() else near
            inside = '' if near == root else f' in {near.relative_to(root)}/'
            raise InputError(
                f'{root}: expected the folder {name}/, found{inside} {found_in(near)}; '
                'data/README.md shows the tree'
            )
    return [root / name for name in names]


def pictures_in(folder: Path, suffixes: Sequence[str] = PHOTO_SUFFIXES) -> dict[str, Path]:
    """List the pictures directly inside a folder by stem, sorted.

    Raises:
        InputError: There is none, or two pictures have one stem.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in suffixes or not path.is_file():
            continue
        if path.stem in found:
            raise InputError(
                f'{path}: {found[path.stem].name} has the same name; remove one of the two'
            )
        found[path.stem] = path
    if not found:
        raise InputError(
            f'{folder}: expected pictures ({", ".join(suffixes)}), found {found_in(folder)}'
        )
    return found


def pair(images: Path, alphas: Path) -> list[tuple[Path, Path]]:
    """Pair the photos of one folder with the alphas of the same name in another.

    Raises:
        InputError: A photo has no alpha, or an alpha no photo.
    """
    photos, mattes = pictures_in(images), pictures_in(alphas)
    for stem, path in photos.items():
        if stem not in mattes:
            raise InputError(
                f'{path}: expected its alpha {alphas.name}/{stem}.*, which is not there'
            )
    for stem, path in mattes.items():
        if stem not in photos:
            raise InputError(
                f'{path}: expected its photo {images.name}/{stem}.*, which is not there'
            )
    return [(photos[stem], mattes[stem]) for stem in photos]


def single_objects(
    images: Path, alphas: Path, category: str, trimaps: Path | None = None
) -> list[Picture]:
    """List photos that show one object each; trimaps are optional.

    Raises:
        InputError: See :func:`pair`.
    """
    unknown = pictures_in(trimaps) if trimaps is not None and trimaps.is_dir() else {}
    return [
        Picture(
            name=photo.stem,
            image=photo,
            alphas=(AlphaFile(alpha),),
            categories=(category,),
            trimaps=(AlphaFile(unknown[photo.stem]),) if photo.stem in unknown else (),
        )
        for photo, alpha in pair(images, alphas)
    ]


def instances(images: Path, alphas: Path, category: str, prefix: str = '') -> list[Picture]:
    """List photos whose instances lie in ``ALPHAS/NAME/KK.png``.

    Raises:
        InputError: A photo has no folder of alphas, or an empty one, or a folder has no photo.
    """
    photos = pictures_in(images)
    for folder in sorted(path for path in alphas.iterdir() if path.is_dir()):
        if folder.name not in photos:
            raise InputError(
                f'{folder}: expected its photo {images.name}/{folder.name}.*, which is not there'
            )
    pictures = []
    for stem, photo in photos.items():
        folder = alphas / stem
        if not folder.is_dir():
            raise InputError(
                f'{photo}: expected its alphas {alphas.name}/{stem}/KK.png, which are not there'
            )
        files = tuple(AlphaFile(path) for path in pictures_in(folder, ('.png',)).values())
        pictures.append(Picture(prefix + stem, photo, files, (category,) * len(files)))
    return pictures
