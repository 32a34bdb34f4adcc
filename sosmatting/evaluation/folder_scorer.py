"""Read the files of one image after the other and score them.

Letters: M ground truths, H W pixels of the original photo.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sosmatting.evaluation.folders import Confidences, Layout
from sosmatting.evaluation.gallery import Gallery
from sosmatting.evaluation.image_scores import ImageScores, score_image, score_single
from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.rules import Rules
from sosmatting.evaluation.truth import (
    TrueImage,
    TruthSet,
    matte_pixels,
    read_prediction,
    read_unknown,
    wh,
)
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.functional.protocols import PROTOCOLS


@dataclass(frozen=True)
class Request:
    """What to score, and how.

    Attributes:
        pred: Folder of predictions.
        gt: Folder of true mattes, or a JSON file.
        protocol: Name in ``PROTOCOLS``.
        trimap: Folder of trimaps, for protocols that count the unknown band only.
        images: Folder of photos, for the report.
        floor: Predicted alphas below floor / 255 count as 0; 1 changes nothing.
        min_score: Predictions below count in the two APs only.
        pictures: Whether to draw the worst and best instances.
    """

    pred: Path
    gt: Path
    protocol: str = 'instance'
    trimap: Path | None = None
    images: Path | None = None
    floor: int = 1
    min_score: float = 0.0
    pictures: bool = False


class FolderScorer:
    """Score one image after the other: read its files, reduce them to numbers, let them go.

    Args:
        request: What to score.
        rules: How.
        truth: The set.
        layout: The predictions.
        said: By name of an image, what its folder says of its predictions.
    """

    def __init__(
        self,
        request: Request,
        rules: Rules,
        truth: TruthSet,
        layout: Layout,
        said: dict[str, Confidences],
    ) -> None:
        self.request, self.rules, self.truth = request, rules, truth
        self.layout, self.said = layout, said
        self.gallery = Gallery()
        self.banded = PROTOCOLS[rules.protocol].region == 'unknown'

    def __call__(self, image: TrueImage) -> ImageScores:
        """Score one image.

        Raises:
            InputError: One of its files cannot be read, or has another size.
        """
        files = self.layout.files.get(image.name, [])
        if self.truth.kind == 'single':
            scores, found, truth = self._single(image, files)
        else:
            scores, found, truth = self._instances(image, files)
        if self.request.pictures and len(scores.pairs):
            self.gallery.offer(scores, found, truth, lambda: _photo(image, truth))
        return scores

    def _single(
        self, image: TrueImage, files: list[Path]
    ) -> tuple[ImageScores, Instances, Instances]:
        """Score a set's one matte per image, at full precision."""
        pixels = matte_pixels(image.instances[0], image)
        stored = [read_prediction(path, pixels.shape) for path in files]
        unknown = self._unknown(image, pixels.shape)
        pred = _floored(_unit(stored[0]), self.rules.floor) if stored else None
        band = None if unknown is None else unknown[0]
        scores = score_single(image.name, image.name, pred, _unit(pixels), self.rules, band)
        scores = dataclasses.replace(
            scores,
            truth_names=(image.instances[0].name,),
            pred_names=tuple(path.name for path in files),
        )
        labels = torch.full((1,), -1, dtype=torch.int64)
        found = _instances(stored, pixels.shape, labels[: len(stored)], self.rules.floor)
        return scores, found, _instances([pixels], pixels.shape, labels)

    def _instances(
        self, image: TrueImage, files: list[Path]
    ) -> tuple[ImageScores, Instances, Instances]:
        """Score an image's instances, on 8-bit mattes."""
        true = [item for item in image.instances if not item.crowd]
        crowds = [item for item in image.instances if item.crowd]
        stored = [matte_pixels(item, image) for item in [*true, *crowds]]
        size = image.size_hw if image.size_hw is not None else stored[0].shape
        for item, pixels in zip([*true, *crowds], stored, strict=True):
            if pixels.shape != tuple(size):
                raise InputError(
                    f'{item.source}: is {wh(pixels.shape)}, the other mattes of its image are '
                    f'{wh(size)}; bring all to one size'
                )
        labels = torch.tensor([item.label for item in [*true, *crowds]], dtype=torch.int64)
        every = _instances(stored, size, labels)
        places = torch.arange(len(every))
        truth, ignored = every.select(places < len(true)), every.select(places >= len(true))
        found = self._found(image, files, size)
        unknown = self._unknown(image, size)
        scores = score_image(image.name, image.name, found, truth, ignored, self.rules, unknown)
        keep = found.scores >= self.rules.min_score
        names = [path.name for path, kept in zip(files, keep.tolist(), strict=True) if kept]
        scores = dataclasses.replace(
            scores, truth_names=tuple(item.name for item in true), pred_names=tuple(names)
        )
        return scores, found.select(keep), truth

    def _found(self, image: TrueImage, files: list[Path], size: Any) -> Instances:
        """Read an image's predictions with their confidences and classes."""
        said = self.said.get(image.name, Confidences())
        names = said.classes if said.classes is not None else [''] * len(files)
        index = {name: k for k, name in enumerate(self.truth.classes)}
        labels = torch.tensor([index.get(name, -1) for name in names], dtype=torch.int64)
        stored = [read_prediction(path, size) for path in files]
        found = _instances(stored, size, labels, self.rules.floor)
        if said.scores is not None:
            scores = torch.tensor(said.scores, dtype=torch.float64)
        else:
            scores = torch.tensor([_mean_alpha(x) for x in found.alphas], dtype=torch.float64)
        return Instances(found.alphas, found.labels, scores)

    def _unknown(self, image: TrueImage, size: Any) -> Tensor | None:
        """Read the unknown band of every instance, (M, H, W) bool."""
        if not self.banded or self.request.trimap is None:
            return None
        bands = [
            read_unknown(self.request.trimap, image, item, size)
            for item in image.instances
            if not item.crowd
        ]
        return torch.from_numpy(np.stack([np.zeros(size, bool), *bands])[1:])


