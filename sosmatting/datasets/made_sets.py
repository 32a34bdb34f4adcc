"""Commands for the sets that are made instead of converted: what each takes, and who makes it.

Every command leaves its maker in ``args.make``: given the arguments it tells whether there was
anything to do.
"""

import argparse
from pathlib import Path

from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.write import named_sets, write_composed
from sosmatting.datasets.lifted_cutouts import write_lifted_cutouts
from sosmatting.datasets.photo_scenes import write_photo_sets
from sosmatting.datasets.pseudo import write_pseudo_alphas
from sosmatting.datasets.rendered.cutouts import write_rendered_cutouts
from sosmatting.datasets.sample import write_sample


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
    turns = 'scene N shows the Nth cut-out, or model, beside others; then they begin again'
    compose.add_argument('--in-turn', action='store_true', help=turns)
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

    rendered = sets.add_parser('rendered-cutouts', help='cut-outs drawn from 3D models (VTK)')
    models = 'folder of libraries of 3D models, of the kinds that data/README.md lists'
    rendered.add_argument('source', type=Path, help=models)
    rendered.add_argument('--views', type=int, default=3, help='of a model; rare kinds twice (3)')
    rendered.add_argument('--without', nargs='+', default=[], metavar='MODEL', help='not these')
    for command in (photos, compose, pseudo, lifted, rendered):
        command.add_argument('--out', type=Path, required=True, help='folder to fill')
    makers = {
        sample: make_sample,
        photos: make_photos,
        compose: make_composed,
        pseudo: make_pseudo,
        lifted: make_lifted,
        rendered: make_rendered,
    }
    for command, make in makers.items():
        command.set_defaults(make=make)


def make_sample(args: argparse.Namespace) -> bool:
    """Draw the sample."""
    return write_sample(args.out, args.train, args.test, args.size, args.seed, args.workers)


def make_photos(args: argparse.Namespace) -> bool:
    """Make the sets of a folder of photos."""
    return write_photo_sets(args.source, args.out, args.count, args.size, args.seed, args.workers)


def make_composed(args: argparse.Namespace) -> bool:
    """Compose scenes."""
    recipe = Recipe.of({'size': args.size, 'linear_light': args.linear_light})
    sources = named_sets(args.foregrounds), named_sets(args.backgrounds)
    numbers = args.split, args.seed, args.workers, args.in_turn
    return write_composed(*sources, args.out, args.count, recipe, *numbers)


def make_pseudo(args: argparse.Namespace) -> bool:
    """Lift masks, whole photos."""
    options = args.split, args.categories, args.min_area, args.count, args.workers
    return write_pseudo_alphas(args.source, args.out, *options)


def make_lifted(args: argparse.Namespace) -> bool:
    """Lift masks, one cut-out each."""
    limits = args.without, args.min_area, args.min_iou
    return write_lifted_cutouts(args.source, args.photos, args.out, *limits, args.workers)


def make_rendered(args: argparse.Namespace) -> bool:
    """Draw 3D models."""
    return write_rendered_cutouts(args.source, args.out, args.views, args.without, args.workers)
