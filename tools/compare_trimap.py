"""Score trimap methods on alphamatting.com's training photos: every photo, both trimap sets.

Errors are those of the unknown band under the protocol dim: SAD, Grad and Conn / 1000, MSE x 1000.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sosmatting.exceptions import InputError, run

JSON_HELP = 'every row goes there as soon as it is known; rows that it holds already stay'


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    from sosmatting.trimap_methods.choices import add_methods

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('root', type=Path, help='holds {input,gt,trimap}_training_lowres/')
    add_methods(parser, 'every classical method')
    parser.add_argument('--photos', nargs='+', metavar='NAME', default=[], help='GT01 ... (all)')
    parser.add_argument('--json', type=Path, metavar='FILE', help=JSON_HELP)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run every method on every photo; print and write the rows."""
    args = parse(argv)
    from benchmarks.timing import commit, machine

    from sosmatting.files import write_json
    from sosmatting.functional.classical import CLASSICAL
    from sosmatting.trimap_methods.choices import methods_of
    from sosmatting.trimap_methods.lookup import fingerprint_of
    from sosmatting.trimap_methods.table import (
        cases,
        lines,
        means,
        score,
        stored_rows,
        summary,
        warm_up,
    )

    listed = cases(args.root, args.photos)
    methods = {k: m for k, m in methods_of(args, tuple(CLASSICAL)).items() if m is not None}
    kept = [] if args.json is None else stored_rows(args.json)
    done = {row.key: row for row in kept}
    wanted = [
        (method, case.picture.name, case.trimap_set, fingerprint_of(methods[method]))
        for case in listed
        for method in methods
    ]
    todo = [key for key in wanted if key not in done]
    if kept:
        print(f'{len(wanted) - len(todo)} of {len(wanted)} rows are in {args.json} already')
    for name in dict.fromkeys(key[0] for key in todo):
        warm_up(methods[name])
    start, number = time.perf_counter(), 0
    for case in listed:
        left = [k[0] for k in todo if k[1:3] == (case.picture.name, case.trimap_set)]
        if not left:
            continue
        try:
            for row in score(case, {name: methods[name] for name in left}):
                number += 1
                done[row.key] = row
                if args.json is not None:
                    content = {'machine': machine(), 'commit': commit()}
                    write_json(args.json, content | {'rows': [asdict(r) for r in done.values()]})
                more = (time.perf_counter() - start) / number * (len(todo) - number)
                print(
                    f'[{number}/{len(todo)}] {row.name} {row.trimap_set} {row.method}: SAD '
                    f'{row.scores["SAD"]:.2f}, {row.seconds:.1f} s; {more / 60:.0f} min to go',
                    flush=True,
                )
        except InputError as error:
            raise InputError(f'{case.picture.name}, {case.trimap_set}: {error}') from error
    rows = [done[key] for key in wanted]
    print(f'\nunknown band, protocol dim, {machine()}, commit {commit()}\n')
    print('\n'.join(lines([*rows, *means(rows)])))
    print(f'\nmeans over {len({row.name for row in rows})} photos\n')
    print('\n'.join(summary(rows)))
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
