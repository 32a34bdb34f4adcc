"""Cryptomatte: all mattes in one OpenEXR, to be picked by name or by a click.

Letters: N instances, K ranks, H W pixels, R rows of a band. Written after Psyop's specification
(version 1.1): single part, 32-bit float, ZIP; ids are MurmurHash3 of the layers' names; a pixel
holds its ``K`` mattes, the most opaque first, as pairs of id and coverage in the RGBA layers
``CryptoObject00``, ``CryptoObject01`` ...

Every coverage is the instance's own alpha: whoever picks one object gets exactly its matte. They
are not divided by their sum: where mattes sum to more than 1, so do their coverages when several
are picked.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sosmatting.export.exr_file import BAND, ExrLayout, write_exr
from sosmatting.export.job import Job
from sosmatting.export.packages import load_package
from sosmatting.visualization.overlay import unit_alpha

TYPE_NAME = 'CryptoObject'
LEAST_RANKS = 6  # what the specification suggests; frames of a sequence should have one number
PER_LAYER = 2  # ranks of an RGBA layer: id, coverage, id, coverage


def write_cryptomatte_exr(path: Path, job: Job) -> None:
    """Write the mattes as a Cryptomatte.

    Args:
        path: File to write, whole or not at all.
        job: The result.

    Raises:
        InputError: The file cannot be written, or a package is missing.
    """
    mattes, names = job.mattes, job.names
    ids = np.array([name_id(name) for name in names], np.uint32)
    prefix = f'cryptomatte/{name_id(TYPE_NAME):08x}'[:-1]
    attributes = {
        f'{prefix}/name': TYPE_NAME,
        f'{prefix}/hash': 'MurmurHash3_32',
        f'{prefix}/conversion': 'uint32_to_float32',
        f'{prefix}/manifest': json.dumps(
            {name: f'{identity:08x}' for name, identity in zip(names, ids, strict=True)}
        ),
    }
    layers = -(-max(_most_at_a_pixel(mattes.alphas), LEAST_RANKS) // PER_LAYER)
    channels = [f'{TYPE_NAME}{layer:02d}.{c}' for layer in range(layers) for c in 'RGBA']
    size_hw = (mattes.image.shape[0], mattes.image.shape[1])
    bands = _bands(mattes.alphas, ids.view(np.float32), channels)
    write_exr(path, ExrLayout(size_hw, channels, 'float', attributes), bands)


def name_id(name: str) -> int:
    """Hash a name to the 32 bits of its id: MurmurHash3, changed where it would be no number.

    An exponent of 0 (zero, denormal numbers) becomes 1; one of 255 (infinity, NaN) becomes 254.
    """
    mmh3 = load_package('mmh3', 'cryptomatte')
    hashed = mmh3.hash(name.encode(), signed=False)
    exponent = hashed >> 23 & 255
    return hashed ^ 1 << 23 if exponent in (0, 255) else hashed


def _most_at_a_pixel(alphas: np.ndarray) -> int:
    """Count the mattes of the pixel that has most of them."""
    count = np.zeros(alphas.shape[1:], np.uint16)
    for alpha in alphas:
        count += alpha > 0
    return int(count.max(initial=0))


def _bands(
    alphas: np.ndarray, ids: np.ndarray, channels: list[str]
) -> Iterator[dict[str, np.ndarray]]:
    """Rank the mattes of ``BAND`` rows after another, from above.

    Args:
        alphas: (N, H, W) stored alphas.
        ids: (N,) float32.
        channels: 2 K names: id and coverage of each rank.

    Yields:
        (R, W) float32 arrays by name.
    """
    ranks = len(channels) // 2
    for top in range(0, alphas.shape[1], BAND):
        rows = alphas[:, top : top + BAND]
        here = np.flatnonzero(rows.any((1, 2)))  # most bands hold few of the instances
        own = rows[here]
        order = np.argsort(-own.astype(np.int32), axis=0, kind='stable')[:ranks]
        coverage = unit_alpha(np.take_along_axis(own, order, 0))
        identity = np.where(coverage > 0, ids[here][order], np.float32(0))
        band = dict.fromkeys(channels, np.zeros(rows.shape[1:], np.float32))
        for rank in range(len(order)):
            band[channels[2 * rank]] = identity[rank]
            band[channels[2 * rank + 1]] = coverage[rank]
        yield band
