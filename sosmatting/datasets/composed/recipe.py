"""The options of composed scenes, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sosmatting.exceptions import InputError, check_numbers


@dataclass(frozen=True)
class Recipe:
    """How scenes are composed. Shares and sizes are in 0..1 where no unit is named.

    Attributes:
        size: Long side of a scene in pixels.
        counts: Relative frequency of 1, 2, 3 ... instances.
        sizes: Smallest and largest ``sqrt(area / area of the scene)`` of an instance.
        size_boost: Factor on the category's typical size in COCO.
        max_enlarged: How far a cut-out may be enlarged.
        balanced: Classes are equally frequent, however many cut-outs each of them has; a set of
            backgrounds, and within a category a set of cut-outs, counts by the root of its size.
        on_ground: Share of scenes that have a ground line, on which things stand.
        fitting: Share of scenes whose things suit their background, indoors or outdoors.
        max_overlap: Largest share of an instance that another may lie over when it is placed.
        max_hidden: An instance of which more is hidden is dropped.
        min_area: An instance that shows less is dropped, in pixels.
        turn: Largest rotation in degrees.
        fused: Share of instances that are two cut-outs fused by ``1 - (1 - a1)(1 - a2)``.
        colour_transfer: Range of the strength with which colours are drawn to the background's.
        brightness: Spread of an instance's brightness.
        variety: How much an instance's own hue, saturation and tones vary, 0 to 1.
        stretch: How much wider or higher an instance may become, as the logarithm of a factor.
        warp: How far an instance may be bent, 0 to 1.
        fur: Share of instances on which hair is grown.
        shadow: Strength of contact shadows.
        defocus: Share of scenes whose background is out of focus.
        defocus_radius: Range of its disc, as a share of ``size``.
        softness: Range of the whole picture's blur in pixels; alphas are blurred alike.
        tones: Spread of white balance and tone curve of the whole picture.
        noise: Range of the whole picture's noise.
        jpeg: Range of the whole picture's JPEG quality.
        jpeg_share: Share of scenes that are stored as JPEG.
        linear_light: Mix light instead of display values.
    """

    size: int = 640
    counts: tuple[float, ...] = (0.2, 0.3, 0.22, 0.14, 0.09, 0.05)
    sizes: tuple[float, float] = (0.06, 0.75)
    size_boost: float = 2.2
    max_enlarged: float = 1.25
    balanced: bool = False
    on_ground: float = 0.93
    fitting: float = 0.9
    max_overlap: float = 0.45
    max_hidden: float = 0.7
    min_area: float = 150.0
    turn: float = 6.0
    fused: float = 0.04
    colour_transfer: tuple[float, float] = (0.3, 0.7)
    brightness: float = 0.1
    variety: float = 0.0
    stretch: float = 0.0
    warp: float = 0.0
    fur: float = 0.0
    shadow: float = 0.6
    defocus: float = 0.45
    defocus_radius: tuple[float, float] = (0.002, 0.011)
    softness: tuple[float, float] = (0.0, 0.8)
    tones: float = 0.06
    noise: tuple[float, float] = (0.002, 0.022)
    jpeg: tuple[int, int] = (60, 95)
    jpeg_share: float = 0.8
    linear_light: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> 'Recipe':
        """Make a recipe from a config's options.

        Raises:
            InputError: An option is unknown or out of range.
        """
        options = dict(options or {})
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise InputError(f'recipe.{unknown[0]}: no such option; use {", ".join(known)}')
        for name, value in options.items():
            if isinstance(value, list):
                options[name] = tuple(value)
        recipe = cls(**options)
        recipe.check()
        return recipe

    def check(self) -> None:
        """Refuse what cannot be composed.

        Raises:
            InputError: Names the option.
        """
        shares = ('on_ground', 'fitting', 'max_overlap', 'max_hidden', 'fused', 'shadow', 'defocus')
        for name in (*shares, 'jpeg_share', 'variety', 'stretch', 'warp', 'fur'):
            check_numbers('recipe.', **{name: (getattr(self, name), 0.0, 1.0)})
        for name in ('sizes', 'colour_transfer', 'defocus_radius', 'softness', 'noise', 'jpeg'):
            value = getattr(self, name)
            if not _numbers(value) or len(value) != 2 or value[0] > value[1] or value[0] < 0:
                raise InputError(f'recipe.{name}={value}: give two numbers, the smaller one first')
        check_numbers('recipe.', size=(self.size, 64, 4096))
        counts = self.counts
        if not _numbers(counts) or not counts or min(counts) < 0 or sum(counts) <= 0:
            raise InputError(f'recipe.counts={self.counts}: give a frequency for 1, 2 ... objects')


def _numbers(value: Any) -> bool:
    """Tell whether an option is a list of numbers."""
    return isinstance(value, tuple) and all(isinstance(each, int | float) for each in value)
