"""Make data sets: the embedded sample, published sets in our layouts, composed scenes."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.datasets.made_sets import add_made_sets
from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.pixels import COLOURS
from sosmatting.datasets.sets.prepare import prepare_set
from sosmatting.datasets.sets.report import VERIFIED, verify
from sosmatting.exceptions import InputError, run


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='An interrupted command goes on where it stopped when it is given again.',
    )
    sets = parser.add_subparsers(dest='set', required=True, metavar='SET')
    add_made_sets(sets)
    for name, source in SOURCES.items():
        command = sets.add_parser(name, help=source.about, epilog=f'expected: {source.tree}')
        command.add_argument('source', type=Path, help='folder that the set was unpacked to')
        command.add_argument('--out', type=Path, help=f'folder to fill (data/{name})')
        command.add_argument('--dry-run', action='store_true', help='list and count, write nothing')
        command.add_argument('--check', action='store_true', help='decode all files, write nothing')
        command.add_argument('--skip-bad', action='store_true', help='leave broken pictures out')
        command.add_argument('--category', help='what the objects are that the set does not name')
        command.add_argument('--names', type=Path, help='JSON {"PICTURE": "category"}')
        command.add_argument('--colours', choices=COLOURS, default=COLOURS[0], help='estimated by')
        if name == 'coco-backgrounds':
            command.add_argument('--without', nargs='+', default=['person'], metavar='CATEGORY')
            command.add_argument('--max-object', type=float, default=0.1, help='share of the photo')
    for name, layout in VERIFIED.items():
        command = sets.add_parser(name, help=layout.about, epilog=f'expected: {layout.tree}')
        command.add_argument('source', type=Path, help='the folder of the set')
        for option in ('--dry-run', '--check'):
            command.add_argument(option, action='store_true', help='the same: nothing is written')
    for command in sets.choices.values():
        command.add_argument(
            '--workers', type=int, default=os.cpu_count() or 1, help='processes (all cores)'
        )
    return parser.parse_args(arguments)


def prepare(args: argparse.Namespace) -> bool | None:
    """Convert or check a published set; tells whether there was anything to write."""
    if args.set in VERIFIED:
        verify(args.set, args.source)
        return None
    args.out = args.out or Path('data') / args.set
    more = {}
    if args.set == 'coco-backgrounds':
        more = {'banned': args.without, 'max_object': args.max_object}
    return prepare_set(
        args.set,
        args.source,
        args.out,
        dry_run=args.dry_run,
        check=args.check,
        skip_bad=args.skip_bad,
        category=args.category,
        names=args.names,
        colours=args.colours,
        workers=args.workers,
        **more,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set that the command line names."""
    args = parse_args(arguments)
    if args.workers < 1:
        raise InputError(f'--workers {args.workers}: give 1 or more')
    done = args.make(args) if 'make' in args else prepare(args)
    if done is not None:
        print(f'{args.out}: complete' if done else f'{args.out}: already complete')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
