"""Pictures with exact alphas and random trimaps, composed in the loader's workers.

Letters: S side of a picture in pixels.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.registry import DATASETS
from mmdet.structures import DetDataSample
from torch.utils.data import Dataset

from sosmatting.datasets.composed.foregrounds import CutoutReader, scaled
from sosmatting.datasets.composed.sources import list_sets
from sosmatting.datasets.trimap.augment import Layer, Rng, fused, jittered, warped
from sosmatting.exceptions import InputError
from sosmatting.files import read_photo
from sosmatting.functional.trimap import trimap_from_alpha

CLASSES = ('object',)


@DATASETS.register_module()
class TrimapComposition(Dataset):
    """Cut-outs over backgrounds, each with a trimap drawn anew.

    A sample is one cut-out (or two, fused), turned, sheared and mirrored around one of its unknown
    pixels, its colours shifted, over a piece of a photo. Draws come from the global random state,
    which :class:`MixedDataset` seeds by the draw's number.

    Args:
        foregrounds: Prepared sets with cut-outs: ``data_root``, ``split`` (``train``) and
            ``without`` (a pattern of cut-outs to leave out) of each.
        backgrounds: The same of sets of photos.
        size: S.
        crop_sizes: Sides of the crop that becomes S x S; one is drawn.
        object_side: Range of the cut-out's long side in pixels, before the crop is resized.
        scale: Range of a factor of that side.
        fuse_share: Share of samples with two cut-outs.
        degrees: See :func:`~sosmatting.datasets.trimap.augment.warped`.
        shear: The same.
        jitter: Shift colours.
        trimap: Options of :func:`~sosmatting.functional.trimap.trimap_from_alpha`.

    Raises:
        InputError: A set is not there, or an option is wrong.
    """

    def __init__(
        self,
        foregrounds: Sequence[Mapping[str, str]],
        backgrounds: Sequence[Mapping[str, str]],
        size: int = 320,
        crop_sizes: Sequence[int] = (320, 480, 640),
        object_side: tuple[int, int] = (480, 1200),
        scale: tuple[float, float] = (0.8, 1.25),
        fuse_share: float = 0.5,
        degrees: float = 30,
        shear: float = 10,
        jitter: bool = True,
        trimap: Mapping[str, Any] | None = None,
    ) -> None:
        if not foregrounds or not backgrounds:
            raise InputError('TrimapComposition: name a set of foregrounds and one of backgrounds')
        if size < 32 or not crop_sizes or min(crop_sizes) < 32:
            raise InputError(f'size={size}, crop_sizes={crop_sizes}: give sides of 32 or more')
        if not 0 <= fuse_share <= 1:
            raise InputError(f'fuse_share={fuse_share}: give a share in 0..1')
        self.metainfo = {'classes': CLASSES}
        self.foregrounds, self.backgrounds = list_sets(foregrounds, backgrounds)
        self.size, self.crop_sizes = size, tuple(crop_sizes)
        self.object_side, self.scale = object_side, scale
        self.fuse_share, self.degrees, self.shear = fuse_share, degrees, shear
        self.jitter = jitter
        self.trimap = dict(trimap or {})
        self.read = CutoutReader()

    def full_init(self) -> None:
        """Do nothing: the lists are read when the set is built."""

    def __len__(self) -> int:
        return len(self.foregrounds)

    def prepare_data(self, index: int) -> dict:
        """Compose a picture around cut-out ``index``, by the global random state."""
        return self.sample(np.random.default_rng(np.random.randint(2**31)), index)

    def sample(self, rng: Rng, index: int) -> dict:
        """Compose a picture.

        Args:
            rng: The source of chance.
            index: Which cut-out.

        Returns:
            ``inputs``, (4, S, S) uint8 RGB and trimap; and ``data_samples`` with ``gt_alpha`` (1,
            S, S), ``gt_foreground`` and ``gt_background`` (3, S, S) uint8.
        """
        crop = int(rng.choice(self.crop_sizes))
        (low, high), (least, most) = self.object_side, self.scale
        side = rng.uniform(low, high) * rng.uniform(least, most) * self.size / crop
        layer = self._cutout(index, side)
        if rng.random() < self.fuse_share:
            layer = fused(layer, self._cutout(int(rng.integers(len(self))), side))
        layer = warped(rng, layer, self.size, self.degrees, self.shear)
        colours = jittered(rng, layer) if self.jitter else layer[0]
        alpha = np.round(layer[1] * 255).astype(np.uint8)
        trimap = trimap_from_alpha(rng, alpha, **self.trimap)
        behind = self._background(rng)
        share = alpha[..., None].astype(np.float32) / 255
        image = np.round(share * colours + (1 - share) * behind).astype(np.uint8)
        return packed(image, trimap, alpha, index, {'foreground': colours, 'background': behind})

    def _cutout(self, index: int, side: float) -> Layer:
        """Read a cut-out with a long side of about ``side`` pixels."""
        foreground = self.foregrounds[index]
        bgra = self.read(foreground, side)
        factor = side / max(bgra.shape[:2])
        height, width = (max(2, round(length * factor)) for length in bgra.shape[:2])
        return scaled(bgra, (width, height))

    def _background(self, rng: Rng) -> np.ndarray:
        """Cut a square out of a photo and bring it to (S, S, 3) uint8 BGR."""
        chosen = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        photo = read_photo(chosen.path)[..., ::-1]
        shorter = min(photo.shape[:2])
        side = int(rng.integers(min(shorter, max(self.size // 2, shorter // 2)), shorter + 1))
        top, left = (int(rng.integers(length - side + 1)) for length in photo.shape[:2])
        piece = np.ascontiguousarray(photo[top : top + side, left : left + side])
        if rng.random() < 0.5:
            piece = np.ascontiguousarray(piece[:, ::-1])
        how = cv2.INTER_AREA if side > self.size else cv2.INTER_LINEAR
        return cv2.resize(piece, (self.size, self.size), interpolation=how)


def packed(
    image: np.ndarray,
    trimap: np.ndarray,
    alpha: np.ndarray,
    index: int,
    colours: Mapping[str, np.ndarray] | None = None,
    path: str = '',
) -> dict:
    """Describe a picture as a model takes it.

    Args:
        image: (H, W, 3) uint8 BGR.
        trimap: (H, W) uint8.
        alpha: (H, W) uint8, the truth.
        index: Its number.
        colours: ``foreground`` and ``background``, (H, W, 3) uint8 BGR, where they are known.
        path: Its file.
    """
    size = image.shape[:2]
    meta = dict(img_id=index, img_path=path, img_shape=size, ori_shape=size)
    sample = DetDataSample(metainfo=meta)
    sample.gt_alpha = torch.from_numpy(alpha)[None]
    sample.trimap = torch.from_numpy(trimap)[None]
    for name, pixels in (colours or {}).items():
        sample.set_field(_rgb(pixels), f'gt_{name}', dtype=torch.Tensor)
    return dict(inputs=torch.cat([_rgb(image), sample.trimap]), data_samples=sample)


def _rgb(bgr: np.ndarray) -> torch.Tensor:
    """Turn (H, W, 3) BGR into a (3, H, W) RGB tensor."""
    return torch.from_numpy(np.ascontiguousarray(bgr[..., ::-1].transpose(2, 0, 1)))
