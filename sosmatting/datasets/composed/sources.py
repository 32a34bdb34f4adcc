"""Prepared sets of cut-outs and photos, as a composer takes them."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from sosmatting.datasets.composed.composer import Background, SceneComposer
from sosmatting.datasets.composed.foregrounds import (
    Foreground,
    known_categories,
    list_foregrounds,
)
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.groups import Groups, labels_by_category
from sosmatting.exceptions import InputError
from sosmatting.files import read_json

T = TypeVar('T')


def list_backgrounds(root: Path, split: str) -> list[Background]:
    """List the photos of a split of a prepared set of backgrounds (or of any set of ours).

    Raises:
        InputError: The set is not there, or lists no photo.
    """
    file = root / 'annotations' / f'{split}.json'
    content = read_json(file, 'make the set with tools/prepare_data.py, see data/README.md')
    try:
        photos = [
            Background(
                root / 'images' / i['file_name'],
                (int(i['width']), int(i['height'])),
                i.get('setting', ''),
            )
            for i in content['images']
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{file}: not made by prepare_data.py ({error!r}); make it again'
        ) from error
    if not photos:
        raise InputError(f'{file}: lists no photo; name another set of backgrounds')
    return photos


def list_sets(
    foregrounds: Sequence[Mapping[str, str]], backgrounds: Sequence[Mapping[str, str]]
) -> tuple[list[Foreground], list[Background]]:
    """List the cut-outs and the photos of prepared sets.

    Args:
        foregrounds: ``data_root`` and ``split`` (``train`` where not named) of sets with cut-outs;
            ``without`` names a pattern of pictures that are left out (``GT*``).
        backgrounds: The same of sets of photos.

    Raises:
        InputError: A set is not there, or nothing is left of it.
    """

    def place(source: Mapping[str, str]) -> tuple[Path, str]:
        return Path(source['data_root']), source.get('split', 'train')

    found: list[Foreground] = []
    for source in foregrounds:
        cutouts = list_foregrounds(*place(source))
        found += _wanted(cutouts, [each.files[0] for each in cutouts], source)
    photos: list[Background] = []
    for source in backgrounds:
        behind = list_backgrounds(*place(source))
        photos += _wanted(behind, [each.path for each in behind], source)
    return found, photos


def _wanted(listed: Sequence[T], files: Sequence[Path], source: Mapping[str, str]) -> list[T]:
    """Leave out those whose file's stem fits the pattern ``without`` of their set.

    Raises:
        InputError: Nothing is left.
    """
    unwanted = source.get('without', '')
    wanted = [
        each
        for each, file in zip(listed, files, strict=True)
        if not fnmatchcase(file.stem, unwanted)
    ]
    if not wanted:
        raise InputError(f'without={unwanted!r}: leaves no picture of {source["data_root"]}')
    return wanted


def build_composer(
    foregrounds: Sequence[Mapping[str, str]],
    backgrounds: Sequence[Mapping[str, str]],
    classes: Sequence[str],
    recipe: Recipe,
    stand_in: str | None = None,
    groups: Groups | None = None,
) -> SceneComposer:
    """Build a composer from prepared sets.

    Args:
        foregrounds: ``data_root`` and ``split`` (``train`` where not named) of sets with cut-outs.
        backgrounds: The same of sets of photos.
        classes: The configured classes.
        recipe: How to compose.
        stand_in: The class that cut-outs of no configured class get; ``None`` leaves them out.
        groups: Categories by the class that they count as.

    Raises:
        InputError: A set is not there, or no cut-out is of a configured class.
    """
    found, photos = list_sets(foregrounds, backgrounds)
    if not photos:
        raise InputError('backgrounds: name at least one set of photos to compose over')
    index = labels_by_category(classes, groups)
    if stand_in is not None and stand_in not in index:
        raise InputError(f'stand_in={stand_in!r}: use one of the configured classes, or None')
    other = None if stand_in is None else index[stand_in]
    labels = [index.get(each.category, other) for each in found]
    used = [(each, k) for each, k in zip(found, labels, strict=True) if k is not None]
    if not used:
        names = ', '.join(known_categories(found)[:6]) or 'no cut-out at all'
        raise InputError(
            f'foregrounds: none is of a configured class (found {names}); set stand_in, or say '
            'what they are with prepare_data.py --category or --names'
        )
    return SceneComposer([f for f, _ in used], [k for _, k in used], photos, recipe)
