"""Pictures of the worst and the best instances of a set, and of no others.

However many images there are, only as many pictures are kept as will be shown; every process of a
run keeps its own, and the report takes the worst and best of all.
"""

import io
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image

from sosmatting.evaluation.image_scores import ImageScores
from sosmatting.evaluation.instances import Instances
from sosmatting.visualization.error_map import error_map

WORST, BEST = 20, 5
PANEL_PX = 256
PANELS = ('image', 'truth', 'prediction', 'error')


def badness(scores: ImageScores) -> np.ndarray:
    """Rank instances: mean abs(p - g) over the union of both, 1 for a missed one; (M,)."""
    missed = scores.pairs < 0
    return np.where(missed, 1.0, scores.union_errors[:, 0].clip(0, 1))


def pick(
    images: Sequence[ImageScores], worst: int = WORST, best: int = BEST
) -> tuple[list[tuple[ImageScores, int]], list[tuple[ImageScores, int]]]:
    """Choose the worst and the best instances; a small set has some that are both.

    Returns:
        (image, place) of the worst, worst first (among equals the larger); then of the best, best
        first, never a missed one.
    """
    every = [
        (-float(bad), -float(area), image.name, j, image)
        for image in images
        if len(image.pairs)  # the APs alone pair nothing
        for j, (bad, area) in enumerate(zip(badness(image), image.truth.areas, strict=True))
    ]
    every.sort(key=lambda item: item[:4])
    found = [item for item in every if item[4].pairs[item[3]] >= 0]
    found.sort(key=lambda item: (-item[0], *item[1:4]))
    low, high = every[:worst], found[:best]
    return [(item[4], item[3]) for item in low], [(item[4], item[3]) for item in high]


class Gallery:
    """Keep the pictures of the worst and best instances seen so far."""

    def __init__(self) -> None:
        self._kept: list[ImageScores] = []

    def offer(
        self,
        scores: ImageScores,
        found: Instances,
        truth: Instances,
        photo: Callable[[], np.ndarray | None],
    ) -> None:
        """Take in an image; ``scores.pictures`` is filled where it is among the worst or best.

        Args:
            scores: The image's numbers.
            found: The predictions that ``scores.pairs`` counts.
            truth: The ground truths.
            photo: Reads the photo, (H, W, 3) uint8 RGB; None where there is none.
        """
        images = [*self._kept, scores]
        chosen = [pair for some in pick(images) for pair in some]
        new = [j for image, j in chosen if image is scores]
        if new:
            pixels = photo()
            for j in new:
                i = int(scores.pairs[j])
                pred = found.alphas[i] if i >= 0 else truth.alphas[j] * 0
                scores.pictures[j] = panels(
                    pixels, pred.cpu().numpy(), truth.alphas[j].cpu().numpy()
                )
        stays = {(id(image), j) for image, j in chosen}
        for image in images:
            for j in [j for j in image.pictures if (id(image), j) not in stays]:
                del image.pictures[j]
        self._kept = [image for image in images if image.pictures]


def panels(photo: np.ndarray | None, pred: np.ndarray, truth: np.ndarray) -> dict[str, bytes]:
    """Draw one instance: its surroundings in the photo, both mattes, and their difference.

    Args:
        photo: (H, W, 3) uint8 RGB, or None: then there is no such panel.
        pred: (H, W) uint8.
        truth: (H, W) uint8.

    Returns:
        By the names of ``PANELS``: JPEG of the photo, PNG of the rest, longest side 256 pixels.
    """
    window = _surroundings((pred > 0) | (truth > 0))
    pred, truth = pred[window], truth[window]
    result = {}
    if photo is not None:
        result['image'] = _encoded(_shrunk(photo[window]), 'JPEG')
    result['truth'] = _encoded(_shrunk(truth), 'PNG')
    result['prediction'] = _encoded(_shrunk(pred), 'PNG')
    result['error'] = _encoded(_shrunk(error_map(pred, truth)), 'PNG')
    return result


def _encoded(pixels: np.ndarray, form: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **({'quality': 85} if form == 'JPEG' else {}))
    return buffer.getvalue()


def _surroundings(mask: np.ndarray) -> tuple[slice, slice]:
    """Box a (H, W) bool mask with a margin of a tenth; everything where it is empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    margin = 8 + max(rows[-1] - rows[0], columns[-1] - columns[0]) // 10
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    """Bring the longest side down to ``PANEL_PX`` by area; small ones stay."""
    height, width = pixels.shape[:2]
    factor = PANEL_PX / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(pixels)
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
