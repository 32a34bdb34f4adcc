"""Test a trained model: metrics as a table and JSON, mattes as PNG."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.exceptions import InputError, run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='a config file, or its name under configs/')
    parser.add_argument('checkpoint', help='a .pth or .safetensors file, or a work folder')
    parser.add_argument('--work-dir', help='logs and scores.json (work_dirs/CONFIG/test)')
    parser.add_argument('--out-dir', help='write OUT_DIR/NAME/KK.png and an overlay of each photo')
    parser.add_argument(
        '--report', metavar='DIR', help='write DIR/index.html: tables, curves, cases'
    )
    parser.add_argument('--json', help='the score file (WORK_DIR/scores.json)')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm'], default='none')
    parser.add_argument('--local-rank', '--local_rank', type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, build, test."""
    args = parse(argv)
    from sosmatting.engine.launch import build_runner, end_processes, load_config, misfits_named
    from sosmatting.evaluation.tables import print_sheet
    from sosmatting.files import read_json

    config = load_config(args.config, args.cfg_options)
    if args.report and config.model.type == 'TrimapMatting':
        raise InputError(
            f'--report {args.report}: shows which objects were found, and this network solves '
            'given trimaps; leave it out (--json has the scores, --out-dir the alphas)'
        )
    config.work_dir = args.work_dir or f'work_dirs/{Path(args.config).stem}/test'
    config.launcher = args.launcher
    config.load_from = args.checkpoint
    if args.out_dir:
        config.custom_hooks.append(dict(type='SaveMattesHook', out_dir=args.out_dir))
    config.test_evaluator.score_file = args.json or str(Path(config.work_dir) / 'scores.json')
    if args.report:
        config.test_evaluator.report_dir = args.report
    with misfits_named(config):
        runner = build_runner(config)
        runner.test()
    if runner.rank == 0:
        print_sheet(read_json(config.test_evaluator.score_file))
        print(f'scores: {config.test_evaluator.score_file}')
        if args.report:
            print(f'report: {args.report}/index.html')
        if args.out_dir:
            print(f'mattes: {args.out_dir}')
    end_processes()
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
