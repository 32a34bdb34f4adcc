"""Compare runs on one set: scores side by side, with paired bootstrap intervals.

One score file alone gives its scores with their intervals.
"""

import argparse
import sys
from collections.abc import Sequence

from sosmatting.exceptions import run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog='A star marks a difference from the first run whose interval leaves out 0.',
    )
    parser.add_argument(
        'files',
        nargs='+',
        metavar='FILE',
        help='score files; the first is A, one gives its intervals',
    )
    parser.add_argument('--resamples', type=int, default=2000, help='bootstrap resamples (2000)')
    parser.add_argument('--level', type=float, default=95.0, help='per cent of an interval (95)')
    parser.add_argument(
        '--over',
        choices=('images', 'cutouts'),
        default='images',
        help='what a resample draws: the images, or the cut-outs that composed scenes show as well',
    )
    parser.add_argument('--seed', type=int, default=0, help='of the resamples (0)')
    parser.add_argument('--json', metavar='OUT', help='write the comparison')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Read, compare, print."""
    args = parse(argv)
    from sosmatting.evaluation.compare import compare, read_runs, to_json
    from sosmatting.evaluation.score_sheet import without_nan
    from sosmatting.evaluation.tables import print_comparison
    from sosmatting.files import write_json

    runs = read_runs(args.files)
    comparisons = compare(runs, args.resamples, args.level, args.seed, args.over)
    if args.json is not None:
        write_json(args.json, without_nan(to_json(runs, comparisons)))
    print_comparison([one.name for one in runs], comparisons)
    drawn = 'images' if args.over == 'images' else 'images and of the cut-outs'
    print(
        f'{len(runs[0].rows)} images; {args.level:g} % intervals from {args.resamples} paired '
        f'resamples of the {drawn}, seed {args.seed}; * = 0 is outside the difference'
    )
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
