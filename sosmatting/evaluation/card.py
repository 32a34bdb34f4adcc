"""The numbers of a model card: a score file's scores with their bootstrap intervals."""

import math
from collections.abc import Sequence
from pathlib import Path

from sosmatting.evaluation.compare import Comparison, Run, compare, names_cutouts, read_runs
from sosmatting.evaluation.resampled_scores import truths_of
from sosmatting.evaluation.tables import markdown, number
from sosmatting.exceptions import InputError


def interval_rows(scores: Path, resamples: int = 2000, start: str = '', seed: int = 0) -> str:
    """Write a score file's scores with their 95 % intervals as Markdown.

    Where the file says which cut-outs the instances are, there are intervals over these, too.

    Args:
        scores: A score file of ``tools/test.py``.
        resamples: Bootstrap resamples of the images.
        start: Take only the images whose name starts so; average precision and all else is then
            that of these.
        seed: Of the resamples.

    Raises:
        InputError: It is no score file, or has no image of that name.
    """
    (run,) = read_runs([str(scores)])
    rows = {name: row for name, row in run.rows.items() if Path(name).name.startswith(start)}
    if not rows:
        raise InputError(f'{scores}: has no image named {start}...; score another set')
    some = [Run(run.name, run.sheet, rows)]
    found = compare(some, resamples, seed=seed)
    instances = sum(row['instances'] for row in rows.values())
    note = (
        f'{len(rows)} images, {instances} instances; 95 % intervals from {resamples} resamples of '
        f'the images, seed {seed}; confidence from {run.sheet["settings"]["min_score"]:g}.'
    )
    head, lines = ['score', 'value', 'interval'], _lines(found)
    if instances and all(map(names_cutouts, rows.values())):
        cutouts = {truth['cutout'] for row in rows.values() for truth in truths_of(row)}
        note += f' They show {len(cutouts)} cut-outs; the last column draws these, too.'
        wider = {
            one.score: _span(one) for one in compare(some, resamples, seed=seed, over='cutouts')
        }
        head.append('over cut-outs, too')
        lines = [[*line, wider.get(line[0], '-')] for line in lines]
    return f'{note}\n\n{markdown(head, lines)}'


def _lines(comparisons: Sequence[Comparison]) -> list[list[str]]:
    """One line for each score that has a value."""
    return [
        [one.score, number(one.values[0]), _span(one)]
        for one in comparisons
        if not math.isnan(one.values[0])
    ]


def _span(one: Comparison) -> str:
    """Write the interval of a single run's score."""
    return ' .. '.join(map(number, one.intervals[0]))
