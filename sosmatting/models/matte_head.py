"""SOSO's prediction head: a category and a kernel for every cell, and the mattes they make.

Letters: B images, N instances, K positive cells, L levels, G cells a side of a level, S cells of
all levels, E kernel channels, C low-level channels, h w = a quarter of the padded image H W.
Layers have the names and shapes of mmdet's ``SOLOV2Head``, so that its checkpoints load.
"""

import functools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from mmengine.model import BaseModule, bias_init_with_prob, normal_init
from mmengine.structures import InstanceData
from torch import Tensor, nn

from sosmatting.functional.decode import points_nms
from sosmatting.models.deform_conv import TorchvisionDCNv2
from sosmatting.models.mask_feature import MaskFeatureBranch, coordinate_maps
from sosmatting.models.matte_inference import MatteDecoder
from sosmatting.models.matte_losses import MatteLosses
from sosmatting.models.matte_targets import MatteTargets


@MODELS.register_module()
class MatteHead(BaseModule):
    """SOLOv2's two branches over all levels, with soft targets and mattes at full resolution.

    Args:
        num_classes: Number of categories.
        in_channels: Channels of the pyramid.
        feat_channels: Width of the branches.
        stacked_convs: Depth of the branches.
        strides: Pixels a cell of each level's feature map (after resizing the outer levels).
        scale_ranges: Sizes ``sqrt(w h)`` in pixels that each level draws.
        num_grids: Cells a side of each level.
        pos_scale: Side of an instance's centre region as a share of its box.
        contested: Who gets a cell that several instances claim, ``'smaller'`` (ours) or ``'last'``.
        mask_feature_head: Options of :class:`MaskFeatureBranch` but ``in_channels``.
        norm_cfg: Normalisation of the branches.
        dcn_cfg: Convolution of the branches where it is to be deformable.
        dcn_apply_to_all_conv: Deform every convolution, or only the last of each branch.
        loss_cate: Loss of the categories.
        loss_dice: Dice loss of the mattes; ``None`` to do without.
        loss_mse: MSE of the mattes; ``None`` to do without.
        detail_cells: Which cells are supervised at the detail stride too: ``'one'`` drawn per
            instance (ours), ``'all'``, or ``'none'``.
        detail_weight: Factor of the losses at the detail stride (ours). One drawn cell makes a
            noisy gradient; a small factor leaves the lead to the losses at 1/4 scale.
        ignore_band: Half width, in cells of 1/4 scale, of the widest band around a hard mask's
            contour where MSE says nothing; small objects get narrower ones (ours).
        freeze_category: Keep the category branch's weights while its loss flows through it.
        test_cfg: Options of :class:`MatteDecoder`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        mask_feature_head: dict,
        loss_cate: dict,
        loss_dice: dict | None,
        loss_mse: dict | None,
        feat_channels: int = 512,
        stacked_convs: int = 4,
        strides: Sequence[int] = (8, 8, 16, 32, 32),
        scale_ranges: Sequence[tuple[int, int]] = (
            (1, 96),
            (48, 192),
            (96, 384),
            (192, 768),
            (384, 2048),
        ),
        num_grids: Sequence[int] = (40, 36, 24, 16, 12),
        pos_scale: float = 0.2,
        contested: str = 'smaller',
        norm_cfg: dict | None = None,
        dcn_cfg: dict | None = None,
        dcn_apply_to_all_conv: bool = True,
        detail_cells: str = 'one',
        detail_weight: float = 1.0,
        ignore_band: int = 1,
        freeze_category: bool = False,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=dict(type='Normal', layer='Conv2d', std=0.01))
        self.num_classes = num_classes
        self.num_grids = tuple(num_grids)
        self.kernel_channels = mask_feature_head['out_channels']
        self.mask_feature_head = MaskFeatureBranch(in_channels=in_channels, **mask_feature_head)
        self.mask_stride = self.mask_feature_head.mask_stride
        conv_cfgs = [
            dcn_cfg if dcn_apply_to_all_conv or layer == stacked_convs - 1 else None
            for layer in range(stacked_convs)
        ]
        self.cls_convs = self._branch(in_channels, feat_channels, conv_cfgs, norm_cfg)
        self.kernel_convs = self._branch(in_channels + 2, feat_channels, conv_cfgs, norm_cfg)
        self.conv_cls = nn.Conv2d(feat_channels, num_classes, 3, padding=1)
        self.conv_kernel = nn.Conv2d(feat_channels, self.kernel_channels, 3, padding=1)
        if freeze_category:
            self.cls_convs.requires_grad_(False)
            self.conv_cls.requires_grad_(False)
        self.targets = MatteTargets(
            self.num_grids, scale_ranges, pos_scale, contested, self.mask_stride, detail_cells
        )
        self.decoder = MatteDecoder(self.num_grids, strides, self.mask_stride, **(test_cfg or {}))
        self.losses = MatteLosses(loss_cate, loss_dice, loss_mse, detail_weight, ignore_band)

    @staticmethod
    def _branch(
        in_channels: int, channels: int, conv_cfgs: Sequence[dict | None], norm_cfg: dict | None
    ) -> nn.ModuleList:
        """Stack 3x3 convolutions, one for each config."""
        widths = [in_channels] + [channels] * (len(conv_cfgs) - 1)
        return nn.ModuleList(
            ConvModule(width, channels, 3, padding=1, conv_cfg=conv_cfg, norm_cfg=norm_cfg)
            for width, conv_cfg in zip(widths, conv_cfgs, strict=True)
        )

    def init_weights(self) -> None:
        """Draw the weights as SOLOv2 does: normal, std 0.01; prior probability 0.01."""
        super().init_weights()
        normal_init(self.conv_cls, std=0.01, bias=bias_init_with_prob(0.01))
        for module in self.modules():
            if isinstance(module, TorchvisionDCNv2):
                module.init_weights()

    def forward(
        self, pyramid: Sequence[Tensor], judged: Sequence[int] | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predict categories, kernels and the mask feature.

        Args:
            pyramid: L maps (B, channels, H_l, W_l), largest first.
            judged: The images whose categories are asked for, all by default; the logits of the
                others are 0.

        Returns:
            Category logits (B, S, classes), kernels (B, S, E), mask feature F (B, E, h, w); cells
            level by level, each row by row.
        """
        cates, kernels = [], []
        for feature, grid in zip(self._resized(pyramid), self.num_grids, strict=True):
            located = torch.cat([feature, coordinate_maps(feature)], dim=1)
            cells = F.interpolate(located, (grid, grid), mode='bilinear', align_corners=False)
            cate = cells[:, :-2] if judged is None else cells[list(judged), :-2]
            cate, kernel = cate.contiguous(), cells.contiguous()
            for cate_conv, kernel_conv in zip(self.cls_convs, self.kernel_convs, strict=True):
                cate, kernel = cate_conv(cate), kernel_conv(kernel)
            cates.append(self.conv_cls(cate).flatten(2))
            kernels.append(self.conv_kernel(kernel).flatten(2))
        logits = torch.cat(cates, dim=2).transpose(1, 2)
        if judged is not None:
            places = torch.tensor(judged, device=logits.device)
            others = logits.new_zeros(len(pyramid[0]), *logits.shape[1:])
            logits = others.index_copy(0, places, logits)
        return (
            logits,
            torch.cat(kernels, dim=2).transpose(1, 2),
            self.mask_feature_head(pyramid),
        )

    @staticmethod
    def _resized(pyramid: Sequence[Tensor]) -> list[Tensor]:
        """Bring the largest level to half its size, the smallest to that of its neighbour."""
        resized = functools.partial(F.interpolate, mode='bilinear', align_corners=False)
        first = resized(pyramid[0], scale_factor=0.5)
        last = resized(pyramid[-1], pyramid[-2].shape[-2:])
        return [first, *pyramid[1:-1], last]

    def loss_by_feat(
        self,
        cate_logits: Tensor,
        kernels: Tensor,
        mask_feature: Tensor,
        low_level: Tensor | None,
        expand: Tensor | None,
        samples: SampleList,
        detailed: Sequence[int],
    ) -> dict[str, Tensor]:
        """Compute the losses, in float32 whatever the precision of the network.

        Args:
            cate_logits: (B, S, classes).
            kernels: (B, S, E).
            mask_feature: (B, E, h, w).
            low_level: (B', C, H / s, W / s) D of some images, or ``None`` without low-level module.
            expand: (E, C) V, or ``None``.
            samples: Ground truth with ``masks`` (:class:`SoftMattes`), ``labels`` and ``bboxes``,
                and the meta data ``matte`` and ``complete_labels`` of its data set.
            detailed: The images that ``low_level`` is of, all that have true alphas among them.

        Returns:
            ``loss_cate``, ``loss_dice``, ``loss_mse`` and, with a low-level module,
            ``loss_dice_detail`` and ``loss_mse_detail``; ``without_cell``, the number of instances
            that no cell draws.
        """
        with torch.autocast(cate_logits.device.type, enabled=False):
            cate_logits, kernels = cate_logits.float(), kernels.float()
            mask_feature = mask_feature.float()
            outputs = [kernels, mask_feature]
            stride = None
            if low_level is not None and expand is not None:
                low_level, expand = low_level.float(), expand.float()
                outputs += [low_level, expand]
                stride = mask_feature.shape[-1] * self.mask_stride // low_level.shape[-1]
            device = cate_logits.device
            targets = self.targets(samples, device, self.num_classes, stride)
            losses = {'loss_cate': self.losses.cate(cate_logits, targets)}
            losses.update(self.losses.coarse(kernels, mask_feature, targets))
            if low_level is not None and expand is not None:
                chosen = list(detailed)
                maps = kernels[chosen], mask_feature[chosen], low_level
                fine = [targets[image] for image in chosen]
                losses.update(self.losses.detail(*maps, expand, fine))
            # Every trained parameter takes part in every batch, so that no rank waits for another.
            losses['loss_cate'] = losses['loss_cate'] + sum(each.sum() for each in outputs) * 0.0
            lost = sum(target.without_cell for target in targets)
            losses['without_cell'] = cate_logits.new_tensor(float(lost))
        return losses

    def predict_by_feat(
        self,
        cate_logits: Tensor,
        kernels: Tensor,
        mask_feature: Tensor,
        low_level: Tensor | None,
        expand: Tensor | None,
        metas: Sequence[dict],
        rescale: bool = True,
    ) -> list[InstanceData]:
        """Turn the outputs into the mattes of every image, in float32 whatever the network's.

        Args:
            cate_logits: (B, S, classes).
            kernels: (B, S, E).
            mask_feature: (B, E, h, w).
            low_level: (B, C, H / s, W / s) D, or ``None``.
            expand: (E, C) V, or ``None``.
            metas: ``img_shape`` and ``ori_shape`` of every image.
            rescale: Bring the mattes to ``ori_shape``; otherwise they stay at ``img_shape``.

        Returns:
            See :class:`MatteDecoder`.
        """
        with torch.autocast(cate_logits.device.type, enabled=False):
            scores = self._suppressed_scores(cate_logits.float().sigmoid())
            return [
                self.decoder(
                    scores[image],
                    kernels[image].float(),
                    mask_feature[image].float(),
                    None if low_level is None else low_level[image].float(),
                    None if expand is None else expand.float(),
                    tuple(meta['img_shape'][:2]),
                    tuple(meta['ori_shape' if rescale else 'img_shape'][:2]),
                )
                for image, meta in enumerate(metas)
            ]

    def _suppressed_scores(self, scores: Tensor) -> Tensor:
        """Run the points NMS on each level of (B, S, classes) scores."""
        levels = []
        for level, grid in zip(
            scores.split([grid * grid for grid in self.num_grids], dim=1),
            self.num_grids,
            strict=True,
        ):
            maps = level.transpose(1, 2).unflatten(2, (grid, grid))
            levels.append(points_nms(maps).flatten(2).transpose(1, 2))
        return torch.cat(levels, dim=1)