def _unit(pixels: np.ndarray) -> Tensor:
    """Turn (H, W) uint8 or uint16 into float64 alphas in [0, 1]."""
    return torch.from_numpy(pixels.astype(np.float64) / np.iinfo(pixels.dtype).max)


def _floored(alphas: Tensor, floor: int) -> Tensor:
    """Set alphas below floor / 255 to 0; a floor of 1 is the lowest of 8 bits and changes none."""
    return alphas if floor == 1 else torch.where(alphas * 255 >= floor, alphas, 0.0)


def _instances(stored: list[np.ndarray], size: Any, labels: Tensor, floor: int = 1) -> Instances:
    """Stack (H, W) uint8 or uint16 mattes as 8 bits, with confidence 1."""
    alphas = np.zeros((len(stored), *size), np.uint8)
    for alpha, pixels in zip(alphas, stored, strict=True):
        wide = pixels.dtype == np.uint16
        alpha[:] = (pixels.astype(np.uint32) + 128) // 257 if wide else pixels
        alpha[alpha < floor] = 0
    return Instances(torch.from_numpy(alphas), labels, torch.ones(len(stored)).double())


def _mean_alpha(alpha: Tensor) -> float:
    """Average a (H, W) uint8 matte over its own pixels, those above 0: how sure it looks."""
    touched = int((alpha > 0).sum())
    return int(alpha.sum(dtype=torch.int64)) / 255 / max(touched, 1)


def _photo(image: TrueImage, truth: Instances) -> np.ndarray | None:
    """Read a photo for the report; None where there is none of the mattes' size."""
    if image.photo is None:
        return None
    for upright in (True, False):
        try:
            photo = read_photo(image.photo, upright)
        except InputError:
            return None
        if photo.shape[:2] == tuple(truth.alphas.shape[1:]):
            return photo
    return None
