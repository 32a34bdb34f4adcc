"""M-HIM2K (MaGGIe, CVPR 2024): HIM2K with coarse masks of several detectors as guidance."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sosmatting.datasets.sets import him2k
from sosmatting.datasets.sets.layout import Contents, Picture, Source, found_in
from sosmatting.exceptions import InputError

PREFIX = 'masks_matched_'


def read(root: Path) -> Contents:
    """List HIM2K with ``masks_matched_MODEL/SUBSET/NAME/KK.png`` beside the alphas.

    Raises:
        InputError: As for HIM2K, or there is no folder of masks.
    """
    contents = him2k.read(root)
    models = {
        path.name.removeprefix(PREFIX): path
        for path in sorted(root.iterdir())
        if path.is_dir() and path.name.startswith(PREFIX)
    }
    if not models:
        raise InputError(
            f'{root}: expected folders {PREFIX}MODEL/, found {found_in(root)}; without guidance '
            'masks it is the set him2k'
        )
    return {
        subset: [guided(picture, models, subset) for picture in pictures]
        for subset, pictures in contents.items()
    }


def guided(picture: Picture, models: Mapping[str, Path], subset: str) -> Picture:
    """Add the masks that the models made of a picture; a model may have missed an instance."""
    guidance: dict[str, tuple[Path | None, ...]] = {}
    for model, folder in models.items():
        masks = [folder / subset / picture.image.stem / file.path.name for file in picture.alphas]
        guidance[model] = tuple(mask if mask.is_file() else None for mask in masks)
    return replace(picture, guidance=guidance)


SOURCE = Source(
    name='m-him2k',
    kind='photos',
    about='HIM2K with guidance masks (MaGGIe)',
    tree=f'{him2k.SOURCE.tree} {PREFIX}MODEL/{{natural,comp}}/NAME/KK.png',
    read=read,
    published=him2k.SOURCE.published,
)
