"""Milder colours than ``PhotoMetricDistortion``'s, which permutes channels: faces stay faces."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class VaryColours(BaseTransform):
    """Vary brightness, contrast, white balance and saturation of a (H, W, 3) uint8 photo.

    Args:
        light: Spread of brightness and contrast, as shares.
        tint: Spread of the three channels' gains.
        saturation: Spread of the saturation.
        grey: Share of photos that lose their colours.
    """

    def __init__(
        self,
        light: float = 0.25,
        tint: float = 0.08,
        saturation: float = 0.4,
        grey: float = 0.05,
    ) -> None:
        self.light, self.tint, self.saturation, self.grey = light, tint, saturation, grey

    def transform(self, results: dict) -> dict:
        """Change ``img``; the global random state decides."""
        image = results['img']
        contrast = 1 + np.random.uniform(-self.light, self.light)
        gains = contrast * (1 + np.random.uniform(-self.tint, self.tint, 3))
        lift = 255 * np.random.uniform(-self.light, self.light) / 2
        levels = np.arange(256)[:, None] * gains + lift
        table = np.clip(levels, 0, 255).astype(np.uint8)[None]
        image = cv2.LUT(np.ascontiguousarray(image), table)
        share = 1 + np.random.uniform(-self.saturation, self.saturation)
        share = 0.0 if np.random.random() < self.grey else share
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        results['img'] = cv2.addWeighted(image, share, grey, 1 - share, 0)
        return results
