"""What tools that score a test set several times over have in common on their command lines."""

import argparse
from pathlib import Path

from sosmatting.exceptions import InputError


def add_scene_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--count``, ``--out`` and ``--cfg-options``."""
    parser.add_argument('--count', type=int, metavar='N', help='the first N scenes (all)')
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='write DIR/NAME.json, for tools/compare.py'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', default=[], help='override the config'
    )


def check_scene_options(args: argparse.Namespace) -> None:
    """Refuse what cannot be meant, before the work.

    Raises:
        InputError: No scene is wanted, or ``--out`` is a file.
    """
    if args.count is not None and args.count < 1:
        raise InputError(f'--count {args.count}: give 1 or more')
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise InputError(f'--out {args.out}: is a file; name a folder')
