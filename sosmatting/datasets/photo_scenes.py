"""Scenes composed of real objects over real photos, with exact visible alphas.

Letters: N instances, H W pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sosmatting.datasets.photo_sources import (
    Cutout,
    check_source,
    link_coco,
    list_backgrounds,
    list_cutouts,
    read_coco,
    read_cutout,
)
from sosmatting.datasets.scenes import Scene
from sosmatting.datasets.scenes.placing import free_place, keep_visible, paste
from sosmatting.datasets.scenes.textures import Rng
from sosmatting.datasets.writer import Plan, write_set
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.functional.compose import composite, visible_alphas

TEST_START = 1_000_000  # test scenes have numbers of their own
VERSION = 1
MAX_ENLARGED = 1.5
read_cutout_cached = lru_cache(maxsize=64)(read_cutout)


@dataclass(frozen=True)
class PhotoScenes:
    """Compose the scene of a number; the same number and seed give the same scene.

    Attributes:
        cutouts: The objects of the train scenes and of the test scenes.
        backgrounds: The photos of both.
        names: The categories, in the order of the labels.
        seed: Number of the set.
        size: Long side of the scenes in pixels.
    """

    cutouts: tuple[Sequence[Cutout], Sequence[Cutout]]
    backgrounds: tuple[Sequence[Path], Sequence[Path]]
    names: Sequence[str]
    seed: int
    size: int

    def __call__(self, number: int) -> Scene:
        """Compose scene ``number``: train scenes from 0, test scenes from ``TEST_START``."""
        rng = np.random.default_rng([self.seed, number])
        test = int(number >= TEST_START)
        cutouts, photos = self.cutouts[test], self.backgrounds[test]
        behind = self._background(rng, photos[int(rng.integers(len(photos)))])
        height, width = behind.shape[:2]
        count = int(rng.choice(4, p=[0.2, 0.35, 0.3, 0.15])) + 1
        sides = np.sort(rng.uniform(0.2, {1: 0.75, 2: 0.6}.get(count, 0.5), count)) * self.size
        alphas = np.zeros((count, height, width), np.float32)
        colours = np.zeros((count, height, width, 3), np.float32)
        labels: list[int] = []
        taken: list[tuple[float, float, float]] = []
        classes, counts = np.unique([cutout.name for cutout in cutouts], return_counts=True)
        often = np.sqrt(counts) / np.sqrt(counts).sum()
        for k, side in enumerate(sides):
            name = str(rng.choice(classes, p=often))
            choice = [cutout for cutout in cutouts if cutout.name == name]
            rgba = read_cutout_cached(choice[int(rng.integers(len(choice)))])
            rgba, standing = _vary(rng, rgba, float(side))
            x, y = free_place(rng, taken, max(rgba.shape[:2]), height, width)
            if standing:
                y = height - rgba.shape[0] / 2
            taken.append((x, y, max(rgba.shape[:2])))
            paste(rgba, (x, y), alphas[k], colours[k])
            labels.append(list(self.names).index(name))
        keep = keep_visible(alphas)
        colours, visible = np.clip(colours[keep], 0, 1), visible_alphas(alphas[keep])
        clean = composite(colours, visible, behind)
        image = np.round(np.clip(clean, 0, 1) * 255).astype(np.uint8)
        return Scene(image, visible, tuple(labels[k] for k in keep), colours, behind)

    def _background(self, rng: Rng, path: Path) -> np.ndarray:
        """Read a background at the scene's size, flipped at random: (H, W, 3) float32 in [0, 1]."""
        photo = read_photo(path)
        factor = self.size / max(photo.shape[:2])
        height, width = (max(1, round(side * factor)) for side in photo.shape[:2])
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        photo = cv2.resize(photo, (width, height), interpolation=how)
        return (photo[:, ::-1] if rng.random() < 0.5 else photo).astype(np.float32) / 255


