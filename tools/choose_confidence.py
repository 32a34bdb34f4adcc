"""Score a model from several confidences on, with one prediction of each photo.

    tools/choose_confidence.py soso_mini_twice work_dirs/soso_mini_twice data/novel data/tune

Prints IMQ, MQ and RQ by the mean absolute error for every set and confidence: where the mattes that
people get, or that are scored (``test_evaluator.min_score``), should begin. Choose it on sets that
nothing else is scored on.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.exceptions import InputError, run

COLUMNS = ('IMQ_MAD_50', 'MQ_MAD_50', 'RQ_50')


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a config file, or its name under configs/')
    parser.add_argument('checkpoint', help='a .pth or .safetensors file, or a work folder')
    parser.add_argument('sets', nargs='*', help="folders in COCO's layout (the config's test set)")
    parser.add_argument('--split', default='train', help="the sets' annotation file (train)")
    parser.add_argument(
        '--from',
        dest='confidences',
        type=float,
        nargs='+',
        default=[0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6],
        metavar='CONFIDENCE',
        help='confidences to score from (0.3 to 0.6 in steps of 0.05)',
    )
    parser.add_argument('--json', type=Path, help='write the scores there, too')
    parser.add_argument('--work-dir', default='work_dirs/choose_confidence', help='for the logs')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Predict each set once, score it often, print a table."""
    args = parse(argv)
    wrong = [value for value in args.confidences if not 0 <= value <= 1]
    if wrong:
        raise InputError(f'--from {wrong[0]}: give confidences from 0 to 1')
    from sosmatting.evaluation.tables import markdown, number
    from sosmatting.files import write_json

    scored = {name: scores_of(args, name) for name in args.sets or [None]}
    head = ['set', 'from', *COLUMNS]
    rows = [
        [str(name or args.config), f'{value:g}', *(number(scores[column]) for column in COLUMNS)]
        for name, by_confidence in scored.items()
        for value, scores in by_confidence.items()
    ]
    print(markdown(head, rows))
    if args.json:
        write_json(args.json, {str(name or args.config): each for name, each in scored.items()})
    return 0


def scores_of(args: argparse.Namespace, data_root: str | None) -> dict[float, dict[str, float]]:
    """Predict a set (None: the config's own): scores by confidence, by name."""
    from sosmatting.engine.launch import build_runner, load_config, misfits_named

    config = load_config(args.config, args.cfg_options)
    if config.model.type == 'TrimapMatting':
        raise InputError(f'{args.config}: solves given trimaps, without a confidence to choose')
    config.work_dir, config.load_from = args.work_dir, args.checkpoint
    if data_root is not None:
        config.test_dataloader.dataset.data_root = f'{data_root}/'
        config.test_dataloader.dataset.ann_file = f'annotations/{args.split}.json'
    prefixes = {value: f'from-{value}' for value in args.confidences}
    config.test_evaluator = [
        dict(type='IMQMetric', min_score=value, prefix=prefix) for value, prefix in prefixes.items()
    ]
    with misfits_named(config):
        found = build_runner(config).test()
    return {
        value: {column: found[f'{prefix}/{column}'] for column in COLUMNS}
        for value, prefix in prefixes.items()
    }


if __name__ == '__main__':
    sys.exit(run(main))
