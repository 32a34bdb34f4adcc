"""A multi-layer OpenEXR: the photo, and every object as a layer of its own, in linear light.

Letters: H W pixels, R rows of a band. Single part, half float, ZIP. Channels: ``R G B`` the photo;
``person_01.R .G .B .A`` an object. Display values become light by sRGB's curve; a photo with
another RGB profile is brought to sRGB's colours first. Layers are premultiplied (light times
alpha), as compositing programs expect of EXR, unless the options say straight; the header tells
which.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sosmatting.export.exr_file import BAND, ExrLayout, write_exr
from sosmatting.export.job import Cutout, Job, plain_names
from sosmatting.functional.light import to_light
from sosmatting.visualization.overlay import unit_alpha

COLOURS = 'RGB'


def write_layers_exr(path: Path, job: Job) -> None:
    """Write the photo and its layers.

    Args:
        path: File to write, whole or not at all.
        job: The result; its options choose the layers' colours and whether they are premultiplied.

    Raises:
        InputError: The file cannot be written, or a package is missing.
    """
    premultiplied = job.options.premultiplied is not False
    job = job.in_srgb()
    layers = plain_names(job.names)
    channels = [*COLOURS, *(f'{layer}.{c}' for layer in layers for c in (*COLOURS, 'A'))]
    cutouts = {layer: job.cutout(index) for index, layer in enumerate(layers)}
    image = job.mattes.colours
    attributes: dict[str, str | int | float] = {
        'comments': 'linear light, sRGB (Rec. 709) primaries; layers '
        + ('premultiplied by their alpha' if premultiplied else 'straight, not premultiplied'),
        'colorInteropID': 'lin_rec709_scene',
        'oiio:UnassociatedAlpha': int(not premultiplied),
    }
    if job.mattes.dpi is not None:
        attributes['xDensity'] = float(job.mattes.dpi[0])
    bands = _bands(image, cutouts, premultiplied)
    layout = ExrLayout((image.shape[0], image.shape[1]), channels, 'half', attributes)
    write_exr(path, layout, bands)


def _bands(
    image: np.ndarray, cutouts: dict[str, Cutout], premultiplied: bool
) -> Iterator[dict[str, np.ndarray]]:
    """Give all channels of ``BAND`` rows after another, from above: (R, W) float16 by name."""
    for top in range(0, image.shape[0], BAND):
        rows = image[top : top + BAND]
        nothing = np.zeros(rows.shape[:2], np.float16)
        light = to_light(rows).astype(np.float16)
        band = {name: light[..., channel] for channel, name in enumerate(COLOURS)}
        for layer, cutout in cutouts.items():
            names = [f'{layer}.{c}' for c in (*COLOURS, 'A')]
            pixels = _layer_rows(cutout, top, rows.shape[0], premultiplied)
            for channel, name in enumerate(names):
                band[name] = nothing
                if pixels is not None:
                    band[name] = nothing.copy()
                    first = max(cutout.y - top, 0)
                    place = np.s_[first : first + len(pixels)], cutout.place[1]
                    band[name][place] = pixels[..., channel]
        yield band


def _layer_rows(cutout: Cutout, top: int, count: int, premultiplied: bool) -> np.ndarray | None:
    """Give a layer's part of some of the photo's rows.

    Returns:
        (R, w, 4) float32 light and alpha, ``None`` where the cut-out has no such rows.
    """
    part = slice(max(top - cutout.y, 0), max(top + count - cutout.y, 0))
    alpha = unit_alpha(cutout.alpha[part])[..., None]
    if not alpha.any():
        return None
    light = to_light(cutout.colours[part])
    light = light * (alpha if premultiplied else alpha > 0)
    return np.concatenate([light, alpha], axis=-1)
