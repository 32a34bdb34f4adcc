"""Run a named benchmark: ours and a peer side by side, in turns, in one process."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import asdict

from sosmatting.exceptions import InputError, run

NAMES = {
    'data': 'scenes composed on the fly, per second and worker; peer: a plain composition',
    'export': 'a 4K photo with 20 mattes into files: time, memory; peer: plain use of the writers',
    'limit': "a whole prediction; peers: its convolutions alone, and the machine's peak rate",
    'lowlevel': 'a prediction with the low-level module; peer: without it',
    'metrics': 'Grad and Conn on a 2048 x 2048 matte; peer: a plain scikit-image / scipy port',
    'postprocess': "the head's outputs to mattes of 640 x 640; peer: mmdet's SOLOv2, hard masks",
    'predict': "image to mattes at the photo's size; peer: mmdet's SOLOv2, hard masks",
    'scale': 'more instances, larger photos, more photos; peer: linear growth',
    'targets': "cells and targets of an 800 x 1344 image; peer: mmdet's SOLOv2",
    'train': "a training step of a mixed batch; peer: mmdet's SOLOv2",
}
"""Each is a module ``benchmarks.NAME`` with ``run(repeats) -> list[Row]``."""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='\n'.join(
            ['benchmarks:', *(f'  {name:<10} {text}' for name, text in NAMES.items())]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('name', metavar='NAME', help='which benchmark')
    parser.add_argument('--repeats', type=int, default=5, help='rounds that count (5)')
    parser.add_argument('--json', metavar='FILE', help='write the medians')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Time, print, write."""
    args = parse(argv)
    if args.name not in NAMES:
        raise InputError(f'{args.name}: no such benchmark; use one of {", ".join(sorted(NAMES))}')
    if args.repeats < 1:
        raise InputError(f'--repeats {args.repeats}: give 1 or more')
    from benchmarks.timing import commit, machine

    from sosmatting.files import write_json

    rows = importlib.import_module(f'benchmarks.{args.name}').run(args.repeats)
    print(f'{args.name}: medians of {args.repeats} rounds, {machine()}, commit {commit()}')
    print(f'{"case":<36} {"ours":>12} {"peer":>12} {"peer / ours":>12}')
    for row in rows:
        ours, peer = (f'{value:.4g} {row.unit}' for value in (row.ours, row.peer))
        print(f'{row.case:<36} {ours:>12} {peer:>12} {row.ratio:>11.2f}x')
    if args.json is not None:
        content = {'name': args.name, 'commit': commit(), 'machine': machine()}
        write_json(args.json, content | {'rows': [asdict(row) for row in rows]})
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
