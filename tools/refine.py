"""Refine any system's mattes: MATTES/NAME/KK.png, and the photos that they were made of.

Writes OUT/NAME/KK.png of the same type. A photo that cannot be done is reported, the others are
done, and the exit status is 3.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError, one_line, run
from sosmatting.files import list_photos, read_alpha, read_photo, write_png

SOME_FAILED = 3


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('photos', type=Path, help='folder of photos, NAME.jpg or NAME.png')
    parser.add_argument('mattes', type=Path, help='folder with NAME/KK.png')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='another folder')
    parser.add_argument('--method', default='closed-form', help='(closed-form); none: sums alone')
    parser.add_argument('--checkpoint', help='weights of a network')
    parser.add_argument('--config', help='config of a network, where it is not the usual one')
    parser.add_argument('--device', default='auto', help='auto (default), cpu, cuda, cuda:1 ...')
    parser.add_argument('--share', type=float, default=0.01, help='of sqrt(area), for the band')
    parser.add_argument('--least', type=int, default=2, help='smallest half width in pixels (2)')
    parser.add_argument('--most', type=int, default=20, help='largest half width in pixels (20)')
    parser.add_argument(
        '--max-change', type=float, default=0.1, help='from the blurred matte; more: kept (0.1)'
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Refine the mattes of every photo that has a folder of them."""
    args = parse(argv)
    if args.out.resolve() == args.mattes.resolve():
        raise InputError(f'--out {args.out}: holds the mattes themselves; name another folder')
    if not args.mattes.is_dir():
        raise InputError(f'{args.mattes}: no such folder; check the path')
    from sosmatting.trimap_methods.refiner import Refiner

    widths = dict(share=args.share, least=args.least, most=args.most, max_change=args.max_change)
    refiner = Refiner(args.method, args.checkpoint, args.config, args.device, **widths)
    photos = [path for path in list_photos(args.photos) if (args.mattes / path.stem).is_dir()]
    if not photos:
        raise InputError(f'{args.mattes}: no folder is named after a photo of {args.photos}')
    failed = 0
    for path in photos:
        start = time.perf_counter()
        try:
            files = sorted((args.mattes / path.stem).glob('[0-9]*.png'))
            files = [file for file in files if file.stem.isdigit()]
            stored = [read_alpha(file) for file in files]
            image = read_photo(path)
            wrong = [f for f, a in zip(files, stored, strict=True) if a.shape != image.shape[:2]]
            if wrong or len({alpha.dtype for alpha in stored}) > 1:
                raise InputError(f'{(wrong or files)[0]}: not of the size of {path}, or mixed bits')
            done = refiner.refine(image, np.stack(stored)) if stored else None
        except InputError as error:
            failed += 1
            print(f'error: {one_line(error)}', file=sys.stderr, flush=True)
            continue
        for file, alpha in zip(files, () if done is None else done.alphas, strict=True):
            write_png(args.out / path.stem / file.name, alpha)
        if done is None:
            (args.out / path.stem).mkdir(parents=True, exist_ok=True)
        for k, note in [] if done is None else sorted(done.notes.items()):
            print(f'{files[k]}: as it was: {note}')
        print(f'{path.stem}: {len(files)} mattes, {time.perf_counter() - start:.1f} s', flush=True)
    return SOME_FAILED if failed else 0


if __name__ == '__main__':
    sys.exit(run(main))
