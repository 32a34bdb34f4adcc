"""Scenes composed on the fly, per second and worker: 640 pixels, three instances.

Cut-outs (long side 1,600 pixels) and backgrounds (1,280 x 960 JPEG) are drawn for the purpose. The
peer composes the same number of instances plainly: it reads each cut-out whole, shrinks it, and
blends float layers of the whole frame; it knows no shadow, harmonisation, noise or JPEG.
"""

import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.timing import Row, paired
from sosmatting.datasets.composed.composer import SceneComposer
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.sources import build_composer
from sosmatting.datasets.sets import SOURCES
from sosmatting.datasets.sets.convert import convert
from sosmatting.functional.compose import composite, visible_alphas

SIZE, COUNT, SCENES = 640, 3, 12
CUTOUTS, BACKGROUNDS = 12, 8
# Three instances each, none dropped: what is timed is three, not up to three.
THREE = dict(size=SIZE, counts=(0, 0, 1), max_overlap=1.0, max_hidden=1.0, min_area=0.0)


def run(repeats: int) -> list[Row]:
    """Time composing with display values and in linear light, on one thread."""
    cv2.setNumThreads(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sources = draw_sets(root)
        for case, linear in (('640 px, 3 instances', False), ('in linear light', True)):
            recipe = Recipe.of(THREE | {'linear_light': linear})
            composer = build_composer(*sources, ('object',), recipe)
            row = paired(
                case, partial(compose_all, composer), partial(compose_plainly, composer), repeats
            )
            rates = SCENES / row.ours, SCENES / row.peer
            rows.append(Row(case, *rates, row.ratio, 'scenes/s'))
    return rows


def compose_all(composer: SceneComposer) -> int:
    """Compose the scenes; returns the number of their instances."""
    return sum(len(composer(np.random.default_rng([0, k])).labels) for k in range(SCENES))


def compose_plainly(composer: SceneComposer) -> None:
    """Compose as many scenes of as many instances without any of the care."""
    rng = np.random.default_rng(0)
    (group,) = composer.groups.values()
    for _ in range(SCENES):
        photo = cv2.imread(str(composer.backgrounds[rng.integers(BACKGROUNDS)].path))
        behind = cv2.resize(photo, (SIZE, 480), interpolation=cv2.INTER_AREA) / np.float32(255)
        alphas = np.zeros((COUNT, 480, SIZE), np.float32)
        colours = np.zeros((COUNT, 480, SIZE, 3), np.float32)
        for k in range(COUNT):
            whole = cv2.imread(str(group[rng.integers(len(group))][0].files[0]), -1)
            small = cv2.resize(whole, (200, 200), interpolation=cv2.INTER_AREA) / np.float32(255)
            top, left = int(rng.integers(280)), int(rng.integers(440))
            part = np.s_[k, top : top + 200, left : left + 200]
            alphas[part], colours[part] = small[..., 3], small[..., :3]
        mixed = composite(colours, visible_alphas(alphas), behind)
        np.round(mixed * 255).astype(np.uint8)


def draw_sets(root: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Draw and convert a set of cut-outs and one of backgrounds."""
    rng = np.random.default_rng(0)
    for folder in ('rgba', 'photos'):
        (root / folder).mkdir()
    ys, xs = np.mgrid[-1:1:1600j, -1:1:1600j].astype(np.float32)
    for k in range(CUTOUTS):
        angle = np.arctan2(ys, xs)
        edge = 0.75 + 0.15 * np.sin(int(rng.integers(3, 30)) * angle)
        alpha = np.clip((edge - np.hypot(xs, ys)) * 12, 0, 1)
        coarse = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
        colours = cv2.resize(coarse, (1600, 1600), interpolation=cv2.INTER_CUBIC)
        rgba = np.dstack([colours, np.round(alpha * 255).astype(np.uint8)])
        cv2.imwrite(str(root / f'rgba/{k}.png'), rgba)
    for k in range(BACKGROUNDS):
        coarse = rng.integers(0, 256, (96, 128, 3)).astype(np.uint8)
        photo = cv2.resize(coarse, (1280, 960), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(root / f'photos/{k}.jpg'), photo)
    for name, source in (('rgba', 'rgba'), ('photos', 'backgrounds')):
        reader = SOURCES[source]
        convert(reader, reader.read(root / name), root / f'{name}_set')
    roots = [[{'data_root': str(root / f'{name}_set')}] for name in ('rgba', 'photos')]
    return roots[0], roots[1]
