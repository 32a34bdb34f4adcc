"""What a data set holds, as the network sees it: numbers, sizes, softness, lost instances.

Letters: N instances, L levels, H W pixels of the padded image.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sosmatting.functional.alpha import centres_of_mass
from sosmatting.functional.grid import assign_owners, instances_without_cell


@dataclass(frozen=True)
class Levels:
    """How a head assigns instances to cells.

    Attributes:
        grids: Cells a side of each level.
        scale_ranges: Sizes in pixels that each level draws.
        pos_scale: Side of an instance's centre region as a share of its box.
        contested: Who gets a cell that several instances claim.
        divisor: The padded image's sides are multiples of it.
    """

    grids: Sequence[int]
    scale_ranges: Sequence[tuple[float, float]]
    pos_scale: float = 0.2
    contested: str = 'smaller'
    divisor: int = 32


@dataclass
class Statistics:
    """Counts over samples.

    Attributes:
        levels: How instances are assigned.
        counts: Instances of every image.
        sizes: ``sqrt(w h)`` of every instance's box in pixels.
        unknown: Share of every instance's visible pixels that are soft.
        on_level: Instances whose size each level draws; levels overlap.
        without_cell: Instances that no cell draws.
        sources: Images of every source.
        categories: Instances of every category.
    """

    levels: Levels
    counts: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    on_level: list[int] = field(default_factory=list)
    without_cell: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        mattes: np.ndarray,
        boxes: Tensor,
        size_hw: tuple[int, int],
        source: str,
        names: Sequence[str],
    ) -> None:
        """Count one image.

        Args:
            mattes: (N, h, w) uint8.
            boxes: (N, 4) x1, y1, x2, y2 in pixels.
            size_hw: Height and width of the image.
            source: Name of its set.
            names: N category names.
        """
        self.counts.append(len(mattes))
        self.sources[source] += 1
        self.categories.update(names)
        self.on_level = self.on_level or [0] * len(self.levels.grids)
        if not len(mattes):
            return
        soft = ((mattes > 0) & (mattes < 255)).sum((1, 2))
        self.unknown += (soft / np.maximum((mattes > 0).sum((1, 2)), 1)).tolist()
        sides = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0)
        sizes = sides.prod(1).sqrt()
        self.sizes += sizes.tolist()
        for level, (low, high) in enumerate(self.levels.scale_ranges):
            self.on_level[level] += int(((sizes >= low) & (sizes <= high)).sum())
        self.without_cell += self._lost(torch.from_numpy(mattes), boxes, size_hw)

    def _lost(self, mattes: Tensor, boxes: Tensor, size_hw: tuple[int, int]) -> int:
        """Count the instances of an image that get no cell."""
        levels = self.levels
        padded = tuple(-(-side // levels.divisor) * levels.divisor for side in size_hw)
        owners = assign_owners(
            centres_of_mass(mattes),
            boxes,
            mattes.flatten(1).amax(1) > 0,
            (padded[0], padded[1]),
            levels.grids,
            levels.scale_ranges,
            levels.pos_scale,
            levels.contested,
        )
        return int(instances_without_cell(owners, len(mattes)))

    def summary(self) -> dict[str, Any]:
        """Sum up: plain numbers and lists, for JSON and tables."""
        total = max(len(self.sizes), 1)
        quantiles = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)
        sizes = np.quantile(self.sizes, quantiles).round(1).tolist() if self.sizes else []
        numbers = Counter(self.counts)
        return {
            'images': len(self.counts),
            'instances': len(self.sizes),
            'instances_per_image': {str(k): numbers[k] for k in sorted(numbers)},
            'size_quantiles_px': dict(zip(map(str, quantiles), sizes, strict=False)),
            'share_on_level': [round(count / total, 4) for count in self.on_level],
            'unknown_share': round(float(np.mean(self.unknown)), 4) if self.unknown else 0.0,
            'share_without_cell': round(self.without_cell / total, 4),
            'images_of_source': dict(self.sources.most_common()),
            'instances_of_category': dict(self.categories.most_common()),
        }


def table(summary: dict[str, Any], levels: Levels) -> list[str]:
    """Write a summary as lines for a terminal."""
    per_image = ', '.join(f'{n}: {c}' for n, c in summary['instances_per_image'].items())
    sizes = ', '.join(f'{float(q):.0%} {v:g}' for q, v in summary['size_quantiles_px'].items())
    lines = [
        f'{summary["images"]} images, {summary["instances"]} instances',
        f'instances per image (number: images)  {per_image}',
        f'size sqrt(w h), quantiles in pixels   {sizes or "none"}',
    ]
    shares = zip(levels.grids, levels.scale_ranges, summary['share_on_level'], strict=False)
    for grid, (low, high), share in shares:
        lines.append(f'  level {grid:>2} x {grid:<2} {low:>4g}..{high:<5g} px  {share:7.1%}')
    for key, name in (('unknown_share', 'soft'), ('share_without_cell', 'without a cell')):
        what = 'of visible pixels' if name == 'soft' else 'of instances'
        lines.append(f'{name}: {summary[key]:.2%} {what}')
    for key in ('images_of_source', 'instances_of_category'):
        found = list(summary[key].items())
        shown = ', '.join(f'{name} {count}' for name, count in found[:12])
        lines.append(f'{key.replace("_", " ")}: {shown}{" ..." if len(found) > 12 else ""}')
    return lines
