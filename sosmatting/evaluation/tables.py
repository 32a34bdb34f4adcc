"""A score sheet as tables on the terminal, and its instances as CSV."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from sosmatting.evaluation.compare import Comparison
from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.functional.errors import PRINTED
from sosmatting.functional.matching import IMQ_ERRORS

ERRORS = tuple(PRINTED)
REGIONS = {
    'whole': 'the whole image',
    'unknown': "the trimap's unknown band",
    'union': 'the union of prediction and truth',
}
BREAKDOWNS = {
    'category': 'category',
    'size': 'size',
    'unknown': 'half-transparent share',
    'cutout_set': 'set of cut-outs',
    'cutout': 'cut-out',
}
SUMMARY = (
    'IMQ_MAD_50', 'MQ_MAD_50', 'RQ_50', 'soft_AP', 'SAD', 'MAD', 'MSE', 'Grad', 'Conn',
)  # fmt: skip
CSV_COLUMNS = (
    'image',
    'instance',
    'category',
    'area_px',
    'unknown_share',
    'prediction',
    'confidence',
    'iou',
    *ERRORS,
    *(f'union_{name}' for name in IMQ_ERRORS),
)


def number(value: Any) -> str:
    """Write a number briefly; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return '-'
    if isinstance(value, str):
        return value
    return f'{value:.0f}' if float(value).is_integer() else f'{value:.4g}'


