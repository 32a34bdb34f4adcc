"""Experiments as rows of one table: what differs, on what budget, and what came out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sosmatting.evaluation.tables import markdown

Row = dict[str, Any]
# What says which experiment a row is of; the other columns are scores.
SETTINGS = ('differs', 'steps', 'seed')


def run_name(config: str, steps: int, seed: int) -> str:
    """Name one run of an experiment."""
    return f'{config}_{steps}_seed{seed}'


def picked(sheets: Mapping[str, Row]) -> Row:
    """Pick what the table shows of an experiment's score files.

    Args:
        sheets: ``composed`` and, where it was scored too, ``coco``.
    """
    half, each = sheets['composed']['imq']['0.5'], sheets['composed']['per_instance']
    row = {name: half[name] for name in ('IMQ_MAD', 'MQ_MAD', 'RQ')}
    row |= {'soft AP': sheets['composed']['soft_AP'], 'MSE': each['MSE']}
    row |= {'matched': each['matched'], 'of': sheets['composed']['instances']}
    return row | ({'COCO AP50': sheets['coco']['mask_AP50']} if 'coco' in sheets else {})


def markdown_rows(rows: Mapping[str, Row]) -> str:
    """Write the experiments as Markdown, one row for all seeds of each.

    A score is the mean over the seeds and, of several, the least and the greatest; it is bold where
    with every seed, two at least, it lies on the same side of the base's with that seed (of three
    seeds by chance once in four times). A dash stands where an experiment lacks what another has.

    Args:
        rows: By ``run_name``, each with the ``SETTINGS`` and scores. The base differs in ``-``.
    """
    each = rows.values()
    scores = list(dict.fromkeys(name for row in each for name in row if name not in SETTINGS))
    groups: dict[tuple[str, int], list[Row]] = {}
    for name, row in rows.items():
        config = name.removesuffix(run_name('', row['steps'], row['seed']))
        groups.setdefault((config, row['steps']), []).append(row)
    bases = {(row['steps'], row['seed']): row for row in each if row['differs'] == '-'}
    lines = []
    base_first = sorted(groups.items(), key=lambda item: item[1][0]['differs'] != '-')
    for (config, steps), runs in base_first:
        seeds = ' '.join(map(str, sorted(run['seed'] for run in runs)))
        cells = [_cell(name, runs, bases) for name in scores]
        lines.append([config, runs[0]['differs'], str(steps), seeds, *cells])
    return markdown(['config', 'differs', 'steps', 'seeds', *scores], lines)


def _cell(name: str, runs: Sequence[Row], bases: Mapping[tuple[int, int], Row]) -> str:
    """Write one score of one experiment over its seeds."""
    runs = [run for run in runs if run.get(name) is not None]
    if not runs:
        return '-'
    values = [float(run[name]) for run in runs]
    text = f'{sum(values) / len(values):.3g}'
    if len(set(values)) > 1:
        text = f'{text} ({min(values):.3g}..{max(values):.3g})'
    pairs = [(run, bases.get((run['steps'], run['seed']), {}).get(name)) for run in runs]
    above = [run[name] > other for run, other in pairs if other not in (None, run[name])]
    clear = len(above) == len(runs) > 1 and len(set(above)) == 1
    return f'**{text}**' if clear else text
