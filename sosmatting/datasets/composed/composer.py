"""Compose one scene: cut-outs over a background, through one camera.

Letters: N instances, H W pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from sosmatting.datasets.composed.camera import defocused, photographed
from sosmatting.datasets.composed.category_sizes import draw_size, fits
from sosmatting.datasets.composed.foregrounds import CutoutReader, Foreground, evened, scaled
from sosmatting.datasets.composed.painting import Layers, paint, softened, visible_layers
from sosmatting.datasets.composed.placement import COARSE, Ground, Placer, overlap_of
from sosmatting.datasets.composed.recipe import Recipe
from sosmatting.datasets.composed.shaping import reshaped
from sosmatting.datasets.composed.sprites import Sprite, fused, mirrored, turned
from sosmatting.datasets.composed.variety import recoloured, stretched
from sosmatting.files import read_photo
from sosmatting.functional.light import colour_statistics, transfer_colours

Rng = np.random.Generator
TRIES = 3
LEAD_TRIES = 20  # drawing a lead at a size and in a place where it fits


@dataclass(frozen=True)
class Background:
    """A photo to compose over.

    Attributes:
        path: Its file.
        size: Its width and height in pixels.
        setting: Where it was taken: ``'indoor'``, ``'outdoor'``, or ``''`` where nobody knows.
    """

    path: Path
    size: tuple[int, int]
    setting: str = ''


@dataclass(frozen=True)
class ComposedScene:
    """A finished scene.

    Attributes:
        bgr: (H, W, 3) uint8, mmdet's order.
        alphas: (N, H, W) float32 visible alphas, back to front.
        labels: N indices of classes.
        share: (H, W) float32, the background's share.
        background: Its background's file.
        cutouts: N names of the cut-outs (:attr:`Foreground.name`).
    """

    bgr: np.ndarray
    alphas: np.ndarray
    labels: tuple[int, ...]
    share: np.ndarray
    background: Path
    cutouts: tuple[str, ...]

    @property
    def image(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB, the writer's order."""
        return np.ascontiguousarray(self.bgr[..., ::-1])