def summary(scores: Mapping[str, float]) -> list[str]:
    """Choose the scores of a metric that say most; all of them where it has none of those."""
    return [name for name in SUMMARY if name in scores] or list(scores)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table as Markdown, texts to the left and numbers to the right."""
    texts = [any(row[k][:1].isalpha() for row in rows) for k in range(len(head))]
    rule = ['---' if text else '---:' for text in texts]
    return ''.join(f'| {" | ".join(row)} |\n' for row in (head, rule, *rows))


def conditions(sheet: Mapping[str, Any]) -> str:
    """Say in a line what the errors were taken over and how they are scaled."""
    settings = sheet['settings']
    if 'text' in settings:
        return settings['text']
    region = REGIONS[settings['region']['per_instance']]
    rules = settings['conn_empty']
    return (
        f'protocol {settings["protocol"]}: errors over {region}; SAD, Grad, Conn / 1000, MAD, MSE '
        f'x 1000; Grad stretching {settings["grad_normalise"]}; Conn rule {rules["matched"]}, '
        f'{rules["missed"]} for missed, {rules["imq"]} in IMQ; matched from IoU '
        f'{settings["match_iou"]}; alphas below {settings["floor"]}/255 are 0; confidence from '
        f'{settings["min_score"]:g}; categories {settings["categories"]}'
    )


def tables_of(sheet: Mapping[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """Lay a sheet out.

    Returns:
        Title, head and rows of every table.
    """
    tables = []
    counts = [['images', 'instances', 'predictions']]
    values = [number(sheet[name]) for name in counts[0]]
    if 'per_instance' in sheet:
        head = [*counts[0], 'matched', 'missed', 'spurious', 'match_iou', *ERRORS]
        row = values + [number(sheet['per_instance'][name]) for name in head[3:]]
        tables.append(('mean over instances', head, [row]))
    else:
        tables.append(('set', counts[0], [values]))
    if 'unknown_band' in sheet:
        band = sheet['unknown_band']
        tables.append(('unknown band', list(band), [[number(value) for value in band.values()]]))
    if 'error_places' in sheet:
        places = sheet['error_places']
        row = [number(value) for value in places.values()]
        tables.append(('where the error lies', list(places), [row]))
    names = ('soft_AP', 'soft_AP50', 'soft_AP75', 'mask_AP', 'mask_AP50')
    average = [name for name in names if name in sheet]
    if average:
        row = [number(sheet[name]) for name in average]
        tables.append(('average precision', average, [row]))
    if 'imq' in sheet:
        head = ['IoU', *next(iter(sheet['imq'].values()))]
        rows = [
            [threshold, *(number(scores[name]) for name in head[1:])]
            for threshold, scores in sheet['imq'].items()
        ]
        tables.append(('instance matting quality', head, rows))
    for kind, groups in sheet.get('breakdowns', {}).items():
        if groups:
            tables.append(_breakdown(kind, groups))
    return tables


def _breakdown(
    kind: str, groups: Mapping[str, Mapping[str, Any]]
) -> tuple[str, list[str], list[list[str]]]:
    """Lay one breakdown out: counts, errors, IMQ at IoU 0.5, AP."""
    rows = [_with_imq(row) for row in groups.values()]
    head = list(dict.fromkeys(name for row in rows for name in row))
    lines = [
        [name, *(number(row.get(column)) for column in head)]
        for name, row in zip(groups, rows, strict=True)
    ]
    return f'per {BREAKDOWNS[kind]}', [BREAKDOWNS[kind], *head], lines


def _with_imq(row: Mapping[str, Any]) -> dict[str, Any]:
    """Put IMQ at IoU 0.5 among the other columns."""
    plain = {name: value for name, value in row.items() if name != 'imq'}
    if 'imq' in row:
        plain |= {f'IMQ_{name}': row['imq']['0.5'][f'IMQ_{name}'] for name in IMQ_ERRORS}
    return plain


def print_sheet(sheet: Mapping[str, Any]) -> None:
    """Print all tables and what the numbers depend on.

    Where the output is no terminal, lines are as long as the tables need. Cut-outs may be hundreds:
    their table is in the report alone.
    """
    plain = Console()
    console = plain if plain.is_terminal else Console(width=400)
    shown = {kind: rows for kind, rows in sheet.get('breakdowns', {}).items() if kind != 'cutout'}
    for title, head, rows in tables_of({**sheet, 'breakdowns': shown}):
        upright = len(rows) == 1 and len(head) > 8 and console.width < 120
        table = Table(title=title, title_justify='left')
        if upright:
            head, rows = ['score', 'value'], [list(x) for x in zip(head, rows[0], strict=True)]
        for k, column in enumerate(head):
            table.add_column(column, justify='right' if k or not upright else 'left')
        for row in rows:
            table.add_row(*row)
        console.print(table)
    console.print(conditions(sheet), highlight=False)


def print_comparison(names: Sequence[str], comparisons: Sequence[Comparison]) -> None:
    """Print runs side by side: values, and from the second run on the difference from the first."""
    plain = Console()
    console = plain if plain.is_terminal else Console(width=400)
    letters = [chr(ord('A') + k) if k < 26 else f'run {k + 1}' for k in range(len(names))]
    for letter, name in zip(letters, names, strict=True):
        console.print(f'{letter} = {name}', highlight=False)
    table = Table()
    table.add_column('score')
    for k, letter in enumerate(letters):
        table.add_column(letter, justify='right')
        if k:
            table.add_column(f'{letter} - A', justify='right')
    for one in comparisons:
        cells = [one.score]
        for k in range(len(names)):
            cells.append(f'{number(one.values[k])} {_span(one.intervals[k])}'.rstrip())
            if k:
                span, star = _span(one.difference_intervals[k]), '*' if one.clear(k) else ' '
                cells.append(f'{one.differences[k]:+.4g} {span} {star}')
        table.add_row(*cells)
    console.print(table)


def _span(interval: tuple[float, float]) -> str:
    """Write an interval; nothing where there is none."""
    return '' if math.isnan(interval[0]) else f'({interval[0]:.4g} .. {interval[1]:.4g})'


def to_csv(images: Sequence[ImageScores], classes: Sequence[str]) -> str:
    """Write every ground truth's numbers as a line of CSV.

    The five errors are as printed; the four of the union are IMQ's, 1 for a missed instance.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow(CSV_COLUMNS)
    for image in images:
        for j in range(len(image.pairs)):
            writer.writerow(_line(image, j, classes))
    return file.getvalue()


def _line(image: ImageScores, j: int, classes: Sequence[str]) -> list[Any]:
    """List one instance's numbers in the order of ``CSV_COLUMNS``."""
    assert image.errors is not None
    label, pair = int(image.truth.labels[j]), int(image.pairs[j])
    found = '' if pair < 0 else image.pred_names[pair] if image.pred_names else str(pair)
    return [
        image.name,
        image.truth_names[j] if image.truth_names else j,
        classes[label] if 0 <= label < len(classes) else '',
        int(image.truth.areas[j]),
        f'{image.truth.unknown[j]:.6g}',
        found,
        f'{image.pair_scores[j]:.6g}',
        f'{image.pair_iou[j]:.6g}',
        *(f'{v * s:.9g}' for v, s in zip(image.errors[j], PRINTED.values(), strict=True)),
        *('' if math.isnan(v) else f'{v:.9g}' for v in image.union_errors[j]),
    ]
