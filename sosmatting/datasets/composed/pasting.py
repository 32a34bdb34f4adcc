"""Cut-outs pasted into labelled photos, which keep their own objects and labels.

Ghiasi et al., Simple Copy-Paste, CVPR 2021, with cut-outs from elsewhere. Unlike a composed scene
the photo is labelled already, so that everything in it is known. Letters: N instances, H W pixels.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

from sosmatting.datasets.composed.category_sizes import draw_size
from sosmatting.datasets.composed.foregrounds import (
    CutoutReader,
    Foreground,
    evened,
    list_foregrounds,
    scaled,
)
from sosmatting.datasets.composed.shaping import reshaped
from sosmatting.datasets.composed.variety import recoloured, stretched
from sosmatting.datasets.groups import Groups, labels_by_category
from sosmatting.exceptions import check_numbers
from sosmatting.structures import SoftMattes


@TRANSFORMS.register_module()
class PasteCutouts(BaseTransform):
    """Paste a few cut-outs into a photo; what they hide is taken from its own mattes.

    Put it where the frame has its final size; mattes come out visible, as composed ones.

    Args:
        foregrounds: ``data_root`` and ``split`` of prepared sets with cut-outs.
        classes: The configured classes.
        groups: Categories of cut-outs by the class that they count as; others are left out.
        prob: Share of photos that get any.
        most: Largest number of cut-outs.
        sizes: Smallest and largest ``sqrt(area / area of the photo)``.
        size_boost: Factor on the category's typical size.
        max_enlarged: How far a cut-out may be enlarged.
        brightness: Spread of a cut-out's brightness.
        variety: How much a cut-out's hue, saturation and tones vary, 0 to 1.
        stretch: How much wider or higher it may become, as the logarithm of a factor.
        warp: How far it may be bent, 0 to 1.
        fur: Share of cut-outs on which hair is grown.
        balanced: Classes are equally frequent, however many cut-outs each of them has; within a
            class a set of cut-outs counts by the root of their number.

    Raises:
        InputError: A set is not there; or ``variety``, ``stretch``, ``warp`` or ``fur`` is out
            of 0..1.
    """

    def __init__(
        self,
        foregrounds: Sequence[Mapping[str, str]],
        classes: Sequence[str],
        groups: Groups | None = None,
        prob: float = 0.5,
        most: int = 3,
        sizes: tuple[float, float] = (0.06, 0.6),
        size_boost: float = 2.0,
        max_enlarged: float = 1.25,
        brightness: float = 0.25,
        variety: float = 0.0,
        stretch: float = 0.0,
        warp: float = 0.0,
        fur: float = 0.0,
        balanced: bool = False,
    ) -> None:
        shares = dict(variety=variety, stretch=stretch, warp=warp, fur=fur)
        check_numbers('PasteCutouts: ', **{name: (v, 0.0, 1.0) for name, v in shares.items()})
        labels = labels_by_category(classes, groups)
        found = [
            each
            for source in foregrounds
            for each in list_foregrounds(Path(source['data_root']), source.get('split', 'train'))
        ]
        self.cutouts = [(each, labels[each.category]) for each in found if each.category in labels]
        of = np.array([label for _, label in self.cutouts], int)
        self.often = np.ones(len(of)) / max(len(of), 1)
        if balanced and len(of):
            for label in np.unique(of):
                mine = of == label
                self.often[mine] = evened(
                    [each.source for each, its in self.cutouts if its == label]
                )
            self.often /= self.often.sum()
        self.prob = prob if self.cutouts else 0.0
        self.most, self.sizes, self.size_boost = most, sizes, size_boost
        self.max_enlarged, self.brightness = max_enlarged, brightness
        self.variety, self.stretch, self.warp, self.fur = variety, stretch, warp, fur
        self.read = CutoutReader()

    def transform(self, results: dict) -> dict:
        """Change ``img`` and ``gt_*``; the global random state decides."""
        rng = np.random.default_rng(np.random.randint(2**31))
        if rng.random() >= self.prob:
            return results
        image = results['img']
        alphas = list(results['gt_masks'].to_ndarray())
        labels = results['gt_bboxes_labels'].tolist()
        for _ in range(int(rng.integers(1, self.most + 1))):
            foreground, label = self.cutouts[int(rng.choice(len(self.cutouts), p=self.often))]
            colours, opacity = self._sprite(rng, foreground, image.shape[:2])
            pasted = self._paste(rng, image, alphas, colours, opacity)
            if pasted is not None:
                alphas.append(pasted)
                labels.append(label)
        height, width = image.shape[:2]
        stacked = np.stack(alphas) if alphas else np.zeros((0, height, width), np.uint8)
        mattes = SoftMattes(stacked, height, width)
        ignored = np.zeros(len(labels), bool)
        ignored[: len(results['gt_ignore_flags'])] = results['gt_ignore_flags']
        results.update(
            gt_masks=mattes,
            gt_bboxes=mattes.get_bboxes(HorizontalBoxes),
            gt_bboxes_labels=np.array(labels, np.int64),
            gt_ignore_flags=ignored,
        )
        return results

    def _sprite(
        self, rng: np.random.Generator, foreground: Foreground, frame_hw: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bring a cut-out to a drawn size: (h, w, 3) uint8 colours, (h, w) float32 opacity."""
        size = draw_size(rng, foreground.category, *self.sizes, boost=self.size_boost)
        factor = size * np.sqrt(frame_hw[0] * frame_hw[1] / max(foreground.area, 1.0))
        factor = min(factor, self.max_enlarged)
        width, height = foreground.sizes[0]
        wide, high = stretched(rng, (width * factor, height * factor), self.stretch)
        size_wh = (max(2, round(wide)), max(2, round(high)))
        colours, opacity = scaled(self.read(foreground, max(size_wh)), size_wh)
        colours = recoloured(rng, colours, self.variety)
        colours, opacity = reshaped(rng, colours, opacity, foreground.cut, self.warp, self.fur)
        if rng.random() < 0.5:
            colours, opacity = colours[:, ::-1], opacity[:, ::-1]
        gain = float(np.exp(rng.uniform(-self.brightness, self.brightness)))
        return cv2.convertScaleAbs(np.ascontiguousarray(colours), alpha=gain), opacity

    @staticmethod
    def _paste(
        rng: np.random.Generator,
        image: np.ndarray,
        alphas: list[np.ndarray],
        colours: np.ndarray,
        opacity: np.ndarray,
    ) -> np.ndarray | None:
        """Blend one cut-out into ``image`` and out of ``alphas``, in place.

        Returns:
            Its (H, W) uint8 matte, or ``None`` where it lies outside.
        """
        height, width = opacity.shape
        # Up to a fifth of it may lie outside; the range is turned round where it fills the frame.
        left = round(float(rng.random() * (image.shape[1] - 0.6 * width) - 0.2 * width))
        top = round(float(rng.random() * (image.shape[0] - 0.6 * height) - 0.2 * height))
        x1, y1 = max(left, 0), max(top, 0)
        x2, y2 = min(left + width, image.shape[1]), min(top + height, image.shape[0])
        if x2 <= x1 or y2 <= y1:
            return None
        inside = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
        share = np.ascontiguousarray(opacity[inside])
        place = np.s_[y1:y2, x1:x2]
        image[place] = cv2.blendLinear(
            np.ascontiguousarray(colours[inside]), np.ascontiguousarray(image[place]), share,
            1 - share,
        )  # fmt: skip
        passed = 1 - share
        for alpha in alphas:
            if alpha[place].any():
                alpha[place] = cv2.multiply(
                    np.ascontiguousarray(alpha[place]), passed, dtype=cv2.CV_8U
                )
        pasted = np.zeros(image.shape[:2], np.uint8)
        pasted[place] = cv2.convertScaleAbs(share, alpha=255)
        return pasted
