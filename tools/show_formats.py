"""Draw what every export format holds, as somebody else's reader sees it.

A scene of the sample, whose mattes are known exactly, is written in all formats, each is read back
by Pillow, psd-tools, OpenEXR or pycocotools, and their pictures are put side by side. --keep DIR
leaves the photo and its files there (DIR/scene_1.png, DIR/scene_1/), to be opened in the programs
they are for.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sosmatting.datasets.sample import TEST_START
from sosmatting.datasets.scenes import CATEGORIES, make_scene
from sosmatting.exceptions import InputError, run
from sosmatting.export import FORMATS, SaveOptions, save
from sosmatting.files import write_jpeg, write_png
from sosmatting.mattes import Mattes
from sosmatting.visualization.feed_sheet import GAP, stack_rows, title_bar
from sosmatting.visualization.sheet import fit

TEAL = (40, 120, 130)


def scene_mattes(number: int, size: int) -> Mattes:
    """Take a drawn scene's exact mattes as a result, the nearest object first, 16 bits."""
    scene = make_scene(TEST_START + number, size=size)
    alphas = (scene.alphas[::-1] * 65535).round().astype(np.uint16)
    spans = [[np.flatnonzero((a > 32767).any(axis)) for axis in (0, 1)] for a in alphas]
    boxes = [[x[0], y[0], x[-1] + 1, y[-1] + 1] for x, y in spans]
    return Mattes(
        image=scene.image,
        alphas=alphas,
        scores=np.linspace(0.98, 0.6, len(alphas)).astype(np.float32),
        labels=np.array(scene.labels[::-1]),
        boxes=np.array(boxes, np.float32),
        areas=(alphas.sum((1, 2)) / 65535).astype(np.float32),
        classes=CATEGORIES,
    )


def draw(folder: Path, width: int, across: int) -> np.ndarray:
    """Lay all views side by side, titled, ``across`` in a row: -> (H, W, 3) uint8 RGB."""
    from galleries.formats import VIEWS

    panels = []
    for title, view in VIEWS.items():
        picture = view(folder)
        picture = fit(picture, (round(picture.shape[0] * width / picture.shape[1]), width))
        panel = np.concatenate([title_bar(title, width), picture])
        panels.append(np.pad(panel, ((0, 0), (0, GAP), (0, 0)), constant_values=255))
    starts = range(0, len(panels), across)
    return stack_rows([np.concatenate(panels[i : i + across], axis=1) for i in starts])


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='a .jpg to write')
    parser.add_argument('--keep', type=Path, metavar='DIR', help='leave photo and files here')
    parser.add_argument('--scene', type=int, default=1, help='number of the test scene (1)')
    parser.add_argument('--size', type=int, default=768, help='long side of the scene (768)')
    parser.add_argument('--width', type=int, default=330, help='of a view in pixels (330)')
    args = parser.parse_args(arguments)
    if args.scene < 0:
        raise InputError(f'--scene {args.scene}: give 0 or a positive number')
    for name in ('size', 'width'):
        if not 64 <= getattr(args, name) <= 4096:
            raise InputError(f'--{name} {getattr(args, name)}: give 64 to 4096 pixels')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Export a drawn scene in all formats, read them, draw them."""
    args = parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = (args.keep or Path(place)) / f'scene_{args.scene}'
        mattes = scene_mattes(args.scene, args.size)
        write_png(folder.with_suffix('.png'), mattes.image)
        files = save(mattes, folder, list(FORMATS), SaveOptions(background=TEAL))
        write_jpeg(args.out, draw(folder, args.width, 3), quality=85)
    print(f'{args.out}: {len(mattes)} mattes in {len(files)} files')


if __name__ == '__main__':
    sys.exit(run(main))
