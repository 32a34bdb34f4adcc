"""All 3D models of a folder with libraries."""

from collections.abc import Callable, Mapping
from pathlib import Path

from sosmatting.datasets.rendered import sweet_home, ufo_ai, vehicles, zero_ad
from sosmatting.datasets.rendered.models import Model
from sosmatting.datasets.sets.layout import found_in
from sosmatting.exceptions import InputError

READERS: Mapping[str, Callable[[Path], list[Model]]] = {
    sweet_home.FILES: sweet_home.models_of,
    ufo_ai.FILES: ufo_ai.models_of,
    zero_ad.FILES: zero_ad.models_of,
    vehicles.FLIGHTGEAR: vehicles.models_of_flightgear,
    vehicles.TORCS: vehicles.models_of_torcs,
}


def listed(folder: Path) -> list[Model]:
    """List the models of all libraries in a folder that are things to cut out.

    Raises:
        InputError: There is no library, or one that is broken or has no list, or nothing in them.
    """
    readers = {file: read for files, read in READERS.items() for file in folder.glob(files)}
    if not readers:
        raise InputError(
            f'{folder}: expected libraries ({", ".join(READERS)}), found {found_in(folder)}'
        )
    models = [model for file in sorted(readers) for model in readers[file](file)]
    if not models:
        raise InputError(f'{folder}: its libraries hold no model of a thing to cut out')
    return models
