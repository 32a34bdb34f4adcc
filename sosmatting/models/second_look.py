"""The second look: every matte that SOSO found is looked at again, at a size of its own.

A small object has few cells of the mask feature, however much of the photo there is. So each matte
of the first look is cut out of the larger frame with its surroundings, brought to one size, and
drawn anew by a network of its own, which sees the photo, the matte, and the other mattes::

    photo -+- averaged -> SOSO -> mattes, scores -+
           |                                      v
           +------------ windows -> crops -> backbone -> decoder -> alpha
                                                |
                                                +-> how good it is, by category

It says as well what the thing is and how good its matte is, which ranks mattes and drops what is
none. This is ours: SOSO has one look. Its ancestors are two-stage detectors (He et al., Mask R-CNN,
ICCV 2017), scores of masks (Huang et al., Mask Scoring R-CNN, CVPR 2019), and mattes guided by
masks (Yu et al., Mask Guided Matting, CVPR 2021).

Letters: B frames, N mattes of one frame, K crops, C categories, s the side of a crop, H W a frame,
h w the frame of the first look.
"""

import contextlib
import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from mmengine.model import BaseModule, constant_init, normal_init
from mmengine.structures import InstanceData
from torch import Tensor, nn

from sosmatting.functional.precision import multiplies_bfloat16
from sosmatting.models.look_crops import LookCrops
from sosmatting.models.look_edges import EdgeDrawer
from sosmatting.models.look_inference import LookDecoder
from sosmatting.models.look_losses import LookLosses
from sosmatting.models.look_settling import AlphaSettler
from sosmatting.models.look_targets import Lesson, LookTargets

GUIDE_STRIDE = 4  # where the backbone is told of the mattes: what lies before may be frozen
CERTAIN = 0.02  # the first look's alphas are not trusted beyond it
LIKELY = 0.75  # of the score that is kept: less does not get a mirrored look
LOSSES = ('bce', 'iou', 'edge', 'rough', 'quality')
AT_ONCE = 16  # crops of the smallest side that are looked at together


