"""Score trimap methods on alphamatting.com's training photos: every photo, both trimap sets.

Errors are those of the unknown band under the protocol dim: SAD, Grad and Conn / 1000, MSE x 1000.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sosmatting.exceptions import InputError, run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('root', type=Path, help='holds {input,gt,trimap}_training_lowres/')
    parser.add_argument('--methods', nargs='*', metavar='NAME', help='(every classical method)')
    parser.add_argument(
        '--checkpoint',
        action='append',
        default=[],
        metavar='NETWORK=FILE',
        help='also a network (dim, gca, indexnet) with these weights; may be repeated',
    )
    parser.add_argument('--config', help='config of the networks, where it is not the usual one')
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    parser.add_argument('--photos', nargs='+', metavar='NAME', default=[], help='GT01 ... (all)')
    parser.add_argument('--json', metavar='FILE', help='write every row')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run every method on every photo; print and write the rows."""
    args = parse(argv)
    from benchmarks.timing import commit, machine

    from sosmatting.files import write_json
    from sosmatting.functional.classical import CLASSICAL
    from sosmatting.trimap_methods.lookup import build_method
    from sosmatting.trimap_methods.table import cases, lines, means, score, warm_up

    listed = cases(args.root, args.photos)
    chosen = CLASSICAL if args.methods is None else args.methods
    methods = {name: build_method(name) for name in chosen}
    for each in args.checkpoint:
        name, equals, file = each.partition('=')
        if not equals:
            raise InputError(f'--checkpoint {each}: write it as NETWORK=FILE')
        methods[name] = build_method(name, file, args.config, args.device)
    for method in methods.values():
        warm_up(method)
    rows = []
    for number, case in enumerate(listed, 1):
        try:
            found = list(score(case, methods))
        except InputError as error:
            raise InputError(f'{case.picture.name}, {case.trimap_set}: {error}') from error
        rows += found
        shown = ', '.join(f'{row.method} {row.scores["SAD"]:.2f}' for row in found)
        print(
            f'[{number}/{len(listed)}] {case.picture.name} {case.trimap_set}: SAD {shown}',
            flush=True,
        )
    print(f'\nunknown band, protocol dim, {machine()}, commit {commit()}\n')
    print('\n'.join(lines([*rows, *means(rows)])))
    if args.json is not None:
        content = {'machine': machine(), 'commit': commit()}
        write_json(args.json, content | {'rows': [asdict(row) for row in [*rows, *means(rows)]]})
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
