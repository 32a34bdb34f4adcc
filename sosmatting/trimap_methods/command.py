"""``sosmatting matte``: alphas for given trimaps."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sosmatting.datasets.trimap.pairs import pairs_of, read_pair
from sosmatting.exceptions import InputError, one_line
from sosmatting.files import PHOTO_SUFFIXES, check_writable, write_png
from sosmatting.functional.compose import foreground_colours
from sosmatting.trimap_methods.lookup import NAMES, NETWORKS, SHORT, build_method

SOME_FAILED = 3
ABOUT = 'Cut out what a trimap leaves open: one alpha for a photo and its trimap.'


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        'sosmatting matte',
        description=ABOUT,
        epilog='Given two folders, photo and trimap are paired by file name; a pair that cannot be '
        'done is reported, the others are done, and the exit status is 3.',
    )
    parser.add_argument('image', type=Path, metavar='IMAGE', help='a photo, or a folder of photos')
    parser.add_argument(
        'trimap', type=Path, metavar='TRIMAP', help='0 background, 128 unknown, 255 foreground'
    )
    parser.add_argument(
        '-o', '--out', type=Path, required=True, metavar='OUT', help='a .png file, or a folder'
    )
    parser.add_argument('--bits', type=int, choices=(8, 16), default=8, help='of the alpha (8)')
    parser.add_argument(
        '--cutout',
        action='store_true',
        help="write OUT_rgba.png, too, with the object's own colours",
    )
    add_method(parser)
    parser.add_argument('--config', help='config of a network, where it is not the usual one')
    parser.add_argument('--checkpoint', help='weights of a network')
    parser.add_argument(
        '--tile',
        type=int,
        metavar='PX',
        help='of a network: side of the tiles that photos are cut into; 0: never (1024 for photos '
        'of more than 2 megapixels)',
    )
    return parser.parse_args(argv)


def add_method(parser: argparse.ArgumentParser) -> None:
    """Let a command line choose a method and where a network runs."""
    parser.add_argument(
        '--method',
        default='closed-form',
        choices=sorted([*NAMES, *SHORT]),
        metavar='NAME',
        help=f'closed-form (default), {", ".join(NAMES[1:])}',
    )
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')


def run_matte(argv: Sequence[str]) -> int:
    """Solve every trimap that the command line names.

    Returns:
        0, or 3 where some of several pairs could not be done.

    Raises:
        InputError: The only pair, or an option, is wrong.
    """
    args = parse(argv)
    pairs = list(pairs_of(args.image, args.trimap))
    whole_folder = args.image.is_dir()
    if whole_folder and args.out.suffix.lower() == '.png':
        raise InputError(f'--out {args.out}: a folder of photos needs a folder here')
    suffix = args.out.suffix.lower()
    if suffix in PHOTO_SUFFIXES and suffix != '.png' and not args.out.is_dir():
        raise InputError(f'--out {args.out}: an alpha is a PNG; end it in .png, or name a folder')
    check_writable(args.out.parent if suffix == '.png' else args.out)
    method = build_method(args.method, args.checkpoint, args.config, args.device, args.tile)
    both = SHORT.get(args.method, args.method) not in NETWORKS
    failed = 0
    for name, image, trimap in pairs:
        to_file = not whole_folder and args.out.suffix.lower() == '.png'
        target = args.out if to_file else args.out / f'{name}.png'
        if target.resolve() in (image.resolve(), trimap.resolve()):
            raise InputError(f'--out {args.out}: would overwrite {target}; choose another place')
        start = time.perf_counter()
        try:
            photo, known = read_pair(image, trimap, both)
            alpha = method(photo, known)
        except InputError as error:
            if not whole_folder:
                raise
            failed += 1
            print(f'error: {one_line(error)}', file=sys.stderr, flush=True)
            continue
        stored = stored_alpha(alpha, args.bits)
        write_png(target, stored)
        if args.cutout:
            write_png(target.with_name(f'{target.stem}_rgba.png'), cutout(photo, alpha))
        print(f'{target}: {args.method}, {time.perf_counter() - start:.1f} s', flush=True)
    if failed:
        print(f'{failed} of {len(pairs)} pairs could not be done', file=sys.stderr)
    return SOME_FAILED if failed else 0


def stored_alpha(alpha: np.ndarray, bits: int) -> np.ndarray:
    """Turn (H, W) floats in [0, 1] into uint8 or uint16 by rounding."""
    kind = np.uint8 if bits == 8 else np.uint16
    return np.round(np.clip(alpha, 0, 1) * np.iinfo(kind).max).astype(kind)


def cutout(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Cut an object out: (H, W, 3) uint8 and (H, W) floats -> (H, W, 4) uint8, not premultiplied.

    The colours are the object's own, without the background that shines through.
    """
    own = foreground_colours(image.astype(np.float32) / 255, alpha)
    return np.dstack([np.round(own * 255).astype(np.uint8), stored_alpha(alpha, 8)])
