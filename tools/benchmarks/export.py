"""A 4K photo with 20 mattes into files: time, and memory on top of the result itself.

The peers write the same content plainly: whole frames of the photo's colours by Pillow's PNG
writer, psd-tools' layers of whole frames, all channels at once by the OpenEXR bindings' ``File``.
"""

import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from PIL import Image
from psd_tools import PSDImage

from benchmarks.timing import Row, memory_row, paired
from sosmatting.export import save
from sosmatting.functional.light import to_light
from sosmatting.mattes import Mattes

SIZE_HW = (2160, 3840)
COUNT = 20


def run(repeats: int) -> list[Row]:
    """Time three formats and measure their memory, on one thread."""
    cv2.setNumThreads(1)
    mattes = draw_mattes(*SIZE_HW, COUNT)
    peers = {'rgba': plain_pngs, 'psd': plain_psd, 'exr': plain_exr}
    memory, seconds = [], []
    with tempfile.TemporaryDirectory() as place:
        work = {
            name: (
                partial(save, mattes, Path(place) / name, [name]),
                partial(plain, mattes, Path(place)),
            )
            for name, plain in peers.items()
        }
        # Memory first: what a process has freed it uses again, and would not be seen.
        for name, ways in work.items():
            memory.append(memory_row(name, *ways))
        for name, ways in work.items():
            seconds.append(paired(name, *ways, repeats))
    return seconds + memory


def draw_mattes(height: int, width: int, count: int) -> Mattes:
    """Draw soft ellipses over smooth noise: each takes about a twentieth of the frame."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 8, width // 8, 3)).astype(np.float32)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    image += rng.normal(0, 2, image.shape).astype(np.float32)
    alphas = np.zeros((count, height, width), np.uint8)
    for alpha in alphas:
        at = (int(rng.integers(width)), int(rng.integers(height)))
        radii = (height // 6, height // 4)
        cv2.ellipse(alpha, at, radii, float(rng.integers(180)), 0, 360, 255, -1)
        cv2.GaussianBlur(alpha, (31, 31), 0, dst=alpha)
    return Mattes(
        image=image.clip(0, 255).astype(np.uint8),
        alphas=alphas,
        scores=np.linspace(0.99, 0.5, count).astype(np.float32),
        labels=np.zeros(count, np.int64),
        boxes=np.zeros((count, 4), np.float32),
        areas=alphas.sum((1, 2), dtype=np.float32) / 255,
        classes=('object',),
    )


def plain_pngs(mattes: Mattes, folder: Path) -> None:
    """Write every cut-out as a whole frame by Pillow."""
    for index, alpha in enumerate(mattes.alphas):
        Image.fromarray(np.dstack([mattes.image, alpha])).save(folder / f'{index}.png')


def plain_psd(mattes: Mattes, folder: Path) -> None:
    """Write layers of whole frames by psd-tools' document model."""
    psd = PSDImage.frompil(Image.fromarray(mattes.image).convert('RGBA'))
    for name, alpha in zip(mattes.layer_names, mattes.alphas, strict=True):
        psd.create_pixel_layer(Image.fromarray(np.dstack([mattes.image, alpha])), name)
    psd._updated = False  # it would draw the merged picture anew, from all layers
    psd.save(folder / 'plain.psd')


def plain_exr(mattes: Mattes, folder: Path) -> None:
    """Write all channels, whole, by the OpenEXR bindings."""
    light = to_light(mattes.image)
    channels = {c: light[..., k].astype(np.float16) for k, c in enumerate('RGB')}
    for name, alpha in zip(mattes.layer_names, mattes.alphas, strict=True):
        unit = alpha.astype(np.float32) / 255
        channels[f'{name}.A'] = unit.astype(np.float16)
        for k, c in enumerate('RGB'):
            channels[f'{name}.{c}'] = (light[..., k] * unit).astype(np.float16)
    header = {'compression': OpenEXR.ZIP_COMPRESSION, 'type': OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(folder / 'plain.exr'))
