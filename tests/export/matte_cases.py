"""Results to export."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageCms

from sosmatting.export.job import Job
from sosmatting.export.options import SaveOptions
from sosmatting.mattes import Mattes

CLASSES = ('person', 'dog')


def make_mattes(count: int, dtype: type = np.uint8, seed: int = 0, hw: tuple = (40, 60)) -> Mattes:
    """Random mattes with scores 0.9, 0.85 ... and boxes, areas by plain arithmetic."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    alphas = rng.integers(0, top + 1, (count, *hw)).astype(dtype)
    return Mattes(
        image=rng.integers(0, 256, (*hw, 3), np.uint8),
        alphas=alphas,
        scores=0.9 - 0.05 * np.arange(count, dtype=np.float32),
        labels=np.arange(count) % 2,
        boxes=np.tile(np.float32([1, 2, 30.5, 38]), (count, 1)),
        areas=(alphas.sum((1, 2)) / top).astype(np.float32),
        classes=CLASSES,
    )


def soft_mattes(dtype: type = np.uint8, **changes: Any) -> Mattes:
    """Three objects of a 60 x 90 photo: a soft disc, one that overlaps it, a small one elsewhere.

    ``person_01`` fills columns 10..49 of rows 5..44, ``dog_01`` columns 35..74 of rows 15..54,
    ``person_02`` columns 80..85 of rows 50..53.
    """
    ys, xs = np.mgrid[:60, :90] + 0.5
    unit = np.zeros((3, 60, 90))
    for k, (x, y, radius) in enumerate(((30, 25, 20), (55, 35, 20))):
        unit[k] = np.clip((radius - np.hypot(xs - x, ys - y)) / 8, 0, 1)
    unit[2, 50:54, 80:86] = 1
    mattes = make_mattes(3, dtype, hw=(60, 90))
    alphas = np.ceil(unit * np.iinfo(dtype).max).astype(dtype)
    return replace(mattes, alphas=alphas, **changes)


def make_job(mattes: Mattes, scratch: Path | None = None, title: str = '', **options: Any) -> Job:
    """Put a result and options together as ``save`` does, without files of instances."""
    files: list[dict[str, str]] = [{} for _ in range(len(mattes))]
    return Job(mattes, SaveOptions(**options), scratch, files, title)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()


def swapped_profile() -> bytes:
    """An RGB profile whose red is sRGB's blue and the other way round, named ``swapped``."""
    content = bytearray(srgb_profile())
    count = int.from_bytes(content[128:132], 'big')
    entries = {}
    for i in range(count):
        at = 132 + 12 * i
        entries[bytes(content[at : at + 4])] = at
    red, blue = entries[b'rXYZ'], entries[b'bXYZ']
    places = bytes(content[red + 4 : red + 12])
    content[red + 4 : red + 12] = content[blue + 4 : blue + 12]
    content[blue + 4 : blue + 12] = places
    at = entries[b'desc']
    start, size = (int.from_bytes(content[at + k : at + k + 4], 'big') for k in (4, 8))
    text = bytes(content[start : start + size])
    content[start : start + size] = text.replace('sRGB'.encode('utf-16-be'), b'\0s\0w\0a\0p')
    return bytes(content)
