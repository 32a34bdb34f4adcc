"""Train the model of a config."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.exceptions import InputError, run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='a config file, or its name under configs/')
    parser.add_argument('--work-dir', help='logs and checkpoints (work_dirs/CONFIG)')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='auto|FILE',
        help='go on from the newest checkpoint of the work folder (nothing there: start), or FILE',
    )
    parser.add_argument('--amp', action='store_true', help='bfloat16 where that is safe')
    parser.add_argument('--seed', type=int, help='of weights, draws and augmentation')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm'], default='none')
    parser.add_argument('--local-rank', '--local_rank', type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, build, train."""
    args = parse(argv)
    from sosmatting.checkpoints import latest_checkpoint
    from sosmatting.engine.launch import (
        build_runner,
        check_seed,
        end_processes,
        load_config,
        misfits_named,
    )

    config = load_config(args.config, args.cfg_options)
    name = Path(args.config).stem
    config.work_dir = args.work_dir or config.get('work_dir') or f'work_dirs/{name}'
    config.launcher = args.launcher
    if args.seed is not None:
        config.randomness.seed = args.seed
    check_seed(config.get('randomness', {}).get('seed'))
    if args.amp:
        config.optim_wrapper.type = 'AutocastOptimWrapper'
    if args.resume:
        resume = latest_checkpoint(config.work_dir) if args.resume == 'auto' else args.resume
        if args.resume != 'auto' and not Path(args.resume).is_file():
            raise InputError(f'--resume {args.resume}: no such checkpoint file; check the path')
        if resume is not None:
            config.resume, config.load_from = True, str(resume)
        else:
            print(f'{config.work_dir}: no checkpoint to resume yet; training starts at step 0')
    with misfits_named(config):
        build_runner(config).train()
    end_processes()
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