def _vary(rng: Rng, rgba: np.ndarray, side: float) -> tuple[np.ndarray, bool]:
    """Scale, flip, turn and light an object at random.

    Args:
        rng: The source of chance.
        rgba: (h, w, 4) premultiplied RGBA in [0, 1], cropped to the object.
        side: Wanted long side in pixels; small pictures are not enlarged without limit.

    Returns:
        The object, and whether its own photo cut it off below, so that it must stand on the
        scene's lower edge.
    """
    standing = bool((rgba[-2:, :, 3].max(0) > 0.5).mean() > 0.25)
    factor = min(side / max(rgba.shape[:2]), MAX_ENLARGED)
    height, width = (max(2, round(length * factor)) for length in rgba.shape[:2])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    rgba = cv2.resize(rgba, (width, height), interpolation=how)
    if rng.random() < 0.5:
        rgba = np.ascontiguousarray(rgba[:, ::-1])
    angle, tone = float(rng.uniform(-8, 8)), rng.uniform(0.85, 1.12)
    rgba[..., :3] = np.minimum(rgba[..., :3] * np.float32(tone), rgba[..., 3:])
    if standing:
        return rgba, True
    pad = int(np.ceil(0.15 * max(height, width)))
    rgba = cv2.copyMakeBorder(rgba, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    middle = ((rgba.shape[1] - 1) / 2, (rgba.shape[0] - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    rgba = cv2.warpAffine(rgba, turn, rgba.shape[1::-1], flags=cv2.INTER_LINEAR)
    rows = np.flatnonzero(rgba[..., 3].any(1))
    columns = np.flatnonzero(rgba[..., 3].any(0))
    return rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], False


def split_cutouts(cutouts: Sequence[Cutout]) -> tuple[list[Cutout], list[Cutout]]:
    """Part objects into those of the train and of the test scenes: no object is in both.

    Every third object of a category is for testing; a category with fewer than three is not tested.
    """
    train: list[Cutout] = []
    test: list[Cutout] = []
    seen: dict[str, int] = {}
    for cutout in cutouts:
        seen[cutout.name] = seen.get(cutout.name, 0) + 1
        (test if seen[cutout.name] % 3 == 0 else train).append(cutout)
    return train, test or train


def write_photo_sets(
    source: Path, root: Path, count: int = 60, size: int = 640, seed: int = 0, workers: int = 2
) -> bool:
    """Write ``root/coco`` (the source's COCO pictures) and ``root/sofi200`` (composed scenes).

    Args:
        source: Folder of real photos (:mod:`.photo_sources`).
        root: Folder to fill.
        count: Composed train scenes; a quarter as many test scenes are added.
        size: Long side of the composed scenes in pixels.
        seed: Number of the set.
        workers: Processes that compose.

    Returns:
        Whether there was anything to do.

    Raises:
        InputError: An option is out of range, the source is laid out otherwise, or ``root`` holds
            something else.
    """
    if not 1 <= count < TEST_START:
        raise InputError(f'--count {count}: give 1 to {TEST_START - 1} scenes')
    if not 64 <= size <= 4096:
        raise InputError(f'--size {size}: give a long side of 64 to 4096 pixels')
    if seed < 0:
        raise InputError(f'--seed {seed}: give 0 or a positive number')
    check_source(source)
    cutouts = list_cutouts(source)
    train, val = (read_coco(source, split) for split in ('train2017', 'val2017'))
    categories: list[dict[str, Any]] = train['categories']
    backgrounds = (
        list_backgrounds(source, 'train2017', train),
        list_backgrounds(source, 'val2017', val),
    )
    make = PhotoScenes(
        split_cutouts(cutouts), backgrounds, [c['name'] for c in categories], seed, size
    )
    test = (count + 3) // 4
    info = {
        'description': 'composed scenes of sosmatting',
        'version': VERSION,
        'train': count,
        'test': test,
        'size': size,
        'seed': seed,
        'cutouts': len(cutouts),
        'backgrounds': sum(map(len, backgrounds)),
    }
    scenes = {f'train_{number:05d}': number for number in range(count)}
    tests = {f'test_{number:05d}': TEST_START + number for number in range(test)}
    plan = Plan(root / 'sofi200', 'sofi200', categories, {'train': scenes, 'test': tests}, info)
    linked = link_coco(source, root / 'coco')
    return write_set(plan, make, workers) or linked
