"""``sosmatting portrait``: a photo of people in front of a new background, in one command."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from sosmatting.config_files import DEFAULT_MODEL
from sosmatting.exceptions import InputError
from sosmatting.files import check_writable, read_alpha, read_photo, write_png
from sosmatting.functional.compose import foreground_colours, over
from sosmatting.functional.trimap import check_trimap, trimap_between, trimap_of_matte
from sosmatting.trimap_methods.command import add_method, stored_alpha
from sosmatting.trimap_methods.lookup import TrimapMethod, build_method
from sosmatting.visualization.feed_sheet import panel_row, stack_rows

ABOUT = 'Put the people of a photo in front of a new background.'
WIDTHS = (2, 7, 12)
SHEET_HEIGHT = 480


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        'sosmatting portrait',
        description=ABOUT,
        epilog='The people come from a model (--config, --checkpoint; by default the one of the '
        'package), or from any mask or matte (--mask). The band that the method solves follows the '
        'matte, or is made of the mask by --erode and --dilate.',
    )
    parser.add_argument('image', type=Path, metavar='IMAGE', help='the photo')
    parser.add_argument('background', type=Path, metavar='BACKGROUND', help='the new background')
    parser.add_argument('-o', '--out', type=Path, required=True, metavar='DIR', help='a folder')
    parser.add_argument(
        '--config', default=DEFAULT_MODEL, help=f'model that finds the people ({DEFAULT_MODEL})'
    )
    parser.add_argument('--checkpoint', help='its weights (those of the package)')
    parser.add_argument('--label', default='person', help='category to keep (person)')
    parser.add_argument('--min-score', type=float, default=0.3, help='drop lower scores (0.3)')
    parser.add_argument('--mask', type=Path, metavar='FILE', help='mask or matte, without a model')
    parser.add_argument('--erode', type=int, metavar='PX', help='pixels inside the contour')
    parser.add_argument('--dilate', type=int, metavar='PX', help='pixels outside the contour')
    parser.add_argument(
        '--sheet', action='store_true', help=f'write sheet.png: bands of {WIDTHS} pixels compared'
    )
    add_method(parser)
    parser.add_argument('--method-config', help='config of a network for --method')
    parser.add_argument('--method-checkpoint', help='its weights')
    args = parser.parse_args(argv)
    if args.mask is not None and args.checkpoint is not None:
        raise InputError(
            '--mask and --checkpoint: the people come from one of the two; leave one out'
        )
    for name in ('erode', 'dilate'):
        value = getattr(args, name)
        if value is not None and not 0 <= value <= 500:
            raise InputError(f'--{name} {value}: give 0 to 500 pixels')
    return args


def run_portrait(argv: Sequence[str]) -> int:
    """Write alpha.png, trimap.png, composite.png and, if asked for, sheet.png.

    Raises:
        InputError: A file, an option or the model is wrong, or there is nobody in the photo.
    """
    args = parse(argv)
    check_writable(args.out)
    image, behind = read_photo(args.image), read_photo(args.background)
    method = build_method(args.method, args.method_checkpoint, args.method_config, args.device)
    coarse = coarse_alpha(args, image)
    trimap = trimap_for(coarse, args.erode, args.dilate)
    check_trimap(trimap, image.shape[:2], 'trimap of the matte')
    alpha = method(image, trimap)
    made = recomposed(image, alpha, behind)
    sheet = width_sheet(image, coarse, behind, method) if args.sheet else None
    write_png(args.out / 'trimap.png', trimap)
    write_png(args.out / 'alpha.png', stored_alpha(alpha, 8))
    write_png(args.out / 'composite.png', made)
    if sheet is not None:
        write_png(args.out / 'sheet.png', sheet)
    print(f'{args.out}: composite.png, alpha.png, trimap.png{", sheet.png" if args.sheet else ""}')
    return 0


def coarse_alpha(args: argparse.Namespace, image: np.ndarray) -> np.ndarray:
    """Find the people, together: (H, W) floats in [0, 1].

    Raises:
        InputError: The mask is not of the photo's size, or the model finds nobody.
    """
    if args.mask is not None:
        stored = read_alpha(args.mask)
        if stored.shape != image.shape[:2]:
            raise InputError(
                f'{args.mask}: is {stored.shape[1]} x {stored.shape[0]} pixels, its photo '
                f'{image.shape[1]} x {image.shape[0]}; save it at that size'
            )
        alpha = stored.astype(np.float32) / np.iinfo(stored.dtype).max
    else:
        from sosmatting.apis import Matter

        mattes = Matter(args.config, args.checkpoint, args.device)(image)
        keep = np.flatnonzero(mattes.scores >= args.min_score)
        kept = [k for k in keep if mattes.names[k] == args.label]
        if not kept:
            seen = ', '.join(sorted({mattes.names[k] for k in keep})) or 'nothing'
            raise InputError(
                f'{args.image}: the model finds no {args.label} in it ({seen}); lower --min-score, '
                'set --label, or give a --mask'
            )
        chosen = mattes.alphas[kept].astype(np.float32) / mattes.opaque
        alpha = 1 - np.prod(1 - chosen, axis=0)
    if not (alpha >= 0.5).any():
        raise InputError(f'{args.mask or args.image}: nothing is opaque in the mask; give another')
    return alpha


def trimap_for(alpha: np.ndarray, erode: int | None, dilate: int | None) -> np.ndarray:
    """Make the trimap of a coarse matte: by its softness, or by the widths that are given."""
    if erode is None and dilate is None:
        return trimap_of_matte(alpha)
    return trimap_between(alpha >= 0.5, erode or 0, dilate or 0)


def recomposed(image: np.ndarray, alpha: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """Lay an object, in its own colours, over a background cut to the photo's shape.

    Args:
        image: (H, W, 3) uint8 RGB.
        alpha: (H, W) float32 in [0, 1].
        behind: (h, w, 3) uint8 RGB of any size; its middle is taken.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    own = foreground_colours(image.astype(np.float32) / 255, alpha)
    back = covering(behind, image.shape[:2]).astype(np.float32) / 255
    return np.round(np.clip(over(own, alpha, back), 0, 1) * 255).astype(np.uint8)


def covering(picture: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Scale a picture until it covers (H, W) and cut its middle out."""
    height, width = size_hw
    factor = max(height / picture.shape[0], width / picture.shape[1])
    wide = max(width, round(picture.shape[1] * factor))
    high = max(height, round(picture.shape[0] * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, (wide, high), interpolation=how)
    top, left = (high - height) // 2, (wide - width) // 2
    return scaled[top : top + height, left : left + width]


def width_sheet(
    image: np.ndarray, coarse: np.ndarray, behind: np.ndarray, method: TrimapMethod
) -> np.ndarray:
    """Compare bands of 2, 7 and 12 pixels each way: a row each of trimap, alpha, composite."""
    rows = []
    for width in WIDTHS:
        trimap = trimap_for(coarse, width, width)
        check_trimap(trimap, image.shape[:2], f'trimap of width {width}')
        alpha = method(image, trimap)
        grey = [np.repeat(each[..., None], 3, 2) for each in (trimap, stored_alpha(alpha, 8))]
        panels = [*grey, recomposed(image, alpha, behind)]
        rows.append(panel_row(panels, f'{width} px inside and outside', SHEET_HEIGHT))
    return stack_rows(rows)
