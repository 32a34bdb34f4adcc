"""Small prepared sets of cut-outs and backgrounds, and a data set that composes them."""

from pathlib import Path

import sosmatting.register  # noqa: F401
from sosmatting.datasets.composed.dataset import ComposedInstanceDataset
from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.convert import convert
from tests.datasets import layouts

CLASSES = ('cow', 'person')
PACK = [dict(type='SettleMattes', min_area=1), dict(type='PackMattes')]
RECIPE = dict(size=96, min_area=16, sizes=[0.15, 0.6])


def prepare(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Write a set of cut-outs (a cow, things, a portrait cut off) and one of backgrounds."""
    for name in ('rgba', 'backgrounds'):
        source = SOURCES[name]
        root = layouts.make(name, folder / f'{name}_source')
        convert(source, source.read(root), folder / name)
    return [{'data_root': str(folder / 'rgba')}], [{'data_root': str(folder / 'backgrounds')}]


def dataset(folder: Path, **options) -> ComposedInstanceDataset:
    """Build a data set on prepared sets, made where they are missing."""
    if not (folder / 'rgba').is_dir():
        prepare(folder)
    given = dict(
        foregrounds=[dict(data_root=str(folder / 'rgba'))],
        backgrounds=[dict(data_root=str(folder / 'backgrounds'))],
        metainfo=dict(classes=CLASSES),
        stand_in='person',
        recipe=RECIPE,
        length=6,
        pipeline=PACK,
    )
    return ComposedInstanceDataset(**given | options)
