"""Make data sets: the embedded sample, or composed scenes from a folder of real photos."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.datasets.photo_scenes import write_photo_sets
from sosmatting.datasets.sample import write_sample
from sosmatting.exceptions import InputError, run


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='An interrupted command goes on where it stopped when it is given again.',
    )
    sets = parser.add_subparsers(dest='set', required=True, metavar='SET')

    sample = sets.add_parser('sample', help='drawn scenes with exact mattes; needs nothing')
    sample.add_argument('--out', type=Path, default=Path('data/sample'), help='folder to fill')
    sample.add_argument('--train', type=int, default=200, help='training scenes (200)')
    sample.add_argument('--test', type=int, default=40, help='test scenes (40)')
    sample.add_argument('--size', type=int, default=384, help='long side in pixels (384)')

    photos = sets.add_parser('photos', help='COCO pictures, and scenes composed of real cut-outs')
    photos.add_argument('source', type=Path, help='folder of photos, see data/README.md')
    photos.add_argument('--out', type=Path, required=True, help='folder to fill')
    photos.add_argument('--count', type=int, default=60, help='composed training scenes (60)')
    photos.add_argument('--size', type=int, default=640, help='long side in pixels (640)')

    for command in (sample, photos):
        command.add_argument('--seed', type=int, default=0, help='another seed, other scenes (0)')
        command.add_argument(
            '--workers', type=int, default=os.cpu_count() or 1, help='processes (all cores)'
        )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set that the command line names."""
    args = parse_args(arguments)
    if args.workers < 1:
        raise InputError(f'--workers {args.workers}: give 1 or more')
    common = {'size': args.size, 'seed': args.seed, 'workers': args.workers}
    if args.set == 'sample':
        done = write_sample(args.out, args.train, args.test, **common)
    else:
        done = write_photo_sets(args.source, args.out, args.count, **common)
    print(f'{args.out}: complete' if done else f'{args.out}: already complete')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