class SceneComposer:
    """Compose scenes from cut-outs and backgrounds.

    Args:
        foregrounds: The cut-outs.
        labels: The class of each.
        backgrounds: The photos.
        recipe: How.
    """

    def __init__(
        self,
        foregrounds: Sequence[Foreground],
        labels: Sequence[int],
        backgrounds: Sequence[Background],
        recipe: Recipe,
    ) -> None:
        self.backgrounds = list(backgrounds)
        self.recipe = recipe
        self.read = CutoutReader()
        self.groups: dict[str, list[tuple[Foreground, int]]] = {}
        for foreground, label in zip(foregrounds, labels, strict=True):
            self.groups.setdefault(foreground.category, []).append((foreground, label))
        self.names = sorted(self.groups)
        often = np.sqrt([len(self.groups[name]) for name in self.names])
        if recipe.balanced:
            classes = np.array([self.groups[name][0][1] for name in self.names])
            often = often / np.bincount(classes, often)[classes]
        self.often = often / often.sum()
        # Options that are off draw no random numbers: what was composed before stays as it was.
        self.within: dict[str, np.ndarray] = {}
        self.behind: np.ndarray | None = None
        if recipe.balanced:
            self.behind = evened([background.path.parent for background in self.backgrounds])
            for name, group in self.groups.items():
                self.within[name] = evened([each.source for each, _ in group])

    def __call__(self, rng: Rng, lead: Foreground | None = None) -> ComposedScene:
        """Compose one scene; it depends on the state of ``rng`` and on ``lead`` alone.

        Args:
            rng: The source of chance.
            lead: A cut-out that is to be shown, whatever else is; missing only where it fits
                nowhere.
        """
        recipe = self.recipe
        place = rng.choice(len(self.backgrounds), p=self.behind)  # all alike where that is None
        background = self.backgrounds[int(place)]
        behind = self._behind(rng, background)
        size_hw = (behind.shape[0], behind.shape[1])
        ground = None
        if rng.random() < recipe.on_ground:
            ground = Ground(float(rng.uniform(0.3, 0.6)) * size_hw[0])
        for _ in range(TRIES if lead is None else LEAD_TRIES):
            sprites = self._sprites(rng, size_hw, ground, background.setting, lead)
            kept, alphas, share = visible_layers(
                sprites, size_hw, recipe.max_hidden, recipe.min_area
            )
            if kept and (lead is None or lead.name in [sprite.cutout for sprite in kept]):
                break
        behind = self._out_of_focus(rng, behind, ground)
        small = np.ascontiguousarray(behind[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE])
        kept = [self._lit(rng, sprite, small) for sprite in kept]
        strength = recipe.shadow * float(rng.uniform(0.5, 1.0))
        lean = float(rng.uniform(-1.2, 1.2))
        canvas = paint(behind, kept, strength, lean, recipe.linear_light)
        layers = softened(Layers(canvas, alphas, share), float(rng.uniform(*recipe.softness)))
        stored = cv2.convertScaleAbs(layers.canvas, alpha=255)
        bgr = self.photographed(rng, stored)
        return ComposedScene(
            bgr,
            layers.alphas,
            tuple(sprite.label for sprite in kept),
            layers.share,
            background.path,
            tuple(sprite.cutout for sprite in kept),
        )

    def photographed(self, rng: Rng, stored: np.ndarray) -> np.ndarray:
        """Pass a whole (H, W, 3) uint8 BGR picture through the recipe's camera."""
        recipe = self.recipe
        return photographed(rng, stored, recipe.tones, recipe.noise, recipe.jpeg, recipe.jpeg_share)

    def _behind(self, rng: Rng, background: Background) -> np.ndarray:
        """Read a background at the scene's size, cropped and mirrored at random: uint8 BGR."""
        crop = float(rng.uniform(0.75, 1.0))
        photo = read_small(background, self.recipe.size / crop)
        height, width = photo.shape[:2]
        rows, columns = round(height * crop), round(width * crop)
        top = int(rng.integers(height - rows + 1))
        left = int(rng.integers(width - columns + 1))
        photo = photo[top : top + rows, left : left + columns]
        factor = self.recipe.size / max(rows, columns)
        size_wh = (max(1, round(columns * factor)), max(1, round(rows * factor)))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        photo = cv2.resize(photo, size_wh, interpolation=how)
        return np.ascontiguousarray(photo[:, ::-1]) if rng.random() < 0.5 else photo

    def _out_of_focus(self, rng: Rng, behind: np.ndarray, ground: Ground | None) -> np.ndarray:
        """Defocus some backgrounds; the ground near the camera stays sharper."""
        recipe = self.recipe
        if rng.random() >= recipe.defocus:
            return behind
        radius = float(rng.uniform(*recipe.defocus_radius)) * recipe.size
        if ground is None:
            return defocused(behind, radius)
        rows = np.arange(behind.shape[0])
        near = (rows - ground.horizon) / max(behind.shape[0] - ground.horizon, 1)
        return defocused(behind, radius, np.clip(near, 0, 1) * 0.8)

    def _sprites(
        self,
        rng: Rng,
        size_hw: tuple[int, int],
        ground: Ground | None,
        setting: str,
        lead: Foreground | None,
    ) -> list[Sprite]:
        """Draw and place the cut-outs of a scene, back to front; ``lead`` is placed first."""
        counts = np.asarray(self.recipe.counts) / np.sum(self.recipe.counts)
        count = int(rng.choice(len(counts), p=counts)) + 1
        names, often = self._fitting(rng, setting)
        # One kind of thing seldom comes alone: half of the scenes draw from few categories.
        if rng.random() < 0.5:
            few = rng.choice(len(names), min(len(names), int(rng.integers(1, 4))), p=often)
            names, often = [names[k] for k in few], np.full(len(few), 1 / len(few))
        placer = Placer(rng, size_hw, ground, self.recipe.max_overlap)
        placed: list[Sprite] = []
        for attempt in range(TRIES * count):  # some fit nowhere
            if len(placed) == count:
                break
            chosen = lead if not placed and attempt < TRIES else None
            name = str(rng.choice(names, p=often)) if chosen is None else chosen.category
            size = draw_size(rng, name, *self.recipe.sizes, boost=self.recipe.size_boost)
            sprite = self._sprite(rng, name, size, placer, chosen)
            if sprite is not None and placer.place(sprite):
                placed.append(sprite)
        return sorted(placed, key=lambda sprite: sprite.depth)

    def _fitting(self, rng: Rng, setting: str) -> tuple[list[str], np.ndarray]:
        """List the categories, and their frequencies, that a background's setting calls for."""
        suits = np.array([fits(name, setting) for name in self.names])
        if not suits.any() or rng.random() >= self.recipe.fitting:
            return self.names, self.often
        often = self.often[suits]
        names = [name for name, suited in zip(self.names, suits, strict=True) if suited]
        return names, often / often.sum()

    def _sprite(
        self, rng: Rng, name: str, size: float, placer: Placer, chosen: Foreground | None
    ) -> Sprite | None:
        """Draw one instance: a cut-out, ``chosen`` or drawn, or now and then two fused into one."""
        sprite = self._single(rng, name, size, placer, chosen=chosen)
        if sprite is None or rng.random() >= self.recipe.fused or any(sprite.cut):
            return sprite
        size = sprite.size * float(rng.uniform(0.8, 1.2))
        other = self._single(rng, name, size, placer, agree=False)
        return sprite if other is None or any(other.cut) else fused(rng, sprite, other)

    def _single(
        self,
        rng: Rng,
        name: str,
        size: float,
        placer: Placer,
        agree: bool = True,
        chosen: Foreground | None = None,
    ) -> Sprite | None:
        """Draw one cut-out of a category and bring it to a size; ``None`` where that cannot be.

        With ``agree`` things that stand on the ground have heights that agree with each other's.
        """
        group = self.groups[name]
        within = self.within.get(name)
        if chosen is not None:
            foreground, label = next(each for each in group if each[0] == chosen)
        else:
            place = rng.integers(len(group)) if within is None else rng.choice(len(group), p=within)
            foreground, label = group[int(place)]
            if foreground in placer.used:  # twins side by side are no photo
                return None
        placer.used.add(foreground)
        width, height = foreground.sizes[0]
        frame = (placer.height, placer.width)
        factor = size * np.sqrt(frame[0] * frame[1] / max(foreground.area, 1.0))
        if agree and not any(foreground.cut):
            least, most = self.recipe.sizes
            change = placer.agreed_height(name, height * factor) / (height * factor)
            if not least <= size * change <= most:
                return None
            factor *= change
        largest = 1.15 * max(frame) / max(width, height)
        factor = min(factor, self.recipe.max_enlarged, largest)
        wide, high = stretched(rng, (width * factor, height * factor), self.recipe.stretch)
        size_wh = (max(2, round(wide)), max(2, round(high)))
        colours, opacity = scaled(self.read(foreground, max(size_wh)), size_wh)
        colours = recoloured(rng, colours, self.recipe.variety)
        shape = (self.recipe.warp, self.recipe.fur)
        colours, opacity = reshaped(rng, colours, opacity, foreground.cut, *shape)
        own = float(np.sqrt(opacity.sum(dtype=np.float64) / (frame[0] * frame[1])))
        sprite = Sprite(colours, opacity, name, label, foreground.cut, own, cutout=foreground.name)
        if rng.random() < 0.5:
            sprite = mirrored(sprite)
        return turned(sprite, float(rng.uniform(-self.recipe.turn, self.recipe.turn)))

    def _lit(self, rng: Rng, sprite: Sprite, small: np.ndarray) -> Sprite:
        """Draw a sprite's colours to those of its surroundings, and vary its brightness.

        Args:
            rng: The source of chance.
            sprite: In its place.
            small: The background at 1 / ``COARSE`` of its size, uint8 BGR.
        """
        recipe = self.recipe
        strength = float(rng.uniform(*recipe.colour_transfer))
        gain = float(np.exp(rng.uniform(-recipe.brightness, recipe.brightness)))
        colours = sprite.colours
        if strength > 0:
            height, width = sprite.height // COARSE + 1, sprite.width // COARSE + 1
            reach = max(height, width) // 2
            corner = (sprite.x // COARSE - reach, sprite.y // COARSE - reach)
            part, _ = overlap_of(corner, (height + 2 * reach, width + 2 * reach), small.shape[:2])
            around = np.ascontiguousarray(small[part])
            wanted = (colour_statistics(around) + colour_statistics(small)) / 2
            step = max(1, max(sprite.height, sprite.width) // 64)
            few = np.ascontiguousarray(colours[::step, ::step])
            own = colour_statistics(few, sprite.opacity[::step, ::step])
            colours = transfer_colours(colours, own, wanted, strength)
        return replace(sprite, colours=cv2.convertScaleAbs(colours, alpha=gain))


def read_small(background: Background, side: float) -> np.ndarray:
    """Read a photo as uint8 BGR, at a whole fraction of its size where that is enough.

    Args:
        background: The photo.
        side: The least long side in pixels that is needed.

    Raises:
        InputError: The file is missing or broken.
    """
    flags = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4}
    flags |= {2: cv2.IMREAD_REDUCED_COLOR_2, 1: cv2.IMREAD_COLOR}
    fraction = next(f for f in flags if f == 1 or max(background.size) / f >= side)
    photo = cv2.imread(str(background.path), flags[fraction])
    if photo is None:  # missing, broken, or of a kind that OpenCV does not know
        photo = np.ascontiguousarray(read_photo(background.path)[..., ::-1])
    return photo
