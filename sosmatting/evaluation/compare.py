"""Runs on one set, side by side, with paired bootstrap intervals over images; one run alone, too.

Letters: S runs, I images, B resamples, T IoU thresholds. A resample draws I images with
replacement, the same for every run; a score is computed anew from the sums of the images drawn. The
interval of a difference is so free of what makes images easy or hard for all runs.

Efron and Tibshirani, "An introduction to the bootstrap", 1993: percentile intervals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sosmatting.evaluation.coco_mask import SIZES
from sosmatting.evaluation.resampled_ap import ResampledAP
from sosmatting.exceptions import InputError
from sosmatting.files import read_json
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import IMQ_ERRORS, IMQ_THRESHOLDS

Statistic = Callable[[np.ndarray], np.ndarray]
"""(B, I) how often each image is drawn -> (B,) scores."""

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
    runs: Sequence[Run], resamples: int = 2000, level: float = 95.0, seed: int = 0
) -> list[Comparison]:
    """Compare all scores that all runs have.

    Args:
        runs: As :func:`read_runs` returns them.
        resamples: Number B of resamples.
        level: Per cent that an interval holds.
        seed: Of the draws; the same seed gives the same intervals.

    Raises:
        InputError: An option is out of range.
    """
    if resamples < 1 or not 0 < level < 100:
        raise InputError(f'resamples {resamples}, level {level}: give 1 or more, and 0 to 100')
    names = sorted(runs[0].rows)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
    once = np.ones((1, len(names)))
    found = []
    by_run = [_statistics(run, names) for run in runs]
    for score in [key for key in by_run[0] if all(key in some for some in by_run)]:
        values = [float(some[score](once)[0]) for some in by_run]
        samples = [some[score](drawn.astype(np.float64)) for some in by_run]
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


def _interval(samples: np.ndarray, level: float) -> tuple[float, float]:
    """Take the percentile interval; NaN where no resample has a value."""
    known = samples[np.isfinite(samples)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.percentile(known, [50 - level / 2, 50 + level / 2])
    return float(low), float(high)


def _statistics(run: Run, names: Sequence[str]) -> dict[str, Statistic]:
    """List the scores that a run's numbers per image allow."""
    rows = [run.rows[name] for name in names]
    found: dict[str, Statistic] = {}
    instances = np.array([row['instances'] for row in rows], np.float64)
    if all('errors' in row for row in rows):
        for name in PRINTED:
            sums = np.array([row['errors'][name] for row in rows])
            found[name] = _ratio(sums, instances)
        matched = np.array([row['matched'] for row in rows], np.float64)
        found['matched, %'] = _ratio(100 * matched, instances)
    if all('imq' in row for row in rows):
        for threshold in map(str, IMQ_THRESHOLDS):
            some = [row['imq'][threshold] for row in rows]
            right = np.array([x['TP'] for x in some])
            weight = np.array([x['TP'] + x['FP'] / 2 + x['FN'] / 2 for x in some])
            percent = round(100 * float(threshold))
            for name in IMQ_ERRORS:
                quality = np.array([100 * x[f'S_{name}'] for x in some])
                found[f'IMQ_{name}_{percent}'] = _ratio(quality, weight)
                found[f'MQ_{name}_{percent}'] = _ratio(quality, right)
            found[f'RQ_{percent}'] = _ratio(100 * right, weight)
    if all('soft_ap' in row for row in rows):
        matches = [row['soft_ap'] for row in rows]
        found |= {'soft_AP': ResampledAP(matches), 'soft_AP50': ResampledAP(matches, 1)}
    if all('mask_ap' in row for row in rows):
        matches = [row['mask_ap']['all'] for row in rows]
        found |= {'mask_AP': ResampledAP(matches), 'mask_AP50': ResampledAP(matches, 1)}
        for size in SIZES:
            found[f'mask_AP_{size}'] = ResampledAP([row['mask_ap'][size] for row in rows])
    return found


def _ratio(parts: np.ndarray, wholes: np.ndarray) -> Statistic:
    """Return the score ``sum parts / sum wholes``."""

    def score(drawn: np.ndarray) -> np.ndarray:
        with np.errstate(invalid='ignore', divide='ignore'):
            return np.where(drawn @ wholes > 0, drawn @ parts / (drawn @ wholes), np.nan)

    return score


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
