"""From the head's outputs to the mattes of one image, in bounded memory.

Letters: S cells of all levels, n candidates, N instances kept, E kernel channels, C low-level
channels, h w = a quarter of the padded image, H W = the original image.
"""

import functools
from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.functional.decode import decode_coarse
from sosmatting.functional.matrix_nms import mask_statistics, matrix_nms
from sosmatting.models.matte_drawing import MatteDrawer


class MatteDecoder:
    """Pick candidates, suppress duplicates, and draw the survivors at full resolution.

    Memory is bounded by ``nms_pre`` and ``max_per_img``, never by how many cells fired.

    Args:
        num_grids: Cells a side of each level.
        strides: Stride of each level in pixels; a mask smaller than it is dropped.
        mask_stride: Stride of the mask feature in pixels.
        score_thr: Smallest category score of a candidate.
        nms_pre: Most candidates whose mask is decoded.
        mask_thr: A pixel is inside the mask above it.
        kernel: Matrix NMS: ``'gaussian'`` or ``'linear'``.
        sigma: Steepness of the gaussian.
        filter_thr: Smallest score that is kept.
        max_per_img: Most instances of an image.
        class_agnostic: Instances suppress each other whatever their categories (ours): one object
            taken for two things is one matte. SOLOv2 compares instances of one category only.
        upsample: See :class:`MatteDrawer`.
        alpha_floor: See :class:`MatteDrawer`.
        alpha_ceiling: See :class:`MatteDrawer`.
        alpha_bits: See :class:`MatteDrawer`.
    """

    def __init__(
        self,
        num_grids: Sequence[int],
        strides: Sequence[int],
        mask_stride: int,
        score_thr: float = 0.1,
        nms_pre: int = 500,
        mask_thr: float = 0.5,
        kernel: str = 'gaussian',
        sigma: float = 2.0,
        filter_thr: float = 0.05,
        max_per_img: int = 100,
        class_agnostic: bool = False,
        upsample: str = 'logits',
        alpha_floor: float = 1 / 255,
        alpha_ceiling: float = 1.0,
        alpha_bits: int = 8,
    ) -> None:
        sides = zip(num_grids, strides, strict=True)
        self.cell_strides = torch.cat(
            [torch.full((grid * grid,), float(stride)) for grid, stride in sides]
        )
        self.mask_stride = mask_stride
        self.score_thr = score_thr
        self.nms_pre = nms_pre
        self.mask_thr = mask_thr
        self.class_agnostic = class_agnostic
        self.nms = functools.partial(
            matrix_nms, kernel=kernel, sigma=sigma, filter_thr=filter_thr, max_num=max_per_img
        )
        self.draw = MatteDrawer(mask_stride, upsample, alpha_floor, alpha_ceiling, alpha_bits)

    @torch.no_grad()
    def __call__(
        self,
        scores: Tensor,
        kernels: Tensor,
        mask_feature: Tensor,
        low_level: Tensor | None,
        expand: Tensor | None,
        img_hw: tuple[int, int],
        ori_hw: tuple[int, int],
    ) -> InstanceData:
        """Decode one image.

        Args:
            scores: (S, classes) category scores after the points NMS.
            kernels: (S, E).
            mask_feature: (E, h, w).
            low_level: (C, H', W') D, or ``None``.
            expand: (E, C) V, or ``None``.
            img_hw: The image without padding, in the network's frame.
            ori_hw: H, W of the original image.

        Returns:
            Best first: ``alphas`` (N, H, W), ``scores`` (N,), ``labels`` (N,) int64, ``bboxes``
            (N, 4) of alpha >= 0.5 and ``areas`` (N,) in pixels, both in the original frame.
        """
        cells, labels, scores = self.candidates(scores)
        chosen = kernels[cells]
        strides = self.cell_strides.to(cells)[cells]
        keep, scores = self.suppress(chosen, mask_feature, labels, scores, strides)
        # Decoded a second time: keeping the logits of all candidates would cost more.
        chosen, labels = chosen[keep], labels[keep]
        coarse = decode_coarse(chosen, mask_feature)
        alphas, boxes, areas = self.draw(coarse, chosen, low_level, expand, img_hw, ori_hw)
        return InstanceData(alphas=alphas, scores=scores, labels=labels, bboxes=boxes, areas=areas)

    def candidates(self, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pick the best cells before any mask is decoded.

        Args:
            scores: (S, classes).

        Returns:
            Cells, labels and scores, (n,) each, best first; n is at most ``nms_pre``.
        """
        flat = scores.flatten()
        best, places = flat.topk(min(self.nms_pre, flat.numel()))
        fires = best > self.score_thr
        best, places = best[fires], places[fires]
        return places // scores.shape[1], places % scores.shape[1], best

    def suppress(
        self,
        kernels: Tensor,
        mask_feature: Tensor,
        labels: Tensor,
        scores: Tensor,
        strides: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Score candidates by their masks, drop small ones, and run Matrix NMS.

        Args:
            kernels: (n, E).
            mask_feature: (E, h, w).
            labels: (n,) categories.
            scores: (n,) category scores.
            strides: (n,) smallest areas at 1/4 scale.

        Returns:
            (N,) indices into the candidates and their (N,) scores, best first.
        """
        masks, sizes, maskness = mask_statistics(kernels, mask_feature, self.mask_thr)
        large = (sizes > strides).nonzero()[:, 0]
        rated = scores[large] * maskness[large]
        labels = torch.zeros_like(labels) if self.class_agnostic else labels
        kept_scores, keep = self.nms(masks[large], labels[large], rated, sizes[large])
        return large[keep], kept_scores
