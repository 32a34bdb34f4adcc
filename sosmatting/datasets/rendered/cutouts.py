"""Write a set of cut-outs drawn from 3D models, several views of each."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.drawing import NoSurfaceError, draw, drawn_pose
from sosmatting.datasets.rendered.models import Model
from sosmatting.datasets.sets.pixels import cropped, write_levels
from sosmatting.datasets.writer import Part, Plan, cutout_part, write_set
from sosmatting.exceptions import InputError

VERSION = 2  # 2: annotations say which model a drawing shows
SIDE = 640  # of the picture that a model is drawn in, in pixels
HELD_OUT_EVERY = 8
TRIES = 8  # views, until one shows enough
LEAST = 0.004  # of the picture that has to be covered


@dataclass(frozen=True)
class View:
    """One drawing to make.

    Attributes:
        model: Of what.
        label: Number of its category.
        seed: What its pose is drawn with.
    """

    model: Model
    label: int
    seed: tuple[int, int]


@dataclass(frozen=True)
class _Pick:
    views: Sequence[View]

    def __call__(self, number: int) -> View:
        return self.views[number]


def seen_picture(file: Path, model: Model, rng: np.random.Generator) -> np.ndarray:
    """Draw a model from sides drawn at random until one shows enough of it.

    Raises:
        InputError: None does; or see :func:`draw`.
    """
    for _ in range(TRIES):
        rgba = draw(file, drawn_pose(rng), SIDE, model.rotation)
        if rgba[..., 3].mean() >= LEAST:
            return rgba
    raise InputError(f'{model.library}: {model.path} shows nothing; name it in --without')


def write_view(plan: Plan, view: View, split: str, name: str, number: int) -> Part:
    """Draw and write one view; returns its entries of the annotation file.

    Raises:
        InputError: The model shows nothing from anywhere, or is not to be read.
    """
    model = view.model
    rng = np.random.default_rng(view.seed)
    with tempfile.TemporaryDirectory() as folder:
        file = model.unpacked(Path(folder), view.seed[1])
        try:
            rgba = seen_picture(file, model, rng)
        except NoSurfaceError as error:
            raise InputError(
                f'{model.library}: VTK reads nothing from {model.path}; name it in --without'
            ) from error
    fields = write_levels(plan.root / 'foregrounds', name, cropped(rgba))
    fields['model'] = name.rpartition('_')[0]
    return cutout_part(number, plan.categories[view.label]['id'], fields)


def write_rendered_cutouts(
    source: Path,
    root: Path,
    views: int = 3,
    without: Sequence[str] = (),
    workers: int = 1,
) -> bool:
    """Draw the models of all libraries in a folder; what is there already is not done again.

    Every eighth model is split ``val``. Those of a category with at most half as many models as the
    largest are drawn from twice as many sides.

    Args:
        source: Folder with libraries (:mod:`sosmatting.datasets.rendered.catalogue`).
        root: Folder to fill.
        views: Drawings of a model.
        without: Files of models, as the libraries name them, that are left out.
        workers: Processes that draw.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: There is no library, one is broken, or a model cannot be drawn.
    """
    if views < 1:
        raise InputError(f'--views {views}: give 1 or more')
    models = listed(source)
    unknown = sorted(set(without) - {model.path for model in models})
    if unknown:
        raise InputError(f'--without {unknown[0]}: no model of {source}')
    kept = [model for model in models if model.path not in without]
    if not kept:
        raise InputError(f'--without: names every model of {source}; leave one')
    names = sorted({model.category for model in kept})
    counts = {name: sum(model.category == name for model in kept) for name in names}
    drawings: list[View] = []
    splits: dict[str, dict[str, int]] = {'train': {}, 'val': {}}
    for number, model in enumerate(models):  # the others keep their poses when one is left out
        if model not in kept:
            continue
        split = 'val' if number % HELD_OUT_EVERY == 0 else 'train'
        rare = 2 * counts[model.category] <= max(counts.values())
        for k in range(2 * views if rare else views):
            stem = re.sub(r'\W+', '_', f'{number:04d} {model.name[:60]} {k}')
            splits[split][stem] = len(drawings)
            drawings.append(View(model, names.index(model.category), (number, k)))
    info = {
        'description': 'cut-outs of 3D models, drawn by sosmatting',
        'version': VERSION,
        'libraries': sorted({model.library.name for model in models}),
        'models': len(kept),
        'views': views,
        'without': sorted(without),
    }
    categories = [{'id': k + 1, 'name': name} for k, name in enumerate(names)]
    plan = Plan(root, 'foregrounds', categories, splits, info)
    return write_set(plan, _Pick(drawings), workers, write_view)
