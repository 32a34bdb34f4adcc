"""Scenes composed on the fly, in the loader's workers."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.registry import DATASETS
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.dataset import Compose
from torch.utils.data import Dataset

from sosmatting.datasets.coco import MATTE_SUPERVISION
from sosmatting.datasets.composed.composer import (
    ComposedScene,
)
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.sources import build_composer
from sosmatting.datasets.groups import Groups
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.structures import SoftMattes


@DATASETS.register_module()
class ComposedInstanceDataset(Dataset):
    """Cut-outs over backgrounds, a new scene for every (seed, epoch, index).

    A scene depends on these three numbers alone, not on the worker that composes it. In a
    :class:`MixedDataset`, which numbers its draws itself and seeds the global random state by them,
    the draw takes the place of the epoch.

    Samples hold ``img``, ``gt_masks`` (exact visible alphas), boxes and labels already, so that
    ``pipeline`` starts without ``LoadPhoto`` and ``LoadMattes``.

    Args:
        foregrounds: Sets with cut-outs: ``data_root`` and ``split`` of each.
        backgrounds: Sets of photos without instances: the same.
        metainfo: ``classes``.
        pipeline: Transforms, from augmentation to packing.
        recipe: Options of :class:`Recipe`.
        length: Scenes in an epoch.
        seed: Seed of the scenes.
        stand_in: The class of cut-outs of no configured class; their label may teach nothing, so
            ``complete`` must be ``'none'`` then. ``None`` leaves such cut-outs out.
        groups: Categories of cut-outs by the class that they count as.
        source: Name in logs and pictures.
        matte: What the matte branch learns from the scenes.
        complete: ``'all'``, ``'none'`` or the categories that are labelled exhaustively, which no
            background may show then.
        untouched: Config of a set of photos (:class:`CocoInstances`) with its own pipeline, whose
            samples are mixed in with nothing pasted, through the same camera, so that what is
            pasted cannot be told by its noise. Its annotations refer to pixels as stored, as
            COCO's do.
        untouched_share: Share of samples that come from it.

    Raises:
        InputError: A set is not there, or an option is wrong.
    """

    def __init__(
        self,
        foregrounds: Sequence[Mapping[str, str]],
        backgrounds: Sequence[Mapping[str, str]],
        metainfo: Mapping[str, Sequence[str]],
        pipeline: Sequence[dict],
        recipe: Mapping[str, Any] | None = None,
        length: int = 2000,
        seed: int = 0,
        stand_in: str | None = None,
        groups: Groups | None = None,
        source: str = 'composed',
        matte: str = 'soft',
        complete: str | Sequence[str] = 'none',
        untouched: dict | None = None,
        untouched_share: float = 0.15,
    ) -> None:
        self.metainfo = {**metainfo, 'classes': tuple(metainfo['classes'])}
        if length < 1:
            raise InputError(f'length={length} of data set {source!r}: give 1 scene or more')
        if matte not in MATTE_SUPERVISION:
            raise InputError(
                f'matte={matte!r} of data set {source!r}: use one of {MATTE_SUPERVISION}'
            )
        if stand_in is not None and complete != 'none':
            raise InputError(
                f'stand_in={stand_in!r} of data set {source!r}: its labels may be wrong, so that '
                "complete must be 'none'"
            )
        self.length, self.seed, self.source, self.matte = length, seed, source, matte
        self.complete_labels = self._labels_of(complete)
        classes = self.metainfo['classes']
        self.composer = build_composer(
            foregrounds, backgrounds, classes, Recipe.of(recipe), stand_in, groups
        )
        self.pipeline = Compose(pipeline)
        self.untouched = None if untouched is None else DATASETS.build(dict(untouched))
        self.untouched_share = untouched_share if untouched is not None else 0.0
        if self.untouched is not None and self.untouched.metainfo['classes'] != classes:
            raise InputError(
                f'untouched of data set {source!r} has other classes; set its metainfo'
            )
        self._epoch = torch.zeros(1, dtype=torch.long).share_memory_()  # workers see it change

    def _labels_of(self, complete: str | Sequence[str]) -> tuple[int, ...]:
        """Turn ``complete`` into label indices."""
        classes = self.metainfo['classes']
        names = (
            {'all': classes, 'none': ()}.get(complete) if isinstance(complete, str) else complete
        )
        if names is None or any(name not in classes for name in names):
            raise InputError(
                f"complete={complete!r} of data set {self.source!r}: use 'all', 'none' or a list "
                'of configured classes'
            )
        return tuple(sorted(classes.index(name) for name in names))

    def full_init(self) -> None:
        """Do nothing: the lists are read when the set is built."""

    def set_epoch(self, epoch: int) -> None:
        """Go to another epoch, in workers that run already too."""
        self._epoch[0] = epoch

    def __len__(self) -> int:
        return self.length

    def scene(self, epoch: int, index: int) -> ComposedScene:
        """Compose the scene of an epoch and index."""
        return self.composer(np.random.default_rng((self.seed, epoch, index)))

    def __getitem__(self, index: int) -> dict:
        """Compose and augment scene ``index`` of the epoch; seeds the global random state by it."""
        if not 0 <= index < self.length:
            raise IndexError(index)
        epoch = int(self._epoch[0])
        state = np.random.SeedSequence((self.seed, epoch, index, 1)).generate_state(2)
        random.seed(int(state[0]))
        np.random.seed(state[1])
        return self._sample(epoch, index)

    def prepare_data(self, index: int) -> dict:
        """Compose and augment a scene that the global random state decides on with ``index``."""
        return self._sample(int(np.random.randint(2**31)), index)

    def _sample(self, epoch: int, index: int) -> dict:
        """Compose a scene, or take an untouched photo, and augment it."""
        rng = np.random.default_rng((self.seed, epoch, index))
        if self.untouched is not None and rng.random() < self.untouched_share:
            return self._untouched_sample(rng)
        sample = self.pipeline(self.results_of(self.composer(rng), index))
        if sample is None:
            raise InputError(
                f'scene {index} of data set {self.source!r} is lost in its pipeline; let '
                'RandomCrop allow negative crops'
            )
        return sample

    def _untouched_sample(self, rng: np.random.Generator) -> dict:
        """Take a photo with nothing pasted through the same camera, then through its pipeline."""
        assert self.untouched is not None
        info = self.untouched.get_data_info(int(rng.integers(len(self.untouched))))
        stored = np.ascontiguousarray(read_photo(info['img_path'], upright=False)[..., ::-1])
        sample = self.untouched.pipeline(dict(info, img=self.composer.photographed(rng, stored)))
        if sample is None:
            raise InputError(
                f'a photo of untouched of data set {self.source!r} is lost in its pipeline; let '
                'RandomCrop allow negative crops'
            )
        return sample

    def results_of(self, scene: ComposedScene, index: int) -> dict:
        """Describe a scene as ``LoadPhoto`` and ``LoadMattes`` would have."""
        height, width = scene.bgr.shape[:2]
        stored = [cv2.convertScaleAbs(alpha, alpha=255) for alpha in scene.alphas]
        alphas = np.stack(stored) if stored else np.zeros((0, height, width), np.uint8)
        mattes = SoftMattes(alphas, height, width)
        return dict(
            img=scene.bgr,
            img_path=str(scene.background),
            img_id=index,
            img_shape=(height, width),
            ori_shape=(height, width),
            height=height,
            width=width,
            gt_masks=mattes,
            gt_bboxes=mattes.get_bboxes(HorizontalBoxes),
            gt_bboxes_labels=np.array(scene.labels, np.int64),
            gt_ignore_flags=np.zeros(len(stored), bool),
            source=self.source,
            matte=self.matte,
            complete_labels=self.complete_labels,
        )


__all__ = ['ComposedInstanceDataset', 'build_composer']
