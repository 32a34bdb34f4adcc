"""Runs on one set, side by side, with paired bootstrap intervals; one run alone, too.

Letters: S runs, I images, M instances, B resamples, T IoU thresholds. A resample draws I images
with replacement, the same for every run; a score is computed anew from the sums of the images
drawn. The interval of a difference is so free of what makes images easy or hard for all runs.

Composed scenes show few cut-outs many times, and an interval over scenes does not tell how a score
turns with one of them. So a resample may draw the cut-outs, too, and an instance counts as often as
its scene was drawn times as often as its cut-out was (Owen, "The pigeonhole bootstrap", Annals of
Applied Statistics 2007; its intervals are rather too wide than too narrow). A prediction that was
paired with none, for soft AP one that lies on none, counts as often as its scene.

Efron and Tibshirani, "An introduction to the bootstrap", 1993: percentile intervals.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from sosmatting.evaluation.resampled_scores import (
    Statistic,
    of_images,
    of_instances,
    truths_of,
)
from sosmatting.exceptions import InputError
from sosmatting.files import read_json

Over = Literal['images', 'cutouts']

SAME = ('protocol', 'region', 'grad_normalise', 'conn_empty', 'floor', 'match_iou', 'categories')


@dataclass(frozen=True)
class Run:
    """A score file.

    Attributes:
        name: Its path as given.
        sheet: What it holds.
        rows: By name, what it holds of every image.
    """

    name: str
    sheet: Mapping[str, Any]
    rows: dict[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """One score of all runs.

    Attributes:
        score: Its name.
        values: S values.
        intervals: S intervals (low, high); NaN where there is none.
        differences: S differences from the first run.
        difference_intervals: S intervals of them.
    """

    score: str
    values: list[float]
    intervals: list[tuple[float, float]]
    differences: list[float]
    difference_intervals: list[tuple[float, float]]

    def clear(self, k: int) -> bool:
        """Whether run ``k`` differs from the first beyond chance: 0 is outside the interval."""
        low, high = self.difference_intervals[k]
        return low > 0 or high < 0


def read_runs(paths: Sequence[str]) -> list[Run]:
    """Read score files and check that they may be compared.

    Raises:
        InputError: A file is no score file, or two differ in images or in how they were scored.
    """
    runs = [_read(path) for path in paths]
    first = runs[0]
    for run in runs[1:]:
        odd = sorted(set(first.rows) ^ set(run.rows))
        if odd:
            where = first.name if odd[0] in first.rows else run.name
            raise InputError(
                f'{run.name}: has not the images of {first.name} ({len(odd)} differ, such as '
                f'{odd[0]!r}, only in {where}); score both on one set'
            )
        for name in SAME:
            own, other = run.sheet['settings'].get(name), first.sheet['settings'].get(name)
            if own != other:
                raise InputError(
                    f'{run.name}: was scored with {name} {own}, {first.name} with {other}; score '
                    'both alike'
                )
        for name, row in run.rows.items():
            if row['instances'] != first.rows[name]['instances']:
                raise InputError(
                    f'{run.name}: image {name!r} has {row["instances"]} instances, in {first.name} '
                    f'{first.rows[name]["instances"]}; score both on one set'
                )
    return runs


def _read(path: str) -> Run:
    """Read one score file."""
    sheet = read_json(path, 'give score files that evaluate or tools/test.py wrote')
    try:
        rows = {row['image']: row for row in sheet['per_image']}
        whole = len(rows) == len(sheet['per_image']) and isinstance(sheet['settings'], dict)
        if not all(isinstance(row['instances'], int) for row in rows.values()):
            raise TypeError
    except (KeyError, TypeError) as error:
        raise InputError(
            f'{path}: is no score file with per_image numbers; write it with evaluate or '
            'tools/test.py'
        ) from error
    if not whole or not rows:
        raise InputError(f'{path}: has no image, or one name twice; name every image differently')
    return Run(str(Path(path)), sheet, rows)


def compare(
    runs: Sequence[Run],
    resamples: int = 2000,
    level: float = 95.0,
    seed: int = 0,
    over: Over = 'images',
) -> list[Comparison]:
    """Compare all scores that all runs have.

    Args:
        runs: As :func:`read_runs` returns them.
        resamples: Number B of resamples.
        level: Per cent that an interval holds.
        seed: Of the draws; the same seed gives the same intervals.
        over: What a resample draws: ``'images'``, or ``'cutouts'`` as well. Mask AP is left out
            then: pycocotools does not say what a prediction that is wrong lies on.

    Raises:
        InputError: An option is out of range, or the cut-outs are not known.
    """
    if resamples < 1 or not 0 < level < 100 or over not in get_args(Over):
        raise InputError(
            f'resamples {resamples}, level {level}, over {over!r}: give 1 or more, 0 to 100, and '
            f'one of {get_args(Over)}'
        )
    names = sorted(runs[0].rows)
    rng = np.random.default_rng(seed)
    drawn = _draw(rng, len(names), resamples)
    if over == 'cutouts':
        drawn = np.hstack([drawn, _instances_drawn(rng, drawn, runs, names)])
    by_run = [_statistics(run, names, over) for run in runs]
    once = np.ones((1, drawn.shape[1]))
    found = []
    for score in [key for key in by_run[0] if all(key in some for some in by_run)]:
        values = [float(some[score](once)[0]) for some in by_run]
        samples = [some[score](drawn) for some in by_run]
        found.append(
            Comparison(
                score,
                values,
                [_interval(sample, level) for sample in samples],
                [value - values[0] for value in values],
                [_interval(sample - samples[0], level) for sample in samples],
            )
        )
    return found


def _draw(rng: np.random.Generator, count: int, resamples: int) -> np.ndarray:
    """Draw ``count`` things with replacement: (B, count) how often each is drawn."""
    drawn = rng.multinomial(count, np.full(count, 1 / count), resamples)
    return drawn.astype(np.float64)


def _instances_drawn(
    rng: np.random.Generator, drawn: np.ndarray, runs: Sequence[Run], names: Sequence[str]
) -> np.ndarray:
    """Draw cut-outs: (B, M) how often each instance counts where images are ``drawn`` (B, I)."""
    listed = [[_cutouts(run, name) for name in names] for run in runs]
    for run, cutouts in zip(runs, listed, strict=True):
        if cutouts != listed[0]:
            raise InputError(
                f'{run.name}: names other cut-outs than {runs[0].name}; score both on one set'
            )
    scene = np.repeat(np.arange(len(names)), [len(each) for each in listed[0]])
    known, of = np.unique([one for each in listed[0] for one in each], return_inverse=True)
    if not len(known):
        raise InputError(f'{runs[0].name}: has no instance; score another set')
    return drawn[:, scene] * _draw(rng, len(known), len(drawn))[:, of]


def _cutouts(run: Run, name: str) -> list[str]:
    """List the cut-outs that an image's instances are."""
    row = run.rows[name]
    if not names_cutouts(row):
        raise InputError(
            f'{run.name}: does not say which cut-outs the instances of image {name!r} are; score '
            'a set that tools/prepare_data.py compose wrote, errors or IMQ among the scores'
        )
    return [truth['cutout'] for truth in truths_of(row)]