@MODELS.register_module()
class SecondLook(BaseModule):
    """Draw and judge each matte again from a crop of its own.

    Args:
        backbone: Config of mmdet's ``MobileNetV2`` with outputs at strides 2, 4, 8, 16 and 32.
        num_classes: C.
        in_channels: Channels of the backbone's outputs.
        channels: Widths of the decoder at strides 2, 4, 8, 16.
        depth: See :class:`EdgeDrawer`.
        reach: See :class:`EdgeDrawer`.
        sides: See :class:`LookCrops`.
        shrinks: See :class:`LookCrops`.
        margin: See :class:`LookCrops`.
        least: See :class:`LookCrops`.
        crops: Most crops of each of ``sides`` in a training step.
        jitter: See :class:`LookTargets`.
        match_iou: See :class:`LookTargets`.
        loss_bce: Weight of the cross entropy of the alphas.
        loss_iou: Weight of 1 - soft IoU.
        loss_edge: Weight of the cross entropy of the alphas near contours alone; not of hard masks.
        loss_rough: Weight of the cross entropy of the rough mattes.
        loss_quality: Weight of the qualities' loss.
        ignore_band: See :class:`LookLosses`.
        flip: Look at the mirrored crops too, in prediction, and average, where the plain look says
            that the matte may be kept.
        half: Look in bfloat16, in prediction, on devices that multiply it themselves: mattes differ
            by a few steps of 255, and it takes half the time.
        settle: Options of :class:`AlphaSettler`, which in prediction has the last word on mattes
            that may be kept; ``None``: they stay as drawn.
        namer: Config of a :class:`CropNamer`, whose opinion on the categories of mattes that may be
            kept counts too, in prediction; ``None``: the judge alone says what they are.
        test_cfg: Options of :class:`LookDecoder`.
    """

    def __init__(
        self,
        backbone: dict,
        num_classes: int,
        in_channels: Sequence[int] = (16, 24, 32, 96, 1280),
        channels: Sequence[int] = (32, 48, 64, 96),
        depth: int = 3,
        reach: int = 4,
        sides: Sequence[int] = (160, 288),
        shrinks: float = 0.6,
        margin: float = 0.25,
        least: float = 24.0,
        crops: Sequence[int] = (20, 4),
        jitter: float = 0.15,
        match_iou: float = 0.3,
        loss_bce: float = 1.0,
        loss_iou: float = 2.0,
        loss_edge: float = 2.0,
        loss_rough: float = 0.5,
        loss_quality: float = 2.0,
        ignore_band: int = 4,
        flip: bool = False,
        half: bool = False,
        settle: dict | None = None,
        namer: dict | None = None,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__()
        self.crops = LookCrops(sides, shrinks, margin, least)
        self.targets = LookTargets(self.crops, num_classes, crops, jitter, match_iou)
        self.losses = LookLosses(
            loss_bce, loss_iou, loss_edge, loss_rough, loss_quality, ignore_band
        )
        self.decoder = LookDecoder(**(test_cfg or {}))
        self.num_classes = num_classes
        self.flip = flip
        self.half = half
        self.settle = None if settle is None else AlphaSettler(**settle)
        self.namer = None if namer is None else MODELS.build(namer)
        self.backbone = MODELS.build(backbone)
        self.guide = nn.Conv2d(2, in_channels[1], 3, padding=1)
        # Level by level, largest first; the two deepest outputs meet at stride 16.
        self.laterals = nn.ModuleList(
            nn.Conv2d(given, width, 1)
            for given, width in zip(in_channels, [*channels, channels[-1]], strict=True)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(deep, width, 1) for width, deep in itertools.pairwise(channels)
        )
        norm = dict(type='GN', num_groups=8)
        self.smooth = nn.ModuleList(
            # A normalisation at stride 2 would cost as much as all the rest.
            ConvModule(width, width, 3, padding=1, norm_cfg=norm if level > 0 else None)
            for level, width in enumerate(channels)
        )
        self.edges = EdgeDrawer(channels[0], channels[1], depth, reach)
        self.judge = nn.Linear(2 * in_channels[-1], num_classes)

    def init_weights(self) -> None:
        """Take the backbone's weights; draw what the first look saw; quality at about 0.1."""
        super().init_weights()
        constant_init(self.guide, 0.0)
        normal_init(self.judge, std=0.01, bias=-2.0)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draw and judge.

        Args:
            crops: (K, 5, s, s): the normalised photo, the matte, and the other mattes.

        Returns:
            Logits of alpha (K, s, s), of the rough matte (K, s / 4, s / 4), and of the quality by
            category (K, C).
        """
        crops = crops.contiguous(memory_format=torch.channels_last)
        photo, guides = (
            part.contiguous(memory_format=torch.channels_last) for part in crops.split((3, 2), 1)
        )
        *skips, deep = self._features(photo, guides)
        matte = guides[:, :1]
        weight = F.adaptive_avg_pool2d(matte, (deep.shape[2], deep.shape[3])) + 1e-3
        inside = (deep * weight).sum((2, 3)) / weight.sum((2, 3))
        quality = self.judge(torch.cat([deep.mean((2, 3)), inside], dim=1))
        x = F.interpolate(self.laterals[-1](deep), scale_factor=2, mode='nearest')
        x = self.smooth[-1](x + self.laterals[-2](skips[-1]))
        for level in range(len(self.narrow) - 1, -1, -1):
            coarse = x
            x = F.interpolate(
                self.narrow[level](x), scale_factor=2, mode='bilinear', align_corners=False
            )
            x = self.smooth[level](x + self.laterals[level](skips[level]))
        before = matte.float().clamp(CERTAIN, 1 - CERTAIN).logit()
        logits, rough = self.edges(x, coarse, crops, before)
        return logits, rough, quality

    def _features(self, photo: Tensor, guides: Tensor) -> list[Tensor]:
        """Run the backbone, and tell it of the mattes at stride 4: strides 2, 4, 8, 16, 32."""
        x = self.backbone.conv1(photo)
        outputs = []
        for i, name in enumerate(self.backbone.layers):
            x = getattr(self.backbone, name)(x)
            if i in self.backbone.out_indices:
                outputs.append(x)
            if i == self.backbone.out_indices[1]:
                x = x + self.guide(F.avg_pool2d(guides, GUIDE_STRIDE))
        return outputs

    def loss(
        self, frames: Tensor, firsts: Sequence[InstanceData], samples: SampleList
    ) -> dict[str, Tensor]:
        """Teach the second look by what the first one found.

        Args:
            frames: (B, 3, H, W) normalised, padded.
            firsts: The first look's mattes of every frame, ``alphas`` (N, h, w).
            samples: Ground truth, see :meth:`MatteHead.loss_by_feat`.

        Returns:
            ``loss_again_bce``, ``loss_again_iou``, ``loss_again_edge``, ``loss_again_rough`` and
            ``loss_again_quality``; ``again_iou`` and ``first_iou``, the mean soft IoU of the crops
            that have a truth, after and before.
        """
        factor = frames.shape[-1] / firsts[0].alphas.shape[-1]
        lesson = Lesson.joined(
            [
                self.targets.lesson(i, first, sample, factor)
                for i, (first, sample) in enumerate(zip(firsts, samples, strict=True))
            ]
        )
        guides = torch.cat([self.crops.guides(first) for first in firsts])
        starts = torch.tensor([0, *(len(first.alphas) for first in firsts)]).cumsum(0)
        places = starts.to(lesson.owners.device)[lesson.owners] + lesson.mattes
        results: dict[str, list[Tensor]] = {}
        for group, side in self.targets.drawn(lesson):
            some = lesson[group]
            crops = self.crops.cut(frames, guides, some.windows, some.owners, places[group], side)
            logits, rough, quality = self(crops)
            with torch.autocast(frames.device.type, enabled=False):
                wanted = self.targets.wanted(some, samples, side, crops)
                drawn = logits.float(), rough.float(), quality.float()
                found = self.losses(*drawn, wanted, crops[:, 3], some)
            for name, value in found.items():
                results.setdefault(name, []).append(value)
        if not results:
            # Nothing was found: a crop that counts nothing, so that every parameter has a gradient.
            blank = frames.new_zeros(1, 5, self.crops.sides[0], self.crops.sides[0])
            nothing = sum(part.sum() for part in self(blank)) * 0
            return {f'loss_again_{name}': nothing for name in LOSSES}
        values = {name: torch.cat(parts) for name, parts in results.items()}
        matched = values.pop('matched')
        means = {name: each.sum() / matched.sum().clamp(min=1) for name, each in values.items()}
        means['loss_again_quality'] = values['loss_again_quality'].mean()
        return means

    @torch.no_grad()
    def predict(
        self, frame: Tensor, first: InstanceData, img_hw: tuple[int, int], out_hw: tuple[int, int]
    ) -> InstanceData:
        """Look again at the mattes of one frame.

        Args:
            frame: (3, H, W) normalised, padded.
            first: The first look's ``alphas`` (N, h, w) and ``scores`` (N,).
            img_hw: The frame without padding.
            out_hw: The frame that the mattes are wanted in.

        Returns:
            See :class:`MatteDecoder`, in the frame of ``out_hw``.
        """
        factor = frame.shape[-1] / first.alphas.shape[-1]
        windows = self.crops.windows(first.alphas, factor)
        with self._precision(frame.device.type):
            alphas, quality = self._look(frame, first, windows)
        scale = factor * out_hw[1] / img_hw[1], factor * out_hw[0] / img_hw[0]
        return self.decoder(alphas, quality, windows / factor, first, scale, out_hw)

    def _precision(self, device: str) -> contextlib.AbstractContextManager:
        """Choose the precision of a prediction; what the caller chose stays without ``half``."""
        if self.half and multiplies_bfloat16(device):
            return torch.autocast(device, torch.bfloat16)
        return contextlib.nullcontext()

    def _look(
        self, frame: Tensor, first: InstanceData, windows: Tensor
    ) -> tuple[list[Tensor], Tensor]:
        """Look at a frame's windows: N alphas (s, s), each of its own side, and qualities."""
        guides = self.crops.guides(first)
        alphas: list[Tensor] = [frame.new_zeros(0)] * len(windows)
        quality = frame.new_zeros(len(windows), self.num_classes)
        sides = self.crops.sides_of(windows)
        for at, side in enumerate(self.crops.sides):
            group = (sides == at).nonzero()[:, 0]
            at_once = max(1, AT_ONCE * self.crops.sides[0] ** 2 // side**2)
            for part in group.split(at_once) if len(group) else ():
                owners = torch.zeros_like(part)
                crops = self.crops.cut(frame[None], guides, windows[part], owners, part, side)
                drawn, _, judged = self(crops)
                rated = self.decoder.rate(judged.float().sigmoid(), first.scores[part]).amax(1)
                likely = rated >= LIKELY * self.decoder.filter_thr
                if self.flip and likely.any():
                    other, _, again = self(crops[likely].flip(-1))
                    drawn[likely] = (drawn[likely] + other.flip(-1)) / 2
                    judged[likely] = (judged[likely] + again) / 2
                quality[part] = judged.float().sigmoid()
                drawn = drawn.float().sigmoid()
                for k, alpha in zip(part.tolist(), drawn, strict=True):
                    alphas[k] = alpha
                # The rest will not be kept: nobody sees whether it is settled, or asks its name.
                rated = self.decoder.rate(quality[part], first.scores[part]).amax(1)
                kept = rated >= self.decoder.filter_thr
                if self.namer is not None and kept.any():
                    named = self.namer.weighed(judged[kept], crops[kept, :3], drawn[kept])
                    quality[part[kept]] = named
                if self.settle is not None and kept.any():
                    larger = self.crops.larger(frame, windows[part[kept]], side)
                    settled = self.settle(drawn[kept], crops[kept, :3], larger)
                    for k, alpha in zip(part[kept].tolist(), settled, strict=True):
                        alphas[k] = alpha
        return alphas, quality
