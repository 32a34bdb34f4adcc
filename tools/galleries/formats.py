"""What every export format holds, read by somebody else's reader and made a picture.

Letters: H W pixels. Every view takes a folder that :func:`sosmatting.export.save` wrote and returns
an (H, W, 3) uint8 RGB picture of the photo's size.
"""

import contextlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import OpenEXR
from PIL import Image
from psd_tools import PSDImage
from pycocotools.coco import COCO

from sosmatting.functional.light import to_display
from sosmatting.visualization.overlay import instance_colours
from sosmatting.visualization.sheet import checker_board, fit, matte_grid, tiles


def over_board(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay (H, W, 3) colours in 0..255, not premultiplied, over a checker board."""
    board = checker_board(*alpha.shape).astype(np.float32)[..., None]
    return (board + alpha[..., None] * (colours - board)).round().astype(np.uint8)


def grid(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Tile pictures of one size into one panel of that size."""
    size_hw = (pictures[0].shape[0], pictures[0].shape[1])
    panel = np.full_like(pictures[0], 255)
    for picture, (rows, columns) in zip(pictures, tiles(len(pictures), size_hw), strict=True):
        panel[rows, columns] = fit(picture, (rows.stop - rows.start, columns.stop - columns.start))
    return panel


def show_rgba(folder: Path) -> np.ndarray:
    """Read the cut-outs by Pillow."""
    found = [np.asarray(Image.open(path)) for path in sorted(folder.glob('*_rgba.png'))]
    return grid([over_board(pixels[..., :3], pixels[..., 3] / 255) for pixels in found])


def show_alphas(folder: Path, pattern: str) -> np.ndarray:
    """Read the mattes by Pillow."""
    found = np.stack([np.asarray(Image.open(path)) for path in sorted(folder.glob(pattern))])
    wide = found.dtype != np.uint8  # some of Pillow's releases give 32 bits for 16
    return matte_grid(found.astype(np.uint16) if wide else found, found.shape[1:])


def show_psd(folder: Path) -> np.ndarray:
    """Read the layers by psd-tools, each on the document's canvas."""
    psd = PSDImage.open(folder / 'layers.psd')
    panels = []
    for layer in psd:
        canvas = Image.new('RGBA', psd.size)
        canvas.paste(layer.topil(), layer.offset)
        pixels = np.asarray(canvas)
        panels.append(over_board(pixels[..., :3], pixels[..., 3] / 255))
    return grid(panels)


def show_exr(folder: Path) -> np.ndarray:
    """Read photo and layers by the OpenEXR bindings; premultiplied light, over black."""
    channels = OpenEXR.File(str(folder / 'layers.exr'), separate_channels=True).channels()
    layers = ['', *sorted({name.split('.')[0] + '.' for name in channels if '.' in name})]
    light = [np.stack([channels[f'{name}{c}'].pixels for c in 'RGB'], -1) for name in layers]
    return grid([(to_display(x.astype(np.float32)) * 255).astype(np.uint8) for x in light])


def show_cryptomatte(folder: Path) -> np.ndarray:
    """Read ids and coverage by the OpenEXR bindings; a colour per id."""
    path = str(folder / 'cryptomatte.exr')
    channels = OpenEXR.File(path, separate_channels=True).channels()
    names = sorted({name.split('.')[0] for name in channels})
    pairs = [
        (channels[f'{name}.{identity}'].pixels, channels[f'{name}.{coverage}'].pixels)
        for name in names
        for identity, coverage in ('RG', 'BA')
    ]
    ids = np.unique(np.stack([identity for identity, _ in pairs]))
    colours = instance_colours(len(ids)).astype(np.float32)
    seen = sum(
        coverage[..., None] * colours[np.searchsorted(ids, identity)]
        for identity, coverage in pairs
    )
    return np.asarray(seen).clip(0, 255).astype(np.uint8)


def show_json(folder: Path) -> np.ndarray:
    """Decode the binary masks by pycocotools."""
    with contextlib.redirect_stdout(io.StringIO()):  # it tells how long it took
        coco = COCO(str(folder / 'coco.json'))
    masks = np.stack([coco.annToMask(annotation) * 255 for annotation in coco.anns.values()])
    return matte_grid(masks, masks.shape[1:])


VIEWS: dict[str, Callable[[Path], np.ndarray]] = {
    'rgba: cut-outs': show_rgba,
    'alpha8: mattes, 8 bits': lambda folder: show_alphas(folder, '[0-9][0-9].png'),
    'alpha16: mattes, 16 bits': lambda folder: show_alphas(folder, '*_16.png'),
    'psd: background and layers': show_psd,
    'exr: photo and layers, linear light': show_exr,
    'cryptomatte: ids and coverage': show_cryptomatte,
    'json: binary masks (and the mattes)': show_json,
    'overlay': lambda folder: np.asarray(Image.open(folder / 'overlay.png')),
    'composite': lambda folder: np.asarray(Image.open(folder / 'composite.png')),
}
