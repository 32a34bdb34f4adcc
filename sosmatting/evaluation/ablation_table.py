"""Experiments as rows of one table: what differs, on what budget, and what came out."""

from collections.abc import Mapping
from typing import Any

from sosmatting.evaluation.tables import markdown, number

Row = dict[str, Any]


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
    """Write the rows as Markdown, a dash where one lacks what another has."""
    head = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [[key, *(number(row.get(name)) for name in head)] for key, row in rows.items()]
    return markdown(['config', *head], lines)
