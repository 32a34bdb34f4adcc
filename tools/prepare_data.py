"""Make data sets: the embedded sample, published sets in our layouts, composed scenes."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.write import named_sets, write_composed
from sosmatting.datasets.lifted_cutouts import write_lifted_cutouts
from sosmatting.datasets.photo_scenes import write_photo_sets
from sosmatting.datasets.pseudo import write_pseudo_alphas
from sosmatting.datasets.sample import write_sample
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


def add_made_sets(sets: argparse._SubParsersAction) -> None:
    """Add the commands that make sets instead of converting them."""
    sample = sets.add_parser('sample', help='drawn scenes with exact mattes; needs nothing')
    sample.add_argument('--out', type=Path, default=Path('data/sample'), help='folder to fill')
    sample.add_argument('--train', type=int, default=200, help='training scenes (200)')
    sample.add_argument('--test', type=int, default=40, help='test scenes (40)')
    sample.add_argument('--size', type=int, default=384, help='long side in pixels (384)')

    photos = sets.add_parser('photos', help='COCO pictures, and scenes composed of real cut-outs')
    photos.add_argument('source', type=Path, help='folder of photos, see data/README.md')
    photos.add_argument('--count', type=int, default=60, help='composed training scenes (60)')
    photos.add_argument('--size', type=int, default=640, help='long side in pixels (640)')

    compose = sets.add_parser('compose', help='scenes of prepared cut-outs over backgrounds')
    compose.add_argument('--foregrounds', nargs='+', required=True, metavar='DIR[:SPLIT]')
    compose.add_argument('--backgrounds', nargs='+', required=True, metavar='DIR[:SPLIT]')
    compose.add_argument('--count', type=int, required=True, help='number of scenes')
    compose.add_argument('--size', type=int, default=640, help='long side in pixels (640)')
    compose.add_argument('--split', default='train', help='name of the split (train)')
    compose.add_argument('--linear-light', action='store_true', help='mix light, not pixel values')
    for command in (sample, photos, compose):
        command.add_argument('--seed', type=int, default=0, help='another seed, other scenes (0)')

    pseudo = sets.add_parser('pseudo', help='guess alphas of COCO masks by closed-form matting')
    pseudo.add_argument('source', type=Path, help="COCO's folder")
    pseudo.add_argument('--split', default='train2017', help='train2017 or val2017')
    pseudo.add_argument('--categories', nargs='+', default=[], help='only these')
    pseudo.add_argument('--min-area', type=float, default=4096, help='in pixels (4096)')
    pseudo.add_argument('--count', type=int, help='number of photos (all)')

    lifted = sets.add_parser('lifted-cutouts', help='cut-outs of COCO masks, lifted like pseudo')
    lifted.add_argument('source', type=Path, help="annotation file in COCO's form")
    lifted.add_argument('photos', type=Path, help='folder of its photos')
    lifted.add_argument('--without', nargs='+', default=[], metavar='CATEGORY', help='not these')
    lifted.add_argument('--min-area', type=float, default=4096, help='in pixels (4096)')
    lifted.add_argument('--min-iou', type=float, default=0, help='of masks with a pseudo_iou (0)')
    for command in (photos, compose, pseudo, lifted):
        command.add_argument('--out', type=Path, required=True, help='folder to fill')


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
    workers = args.workers
    done: bool | None
    if args.set == 'sample':
        done = write_sample(args.out, args.train, args.test, args.size, args.seed, workers)
    elif args.set == 'photos':
        done = write_photo_sets(args.source, args.out, args.count, args.size, args.seed, workers)
    elif args.set == 'compose':
        recipe = Recipe.of({'size': args.size, 'linear_light': args.linear_light})
        sources = named_sets(args.foregrounds), named_sets(args.backgrounds)
        split, seed = args.split, args.seed
        done = write_composed(*sources, args.out, args.count, recipe, split, seed, workers)
    elif args.set == 'pseudo':
        options = args.split, args.categories, args.min_area, args.count, workers
        done = write_pseudo_alphas(args.source, args.out, *options)
    elif args.set == 'lifted-cutouts':
        limits = args.without, args.min_area, args.min_iou
        done = write_lifted_cutouts(args.source, args.photos, args.out, *limits, workers)
    else:
        done = prepare(args)
    if done is not None:
        print(f'{args.out}: complete' if done else f'{args.out}: already complete')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