def names_cutouts(row: Mapping[str, Any]) -> bool:
    """Tell whether an image's row says of every instance which cut-out it is."""
    truths = truths_of(row)
    known = [isinstance(each, dict) and isinstance(each.get('cutout'), str) for each in truths]
    return all(known) and len(known) == row['instances']


def _statistics(run: Run, names: Sequence[str], over: Over) -> dict[str, Statistic]:
    """List the scores that a run's numbers allow."""
    rows = [run.rows[name] for name in names]
    try:
        return of_images(rows) if over == 'images' else of_instances(rows)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{run.name}: its numbers per image are not whole ({error!r}); score the set again'
        ) from error


def _interval(samples: np.ndarray, level: float) -> tuple[float, float]:
    """Take the percentile interval; NaN where no resample has a value."""
    known = samples[np.isfinite(samples)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.percentile(known, [50 - level / 2, 50 + level / 2])
    return float(low), float(high)


def to_json(runs: Sequence[Run], comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Write a comparison out: by score, a list in the order of the runs."""
    return {
        'runs': [run.name for run in runs],
        'scores': {
            one.score: [
                {
                    'value': one.values[k],
                    'interval': list(one.intervals[k]),
                    'difference': one.differences[k],
                    'difference_interval': list(one.difference_intervals[k]),
                    'clear': one.clear(k),
                }
                for k in range(len(runs))
            ]
            for one in comparisons
        },
    }
