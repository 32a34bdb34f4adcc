"""Who owns which cell: SOLO's target assignment, without a loop over instances or cells.

Letters: N instances, L levels, G cells a side, S = sum of G * G over the levels.
Wang et al., SOLOv2: Dynamic and Fast Instance Segmentation, NeurIPS 2020, section 3.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def cell_spans(
    centres: Tensor, half_sizes: Tensor, side_px: float, grid: int
) -> tuple[Tensor, Tensor]:
    """Find the first and last cell of every instance's centre region along one axis.

    The region reaches ``half_sizes`` to both sides of the centre, but never further than one cell
    from the centre's own cell, and ends at the border of the grid.

    Args:
        centres: (N,) centres of mass in pixels.
        half_sizes: (N,) half sides of the centre region in pixels.
        side_px: Length of the padded image along this axis in pixels.
        grid: Number of cells along this axis.

    Returns:
        Two (N,) int64 tensors, first and last cell, both inclusive.
    """
    to_cell = grid / side_px
    centre = (centres * to_cell).floor()
    first = ((centres - half_sizes) * to_cell).floor().clamp(min=0).maximum(centre - 1)
    last = ((centres + half_sizes) * to_cell).floor().clamp(max=grid - 1).minimum(centre + 1)
    return first.long(), last.long()


def assign_owners(
    centres: Tensor,
    boxes: Tensor,
    valid: Tensor,
    image_hw: tuple[int, int],
    grids: Sequence[int],
    scale_ranges: Sequence[tuple[float, float]],
    pos_scale: float = 0.2,
    contested: str = 'smaller',
) -> Tensor:
    """Give every cell of every level its owner, the instance that its kernel has to draw.

    An instance goes to each level whose range holds ``sqrt(box_w * box_h)`` (ranges overlap) and
    there claims the cells of its centre region. A cell that several instances claim goes to one of
    them.

    Args:
        centres: (N, 2) centres of mass x, y in pixels.
        boxes: (N, 4) x1, y1, x2, y2 in pixels; they set the level and the size of the region.
        valid: (N,) bool; an instance that is not valid claims nothing.
        image_hw: Height and width of the padded image in pixels.
        grids: Cells a side, level by level.
        scale_ranges: Smallest and largest size in pixels (both inclusive), level by level.
        pos_scale: Side of the centre region as a share of the box.
        contested: Who gets a cell that several want: ``'smaller'`` (by box area; ours), or
            ``'last'`` in the annotation's order, as SOLOv2's category target does.

    Returns:
        (S,) int64 owner of every cell, -1 for none; levels one after the other, each row by row.
    """
    sizes_wh = boxes[:, 2:] - boxes[:, :2]
    areas = sizes_wh[:, 0] * sizes_wh[:, 1]
    sizes = areas.clamp(min=0).sqrt()
    halves = 0.5 * pos_scale * sizes_wh
    if contested == 'smaller':
        order = torch.argsort(areas, stable=True)
    elif contested == 'last':
        order = torch.arange(len(boxes) - 1, -1, -1, device=boxes.device)
    else:
        raise ValueError(f"contested={contested!r}: must be 'smaller' or 'last'")
    if not len(boxes):
        return boxes.new_full((sum(grid * grid for grid in grids),), -1, dtype=torch.long)
    owners = []
    for grid, (low, high) in zip(grids, scale_ranges, strict=True):
        takes_part = valid & (sizes >= low) & (sizes <= high)
        left, right = cell_spans(centres[:, 0], halves[:, 0], image_hw[1], grid)
        top, bottom = cell_spans(centres[:, 1], halves[:, 1], image_hw[0], grid)
        cells = torch.arange(grid, device=boxes.device)
        columns = (cells >= left[:, None]) & (cells <= right[:, None])
        rows = (cells >= top[:, None]) & (cells <= bottom[:, None]) & takes_part[:, None]
        claims = (rows[:, :, None] & columns[:, None, :])[order].flatten(1)  # (N, G * G)
        first = claims.to(torch.uint8).argmax(0)  # the first claimant in order of precedence
        owners.append(torch.where(claims.any(0), order[first], -1))
    return torch.cat(owners)


def instances_without_cell(owners: Tensor, count: int) -> Tensor:
    """Count the instances that no cell draws: (S,) owners of ``count`` instances -> scalar."""
    owned = torch.zeros(count + 1, dtype=torch.bool, device=owners.device)
    owned[owners + 1] = True  # slot 0 collects the free cells
    return count - owned[1:].sum()
