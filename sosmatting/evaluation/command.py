"""What ``sosmatting evaluate`` prints and writes around the scoring."""

import argparse
from pathlib import Path

from sosmatting.evaluation.evaluate import Result, evaluate
from sosmatting.evaluation.folder_scorer import Request
from sosmatting.evaluation.report import write_report
from sosmatting.evaluation.score_sheet import without_nan
from sosmatting.evaluation.tables import print_sheet, to_csv
from sosmatting.exceptions import InputError
from sosmatting.files import check_writable, write_bytes, write_json

SHOWN = 10


def run_evaluate(args: argparse.Namespace) -> int:
    """Score, write what was asked for, print.

    Args:
        args: ``pred, gt, protocol, trimap, images, floor, min_score, json, report``.

    Returns:
        0; also where images have no prediction.

    Raises:
        InputError: Something given is wrong; nothing has been written then.
    """
    json_path = None if args.json is None else Path(args.json)
    if json_path is not None and json_path.suffix.lower() == '.csv':
        raise InputError(f'--json {json_path}: is the name of the CSV beside it; end it in .json')
    for folder in (json_path and json_path.parent, args.report):
        if folder is not None:
            check_writable(folder)
    result = evaluate(
        Request(
            pred=Path(args.pred),
            gt=Path(args.gt),
            protocol=args.protocol,
            trimap=None if args.trimap is None else Path(args.trimap),
            images=None if args.images is None else Path(args.images),
            floor=args.floor,
            min_score=args.min_score,
            pictures=args.report is not None,
        )
    )
    notes = []
    if json_path is not None:
        csv_path = json_path.with_suffix('.csv')
        write_bytes(csv_path, to_csv(result.images, result.classes).encode())
        write_json(json_path, without_nan(result.sheet))
        notes.append(f'scores: {json_path}, per instance: {csv_path}')
    if args.report is not None:
        page = write_report(args.report, result.sheet, result.images, result.classes)
        notes.append(f'report: {page}')
    # Printed last: a reader such as head may go before the end.
    print_sheet(result.sheet)
    print_files(result)
    print(*notes, sep='\n', end='\n' if notes else '')
    return 0


def print_files(result: Result) -> None:
    """List missing and surplus files and strange categories, the first ten of each."""
    for names, says in (
        (result.unknown_categories, 'categories that the truth does not have (no AP counts them)'),
        (result.missing, 'images without a prediction (counted as missed)'),
        (result.surplus, 'files and folders without a place (not scored)'),
    ):
        if names:
            more = f' ... and {len(names) - SHOWN} more' if len(names) > SHOWN else ''
            print(f'{len(names)} {says}: {", ".join(names[:SHOWN])}{more}')
