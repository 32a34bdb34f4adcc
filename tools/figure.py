"""Draw a figure for a paper: image | mattes | composite of photos, as PDF or PNG.

DIR is the output folder of an export with grey mattes (--format alpha8 or alpha16): the mattes of
photo.jpg are those in DIR/photo.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.exceptions import InputError, run
from sosmatting.export import load
from sosmatting.files import read_photo
from sosmatting.visualization.figure import COLUMNS, FigureOptions, write_figure

STANDARD = FigureOptions()


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('photos', nargs='+', type=Path, metavar='PHOTO', help='rows, from above')
    parser.add_argument('--mattes', type=Path, required=True, metavar='DIR', help='see above')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='.pdf or .png')
    parser.add_argument(
        '--columns',
        default=','.join(STANDARD.columns),
        help=f'comma-separated, of {", ".join(COLUMNS)} (image,mattes,composite)',
    )
    parser.add_argument('--width', type=float, default=STANDARD.width, help='inches (7)')
    parser.add_argument('--dpi', type=int, default=STANDARD.dpi, help='of the pictures (300)')
    parser.add_argument('--titles', action='store_true', help='write the names of the photos')
    parser.add_argument('--no-names', action='store_true', help='write no class and score')
    parser.add_argument('--white', action='store_true', help='composites on white')
    parser.add_argument('--min-score', type=float, default=0.0, help='leave out lower scores (0)')
    parser.add_argument('--max-instances', type=int, metavar='N', help='the N best at most')
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what the command line names."""
    args = parse_args(arguments)
    options = FigureOptions(
        columns=tuple(args.columns.split(',')),
        width=args.width,
        dpi=args.dpi,
        names=not args.no_names,
        white=args.white,
    )
    if args.max_instances is not None and args.max_instances < 1:
        raise InputError(f'--max-instances {args.max_instances}: give 1 or more')
    results = []
    for photo in args.photos:
        mattes = load(args.mattes / photo.stem, read_photo(photo))
        results.append(mattes[mattes.scores >= args.min_score][: args.max_instances])
    titles = [photo.stem for photo in args.photos] if args.titles else []
    write_figure(args.out, results, titles, options)
    print(f'{args.out}: {len(results)} photos')


if __name__ == '__main__':
    sys.exit(run(main))
