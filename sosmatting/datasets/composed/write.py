"""Composed scenes written to disk once, as a matting set."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sosmatting.datasets.composed.composer import ComposedScene, SceneComposer
from sosmatting.datasets.composed.foregrounds import Foreground, known_categories, list_foregrounds
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.sources import build_composer
from sosmatting.datasets.writer import Part, Plan, write_scene, write_set
from sosmatting.exceptions import InputError

VERSION = 2  # 2: annotations say which cut-out an instance is


@dataclass(frozen=True)
class NumberedScenes:
    """Compose the scene of a number, for writing sets to disk.

    Attributes:
        composer: Composes.
        seed: Number of the set.
        turns: Cut-outs by name; each name leads a scene in turn, with the next of its views.
    """

    composer: SceneComposer
    seed: int
    turns: Sequence[Sequence[Foreground]] = ()

    def __call__(self, number: int) -> ComposedScene:
        """Compose scene ``number``."""
        lead = None
        if self.turns:
            turn, place = divmod(number, len(self.turns))
            lead = self.turns[place][turn % len(self.turns[place])]
        return self.composer(np.random.default_rng([self.seed, number]), lead)


def named_sets(names: Sequence[str]) -> list[dict[str, str]]:
    """Turn ``DIR`` or ``DIR:SPLIT`` into sets."""
    parts = [name.rpartition(':') if ':' in name else (name, '', 'train') for name in names]
    return [{'data_root': root, 'split': split} for root, _, split in parts]


def write_composed(
    foregrounds: Sequence[Mapping[str, str]],
    backgrounds: Sequence[Mapping[str, str]],
    root: Path,
    count: int,
    recipe: Recipe,
    split: str = 'train',
    seed: int = 0,
    workers: int = 1,
    in_turn: bool = False,
) -> bool:
    """Write ``count`` composed scenes as split ``split`` of a matting set.

    The categories are those of the cut-outs.

    Args:
        foregrounds: ``data_root`` and ``split`` of sets with cut-outs.
        backgrounds: The same of sets of photos.
        root: Folder to fill.
        count: Number of scenes.
        recipe: How to compose.
        split: Name of the split.
        seed: Number of the set.
        workers: Processes that compose.
        in_turn: Every cut-out (every model, where it is a view of one) leads one scene in turn,
            beside others drawn at random, so that all are shown about equally often.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: A set is not there, ``count`` is not positive, or ``root`` holds something else.
    """
    if count < 1:
        raise InputError(f'--count {count}: give 1 scene or more')
    found = [
        each
        for source in foregrounds
        for each in list_foregrounds(Path(source['data_root']), source.get('split', 'train'))
    ]
    names = known_categories(found)
    composer = build_composer(foregrounds, backgrounds, names, recipe)
    categories = [{'id': k + 1, 'name': name} for k, name in enumerate(names)]
    scenes = {f'{split}_{number:06d}': number for number in range(count)}
    options = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}
    info = {
        'description': 'scenes composed by sosmatting',
        'version': VERSION,
        'count': count,
        'seed': seed,
        'foregrounds': [dict(source) for source in foregrounds],
        'backgrounds': [dict(source) for source in backgrounds],
        'recipe': options,
    }
    if in_turn:  # no key where it is not: older sets are still what they were
        info['in_turn'] = True
    plan = Plan(root, 'sofi200', categories, {split: scenes}, info)
    scene = NumberedScenes(composer, seed, _turns(found) if in_turn else ())
    return write_set(plan, scene, workers, write_composed_scene)


def _turns(cutouts: Sequence[Foreground]) -> tuple[list[Foreground], ...]:
    """Group cut-outs of one name, the views of a model, in the order given."""
    turns: dict[str, list[Foreground]] = {}
    for each in cutouts:
        turns.setdefault(each.name, []).append(each)
    return tuple(turns.values())


def write_composed_scene(
    plan: Plan, scene: ComposedScene, split: str, name: str, number: int
) -> Part:
    """Write a scene; its annotations say beside the rest which cut-out each instance is."""
    part = write_scene(plan, scene, split, name, number)
    for annotation, cutout in zip(part['annotations'], scene.cutouts, strict=True):
        annotation['cutout'] = cutout
    return part
