"""Where sprites go: on the ground or free, at the edge that cut them off, with bounded overlap.

Letters: H W pixels of the scene.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sosmatting.datasets.composed.category_sizes import HEIGHTS, OTHERS, SIZES
from sosmatting.datasets.composed.sprites import Sprite

Rng = np.random.Generator
COARSE = 8  # overlap is measured at this fraction of the scene
TRIES = 10
FLYING = ('airplane', 'frisbee', 'kite', 'traffic light', 'clock')


CAMERA_HEIGHTS = (0.3, 3.0)  # metres


@dataclass
class Ground:
    """The flat ground of a scene, seen by a level camera.

    A thing of h metres whose feet are n pixels below the horizon is ``n h / camera`` pixels high.

    Attributes:
        horizon: Row in pixels at which things would be infinitely small.
        camera: Height of the camera in metres; ``None`` until the first thing settles it.
    """

    horizon: float
    camera: float | None = None


class Placer:
    """Give one sprite after the other its place in a scene.

    Attributes:
        used: What the scene shows already.

    Args:
        rng: The source of chance.
        size_hw: Height and width of the scene in pixels.
        ground: Its ground; ``None`` where things hang free.
        max_overlap: Largest share of a sprite that another may share with it.
    """

    def __init__(
        self, rng: Rng, size_hw: tuple[int, int], ground: Ground | None, max_overlap: float
    ) -> None:
        self.rng = rng
        self.height, self.width = size_hw
        self.ground = ground
        self.max_overlap = max_overlap
        self.placed: list[np.ndarray] = []
        self.used: set[Hashable] = set()

    def place(self, sprite: Sprite) -> bool:
        """Set ``x``, ``y``, ``standing`` and ``depth`` of a sprite.

        Returns:
            Whether there was a place; a sprite without one is not to be painted.
        """
        for _ in range(TRIES):
            if not self._draw(sprite):
                return False
            print_ = self._footprint(sprite)
            if self._overlap(print_) <= self.max_overlap:
                self.placed.append(print_)
                return True
        return False

    def agreed_height(self, category: str, height: float) -> float:
        """Make the height of a thing agree with those that stand there; the first one sets them.

        Args:
            category: What it is.
            height: Its height in pixels, as drawn.

        Returns:
            Its height in pixels at which its feet are on the ground and in the frame; unchanged
            where there is no ground, or nobody knows how high such things are.
        """
        ground, metres = self.ground, HEIGHTS.get(category)
        if ground is None or metres is None or category in FLYING:
            return height
        below = self.height - ground.horizon
        if ground.camera is None:
            feet = float(self.rng.uniform(0.4, 0.95)) * below
            ground.camera = float(np.clip(metres * feet / height, *CAMERA_HEIGHTS))
        feet = height * ground.camera / metres
        if not 0.12 * below <= feet <= 0.97 * below:
            feet = float(self.rng.uniform(0.25, 0.95)) * below
        return feet * metres / ground.camera

    def _draw(self, sprite: Sprite) -> bool:
        """Draw one place; tells whether the sprite fits the scene at all."""
        left, top, right, bottom = sprite.cut
        if (left and right and sprite.width < self.width) or (
            top and bottom and sprite.height < self.height
        ):
            return False  # cut off at opposite edges, and too small to reach both
        sprite.x = self._along(sprite.width, self.width, left, right)
        sprite.standing = False
        if bottom or top:
            sprite.y = self._along(sprite.height, self.height, top, bottom)
            sprite.depth = 2.0 if bottom else 1.0 + sprite.size
        elif self.ground is not None and sprite.category not in FLYING:
            nearness = self._nearness(sprite, self.ground)
            foot = self.ground.horizon + nearness * (self.height - self.ground.horizon)
            sprite.y = round(foot) - sprite.foot
            sprite.standing = True
            sprite.depth = nearness
        else:
            low = self.height if self.ground is None else round(self.ground.horizon * 1.15)
            sprite.y = self._along(sprite.height, max(low, sprite.height), False, False)
            sprite.depth = sprite.size + 0.3 * float(self.rng.random())
        return True

    def _nearness(self, sprite: Sprite, ground: Ground) -> float:
        """Tell how far down the ground a sprite stands, 0 at the horizon, 1 at the lower edge.

        Its height tells where that is known; otherwise larger than is usual means nearer.
        """
        metres = HEIGHTS.get(sprite.category)
        if metres is not None and ground.camera is not None:
            feet = sprite.foot * ground.camera / metres
            return float(np.clip(feet / (self.height - ground.horizon), 0.08, 1.0))
        usual = SIZES.get(sprite.category, OTHERS)[0]
        relative = sprite.size / (2.2 * usual)
        near = 0.55 * float(np.clip(relative, 0.15, 1.7)) + float(self.rng.uniform(-0.08, 0.12))
        low = sprite.foot / self.height * 0.5  # tall things do not stand at the horizon
        return float(np.clip(max(near, low), 0.08, 0.98))

    def _along(self, length: int, room: int, at_start: bool, at_end: bool) -> int:
        """Draw a first pixel along one axis; an edge that cut the object off is the scene's."""
        beyond = int(self.rng.integers(0, max(1, length // 12) + 1))
        if at_start and at_end:
            return -int(self.rng.integers(0, length - room + 1))
        if at_start:
            return -beyond
        if at_end:
            return room - length + beyond
        if self.rng.random() < 0.12:  # the frame cuts some off
            return int(self.rng.integers(-length // 3, max(room - 2 * length // 3, 1)))
        return int(self.rng.integers(0, max(room - length, 0) + 1)) + min(0, (room - length) // 2)

    def _footprint(self, sprite: Sprite) -> np.ndarray:
        """Draw a sprite's opacity into a coarse scene: (H / 8, W / 8) float32."""
        canvas = np.zeros((-(-self.height // COARSE), -(-self.width // COARSE)), np.float32)
        size_wh = (max(1, round(sprite.width / COARSE)), max(1, round(sprite.height / COARSE)))
        small = cv2.resize(sprite.opacity, size_wh, interpolation=cv2.INTER_AREA)
        part, own = overlap_of((sprite.x // COARSE, sprite.y // COARSE), small.shape, canvas.shape)
        canvas[part] = small[own]
        return canvas

    def _overlap(self, footprint: np.ndarray) -> float:
        """Tell the largest share of any two sprites that both lie on, 0 to 1."""
        area = float(footprint.sum())
        if area <= 0.5:
            return 1.0
        shared = [
            float(np.minimum(footprint, other).sum()) / max(min(area, float(other.sum())), 1e-6)
            for other in self.placed
        ]
        return max(shared, default=0.0)


def overlap_of(
    corner_xy: tuple[int, int], size_hw: Sequence[int], frame_hw: Sequence[int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Find what a picture at ``corner_xy`` covers of a frame.

    Returns:
        Rows and columns of the frame, and the same rows and columns of the picture; empty slices
        where they do not meet.
    """
    x, y = corner_xy
    y1, y2 = max(y, 0), min(y + size_hw[0], frame_hw[0])
    x1, x2 = max(x, 0), min(x + size_hw[1], frame_hw[1])
    y2, x2 = max(y1, y2), max(x1, x2)
    return np.s_[y1:y2, x1:x2], np.s_[y1 - y : y2 - y, x1 - x : x2 - x]
