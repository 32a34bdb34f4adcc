"""From a sample's mattes to what each cell has to draw.

Letters: N instances, K positive cells, M of them drawn for detail, S cells of all levels, C
categories, h w = a quarter of the padded image, H' W' = the padded image at the detail stride.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmdet.structures import SampleList
from torch import Tensor

from sosmatting.exceptions import InputError
from sosmatting.functional.grid import assign_owners
from sosmatting.functional.windows import StoredMattes

DETAIL_CELLS = ('one', 'all', 'none')


@dataclass(frozen=True)
class ImageTargets:
    """What the losses of one image need.

    Attributes:
        labels: (S,) category of every cell, C for none.
        complete: (C,) bool, the categories whose absence is information.
        cells: (K,) positive cells.
        owners: (K,) the instance of each.
        drawn: (M,) places in ``cells`` that are supervised at the detail stride.
        coarse: (N, h, w) alphas at 1/4 scale, averaged over area.
        fine: (M, H', W') alphas at the detail stride.
        matte: ``'soft'``, ``'hard'`` or ``'none'``, what the image teaches the matte branch.
        without_cell: Number of instances that no cell draws.
    """

    labels: Tensor
    complete: Tensor
    cells: Tensor
    owners: Tensor
    drawn: Tensor
    coarse: Tensor
    fine: Tensor
    matte: str
    without_cell: int


def draw_one_each(owners: Tensor) -> Tensor:
    """Draw one cell of every instance at random: (K,) owners on the CPU -> places in it."""
    order = (owners.double() + torch.rand(len(owners), dtype=torch.float64)).argsort()
    ranked = owners[order]
    first = torch.ones(len(owners), dtype=torch.bool)
    first[1:] = ranked[1:] != ranked[:-1]
    return order[first].sort().values


class MatteTargets:
    """Assign instances to cells and shrink their mattes once each.

    Args:
        num_grids: Cells a side of each level.
        scale_ranges: Sizes in pixels that each level draws.
        pos_scale: Side of the centre region as a share of the box.
        contested: See :func:`assign_owners`.
        mask_stride: Stride of the mask feature in pixels.
        detail_cells: ``'one'`` cell drawn per instance, ``'all'`` or ``'none'`` is supervised at
            the detail stride.
    """

    def __init__(
        self,
        num_grids: Sequence[int],
        scale_ranges: Sequence[tuple[float, float]],
        pos_scale: float,
        contested: str,
        mask_stride: int,
        detail_cells: str,
    ) -> None:
        if detail_cells not in DETAIL_CELLS:
            raise InputError(f'detail_cells={detail_cells!r}: must be one of {DETAIL_CELLS}')
        self.num_grids = num_grids
        self.scale_ranges = scale_ranges
        self.pos_scale = pos_scale
        self.contested = contested
        self.mask_stride = mask_stride
        self.detail_cells = detail_cells

    def owners(self, stored: StoredMattes, boxes: Tensor) -> Tensor:
        """Assign one image: N mattes and their (N, 4) boxes -> (S,) owners."""
        centres, filled = stored.centres()
        height, width = stored.mattes.shape[-2:]
        return assign_owners(
            centres,
            boxes,
            filled,
            (height, width),
            self.num_grids,
            self.scale_ranges,
            self.pos_scale,
            self.contested,
        )

    def __call__(
        self, samples: SampleList, device: torch.device, classes: int, detail_stride: int | None
    ) -> list[ImageTargets]:
        """Make the targets of a batch; the host waits for the device once, for the owners.

        Args:
            samples: See :meth:`MatteHead.loss_by_feat`.
            device: Where the targets go.
            classes: C.
            detail_stride: Stride of the low-level features, ``None`` where there are none.
        """
        truths = [sample.gt_instances for sample in samples]
        mattes = [StoredMattes(truth.masks.to_tensor(torch.uint8, device)) for truth in truths]
        owners = [self.owners(m, truth.bboxes) for m, truth in zip(mattes, truths, strict=True)]
        on_host = torch.stack(owners).cpu()
        targets = []
        for i, (sample, truth) in enumerate(zip(samples, truths, strict=True)):
            cells = (on_host[i] >= 0).nonzero()[:, 0]
            chosen = on_host[i][cells]
            matte = sample.metainfo.get('matte', 'soft')
            drawn = self._drawn(chosen, matte, detail_stride)
            fine = mattes[i].shrunk(detail_stride or 1, chosen[drawn])
            complete = torch.zeros(classes, dtype=torch.bool)
            complete[list(sample.metainfo.get('complete_labels', range(classes)))] = True
            labels = truth.labels.new_full((len(owners[i]),), classes)
            if len(truth.labels):
                labels = torch.where(owners[i] >= 0, truth.labels[owners[i]], classes)
            targets.append(
                ImageTargets(
                    labels=labels,
                    complete=complete.to(device),
                    cells=cells.to(device),
                    owners=chosen.to(device),
                    drawn=drawn.to(device),
                    coarse=mattes[i].shrunk(self.mask_stride),
                    fine=fine,
                    matte=matte,
                    without_cell=len(truth.labels) - len(chosen.unique()),
                )
            )
        return targets

    def _drawn(self, owners: Tensor, matte: str, detail_stride: int | None) -> Tensor:
        """Choose the places in (K,) ``owners`` that are supervised at the detail stride."""
        if matte != 'soft' or detail_stride is None or self.detail_cells == 'none':
            return owners.new_zeros(0)
        if self.detail_cells == 'all':
            return torch.arange(len(owners))
        return draw_one_each(owners)
