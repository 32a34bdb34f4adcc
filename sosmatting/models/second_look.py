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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from sosmatting.functional.alpha import boxes_xyxy, ignored_bands
from sosmatting.functional.crops import cut, put_back, windows_around
from sosmatting.functional.matching import soft_iou
from sosmatting.functional.matrix_nms import matrix_nms

GUIDE_STRIDE = 4  # where the backbone is told of the mattes: what lies before may be frozen
CERTAIN = 0.02  # the first look's alphas are not trusted beyond it
OTHER_IOU = 0.5  # mattes that overlap more are taken for the same object


@dataclass(frozen=True)
class Lesson:
    """What the crops of a batch are to become.

    Attributes:
        windows: (K, 4) in the frames.
        owners: (K,) the frame of each.
        mattes: (K,) the matte of the first look, counted within its frame.
        truths: (K,) its instance, counted within its frame; -1 for none.
        labels: (K,) its category; -1 for none.
        judged: (K, C) bool, the categories whose absence is information.
        hard: (K,) bool, the truth is a hard mask.
    """

    windows: Tensor
    owners: Tensor
    mattes: Tensor
    truths: Tensor
    labels: Tensor
    judged: Tensor
    hard: Tensor


@MODELS.register_module()
class SecondLook(BaseModule):
    """Draw and judge each matte again from a crop of its own.

    Args:
        backbone: Config of mmdet's ``MobileNetV2`` with all the ``out_indices`` that ``in_channels``
            says, strides 2 to 32.
        num_classes: C.
        in_channels: Channels of the backbone's outputs, at strides 2, 4, 8, 16, 32.
        channels: Widths of the decoder at strides 1, 2, 4, 8, 16.
        sides: Sides s of crops in pixels, ascending, multiples of 32. A window gets the first that
            is not smaller than ``shrinks`` times its own side, else the last.
        shrinks: See ``sides``.
        margin: Share of a matte's longer side that a window adds on each side.
        least: Smallest side of a window in pixels of the frame.
        crops: Most crops of each of ``sides`` in a training step.
        jitter: How much a training window's side and place vary, as a share of its side.
        match_iou: A matte belongs to an instance, in training, from that soft IoU on.
        loss_bce: Weight of the binary cross entropy of the alphas.
        loss_iou: Weight of 1 - soft IoU.
        loss_quality: Weight of the quality's loss.
        ignore_band: See :class:`MatteHead`; in pixels of a crop.
        score_power: The score is ``quality ** p * first ** (1 - p)``.
        filter_thr: Smallest score that is kept.
        max_per_img: Most mattes of an image.
        class_agnostic: See :class:`MatteDecoder`.
        sigma: Steepness of the Matrix NMS that follows.
        alpha_floor: Smaller alphas are written as 0.
        alpha_ceiling: Larger alphas are written as 1.
    """

    def __init__(
        self,
        backbone: dict,
        num_classes: int,
        in_channels: Sequence[int] = (16, 24, 32, 96, 1280),
        channels: Sequence[int] = (16, 32, 48, 64, 96),
        sides: Sequence[int] = (160, 288),
        shrinks: float = 0.6,
        margin: float = 0.25,
        least: float = 24.0,
        crops: Sequence[int] = (20, 4),
        jitter: float = 0.15,
        match_iou: float = 0.3,
        loss_bce: float = 1.0,
        loss_iou: float = 2.0,
        loss_quality: float = 1.0,
        ignore_band: int = 2,
        score_power: float = 0.7,
        filter_thr: float = 0.05,
        max_per_img: int = 50,
        class_agnostic: bool = True,
        sigma: float = 2.0,
        alpha_floor: float = 0.05,
        alpha_ceiling: float = 0.95,
    ) -> None:
        super().__init__()
        if len(crops) != len(sides) or any(side % 32 for side in sides):
            raise ValueError(f'SecondLook: sides={sides} must be multiples of 32, one of crops each')
        self.backbone = MODELS.build(backbone)
        self.num_classes = num_classes
        norm = dict(type='GN', num_groups=8)
        self.guide = nn.Conv2d(2, in_channels[1], 3, padding=1)
        self.first = ConvModule(5, channels[0], 3, padding=1)
        widths = [channels[0], *channels[1:]]
        self.laterals = nn.ModuleList(
            nn.Conv2d(given, width, 1)
            for given, width in zip(in_channels, [*widths[1:], widths[-1]], strict=True)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(deep, width, 1) for width, deep in zip(widths, widths[1:], strict=False)
        )
        self.smooth = nn.ModuleList(
            # A normalisation at strides 1 and 2 would cost as much as all the rest.
            ConvModule(width, width, 3, padding=1, norm_cfg=norm if level > 1 else None)
            for level, width in enumerate(widths)
        )
        self.draw = nn.Conv2d(channels[0], 1, 3, padding=1)
        self.judge = nn.Linear(2 * in_channels[-1], num_classes)
        self.sides = tuple(sides)
        self.shrinks = shrinks
        self.margin = margin
        self.least = least
        self.crops = tuple(crops)
        self.jitter = jitter
        self.match_iou = match_iou
        self.weights = (loss_bce, loss_iou, loss_quality)
        self.ignore_band = ignore_band
        self.score_power = score_power
        self.filter_thr = filter_thr
        self.max_per_img = max_per_img
        self.class_agnostic = class_agnostic
        self.sigma = sigma
        self.alpha_floor = alpha_floor
        self.alpha_ceiling = alpha_ceiling

    def init_weights(self) -> None:
        """Take the backbone's weights; draw what the first look saw; quality at about 0.1."""
        super().init_weights()
        for conv in (self.guide, self.draw):
            nn.init.zeros_(conv.bias)
        nn.init.zeros_(self.guide.weight)
        nn.init.normal_(self.draw.weight, std=0.01)
        nn.init.normal_(self.judge.weight, std=0.01)
        nn.init.constant_(self.judge.bias, -2.0)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Draw and judge.

        Args:
            crops: (K, 5, s, s): the normalised photo, the matte, and the other mattes.

        Returns:
            Logits of alpha (K, s, s), and of the quality by category (K, C).
        """
        crops = crops.contiguous(memory_format=torch.channels_last)
        photo, guides = (
            part.contiguous(memory_format=torch.channels_last) for part in crops.split((3, 2), 1)
        )
        matte = guides[:, :1]
        x = self.backbone.conv1(photo)
        skips = [self.first(crops)]
        for i, name in enumerate(self.backbone.layers):
            x = getattr(self.backbone, name)(x)
            if i in self.backbone.out_indices:
                skips.append(x)
            if i == self.backbone.out_indices[1]:
                x = x + self.guide(F.avg_pool2d(guides, GUIDE_STRIDE))
        deep = skips[-1]
        weight = F.adaptive_avg_pool2d(matte, deep.shape[-2:]) + 1e-3
        inside = (deep * weight).sum((2, 3)) / weight.sum((2, 3))
        quality = self.judge(torch.cat([deep.mean((2, 3)), inside], dim=1))
        x = None
        for level in range(len(self.smooth) - 1, -1, -1):
            if level == len(self.smooth) - 1:
                top = F.interpolate(self.laterals[level](deep), scale_factor=2, mode='nearest')
                x = top + self.laterals[level - 1](skips[level])
            else:
                up = F.interpolate(
                    self.narrow[level](x), scale_factor=2, mode='bilinear', align_corners=False
                )
                own = skips[level] if level == 0 else self.laterals[level - 1](skips[level])
                x = up + own
            x = self.smooth[level](x)
        before = matte[:, 0].float().clamp(CERTAIN, 1 - CERTAIN).logit()
        return before + self.draw(x)[:, 0], quality

    def loss(
        self, frames: Tensor, firsts: Sequence[InstanceData], samples: SampleList
    ) -> dict[str, Tensor]:
        """Teach the second look by what the first one found.

        Args:
            frames: (B, 3, H, W) normalised, padded.
            firsts: The first look's mattes of every frame, ``alphas`` (N, h, w).
            samples: Ground truth, see :meth:`MatteHead.loss_by_feat`.

        Returns:
            ``loss_again_bce``, ``loss_again_iou`` and ``loss_again_quality``; ``again_iou`` and
            ``first_iou``, the mean soft IoU of the crops that have a truth after and before.
        """
        factor = frames.shape[-1] / firsts[0].alphas.shape[-1]
        lessons = [
            self._lesson(i, first, sample, factor)
            for i, (first, sample) in enumerate(zip(firsts, samples, strict=True))
        ]
        names = Lesson.__dataclass_fields__
        lesson = Lesson(**{k: torch.cat([getattr(each, k) for each in lessons]) for k in names})
        priors = torch.cat([self._priors(first) for first in firsts])
        starts = torch.tensor([0, *(len(first.alphas) for first in firsts)]).cumsum(0)
        places = starts.to(lesson.owners.device)[lesson.owners] + lesson.mattes
        total: dict[str, list[Tensor]] = {}
        for group, side in self._drawn(lesson.windows, lesson.truths >= 0):
            for name, value in self._group_loss(
                frames, priors, places[group], samples, lesson, group, side, factor
            ).items():
                total.setdefault(name, []).append(value)
        if not total:
            # Nothing was found: a crop that counts nothing, so that every parameter has a gradient.
            blank = frames.new_zeros(1, 5, self.sides[0], self.sides[0])
            nothing = sum(part.sum() for part in self(blank)) * 0
            return {f'loss_again_{k}': nothing for k in ('bce', 'iou', 'quality')}
        summed = {name: torch.cat(values) for name, values in total.items()}
        matched = summed.pop('matched')
        means = {name: value.sum() / matched.sum().clamp(min=1) for name, value in summed.items()}
        means['loss_again_quality'] = summed['loss_again_quality'].sum() / len(matched)
        return means

    def _group_loss(
        self,
        frames: Tensor,
        priors: Tensor,
        places: Tensor,
        samples: SampleList,
        lesson: Lesson,
        group: Tensor,
        side: int,
        factor: float,
    ) -> dict[str, Tensor]:
        """Compute the losses of the crops ``group`` of one side, one number each."""
        windows, owners = lesson.windows[group], lesson.owners[group]
        truths = lesson.truths[group]
        crops = self._cut(frames, priors, windows, owners, places, side, factor)
        logits, quality = self(crops)
        wanted = frames.new_zeros(len(group), side, side)
        for i in owners.unique().tolist():
            known = ((owners == i) & (truths >= 0)).nonzero()[:, 0]
            if len(known):
                chosen, at = truths[known].unique(return_inverse=True)
                masks = samples[i].gt_instances.masks
                stored = masks[chosen.cpu().numpy()].to_tensor(torch.float32, frames.device)
                wanted[known] = cut(stored[:, None], windows[known], at, side)[:, 0]
        with torch.autocast(frames.device.type, enabled=False):
            return self._compare(logits.float(), quality.float(), wanted, crops, lesson, group)

    def _compare(
        self,
        logits: Tensor,
        quality: Tensor,
        wanted: Tensor,
        crops: Tensor,
        lesson: Lesson,
        group: Tensor,
    ) -> dict[str, Tensor]:
        """Compare (K, s, s) logits and (K, C) qualities with what is wanted."""
        hard, labels = lesson.hard[group], lesson.labels[group]
        matched = (labels >= 0).float()
        counts = torch.ones_like(wanted)
        if hard.any():
            masks = (wanted[hard] >= 0.5).float()
            wanted[hard] = masks
            counts[hard] = (~ignored_bands(masks, self.ignore_band)).float()
        alphas = logits.sigmoid()
        bce = F.binary_cross_entropy_with_logits(logits, wanted, reduction='none')
        bce = (bce * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)
        iou = soft_overlap(alphas, wanted, counts)
        target = F.one_hot(labels.clamp(min=0), self.num_classes) * (iou.detach() * matched)[:, None]
        # As in Generalized Focal Loss (Li et al., NeurIPS 2020): the further off, the more it counts.
        far = (quality.sigmoid().detach() - target).abs().square()
        judged = lesson.judged[group] | (labels >= 0)[:, None]
        wrong = F.binary_cross_entropy_with_logits(quality, target, reduction='none') * far * judged
        weights = self.weights
        return {
            'loss_again_bce': weights[0] * bce * matched,
            'loss_again_iou': weights[1] * (1 - iou) * matched,
            'loss_again_quality': weights[2] * 4 * wrong.sum(1),
            'again_iou': iou.detach() * matched,
            'first_iou': soft_overlap(crops[:, 3], wanted, counts) * matched,
            'matched': matched,
        }

    def _lesson(
        self, frame: int, first: InstanceData, sample: object, factor: float
    ) -> Lesson:
        """Find the truths of one frame's mattes and draw their windows."""
        truth, meta = sample.gt_instances, sample.metainfo
        device = first.alphas.device
        alphas = first.alphas
        size = alphas.shape[-2:]
        labels = truth.labels.to(device)
        found = torch.full((len(alphas),), -1, device=device)
        if len(labels) and len(alphas):
            stored = truth.masks.resize(size).to_tensor(torch.uint8, device)
            best, at = soft_iou(alphas, stored).max(1)
            found = torch.where(best >= self.match_iou, at, -1)
        use = torch.ones(len(alphas), dtype=torch.bool, device=device)
        ignored = sample.get('ignored_instances')
        if ignored is not None and len(ignored.get('labels', ())) and len(alphas):
            stored = ignored.masks.resize(size).to_tensor(torch.uint8, device)
            crowd = torch.ones(len(stored), dtype=torch.bool)
            use = (soft_iou(alphas, stored, crowd).amax(1) < 0.5) | (found >= 0)
        matte = meta.get('matte', 'soft')
        if matte == 'none':
            use &= False
        complete = torch.zeros(self.num_classes, dtype=torch.bool, device=device)
        complete[list(meta.get('complete_labels', range(self.num_classes)))] = True
        windows = factor * windows_around(floats_of(alphas), self.margin, self.least / factor)
        sides = windows[:, 2:] - windows[:, :2]
        shift = (torch.rand(len(windows), 2, device=device) - 0.5) * 2 * self.jitter * sides
        grow = 1 + (torch.rand(len(windows), 1, device=device) - 0.5) * 2 * self.jitter
        centres = (windows[:, :2] + windows[:, 2:]) / 2 + shift
        windows = torch.cat([centres - sides * grow / 2, centres + sides * grow / 2], dim=1)
        chosen = use.nonzero()[:, 0]
        owned = labels[found.clamp(min=0)] if len(labels) else found
        return Lesson(
            windows=windows[chosen],
            owners=torch.full((len(chosen),), frame, device=device),
            mattes=chosen,
            truths=found[chosen],
            labels=torch.where(found >= 0, owned, -1)[chosen],
            judged=complete.expand(len(chosen), -1),
            hard=torch.full((len(chosen),), matte == 'hard', device=device),
        )

    def _drawn(self, windows: Tensor, matched: Tensor) -> list[tuple[Tensor, int]]:
        """Draw at random which crops of each side are looked at: places and side.

        Those with a truth, which alone teach how to draw, have the better chances.
        """
        chosen = self._sides_of(windows)
        groups = []
        for at, (side, most) in enumerate(zip(self.sides, self.crops, strict=True)):
            group = (chosen == at).nonzero()[:, 0]
            draws = torch.rand(len(group)).to(group.device) + 0.5 * ~matched[group]
            if len(group):
                groups.append((group[draws.argsort()[:most]], side))
        return groups

    def _sides_of(self, windows: Tensor) -> Tensor:
        """Choose the side of every window's crop: (K,) places in ``sides``."""
        wide = (windows[:, 2] - windows[:, 0]) * self.shrinks
        steps = torch.tensor(self.sides[:-1], device=windows.device, dtype=windows.dtype)
        return torch.bucketize(wide, steps)

    def _priors(self, first: InstanceData) -> Tensor:
        """Give every matte of a frame its others: (N, 2, h, w) in [0, 1]."""
        own = floats_of(first.alphas)
        apart = (soft_iou(first.alphas, first.alphas) < OTHER_IOU).float()
        others = (apart.to(own) @ own.flatten(1)).view_as(own).clamp(max=1)
        return torch.stack([own, others], dim=1)

    @staticmethod
    def _cut(
        frames: Tensor,
        priors: Tensor,
        windows: Tensor,
        owners: Tensor,
        places: Tensor,
        side: int,
        factor: float,
    ) -> Tensor:
        """Cut (K, 5, s, s): photo, matte, other mattes."""
        with torch.autocast(frames.device.type, enabled=False):
            photo = cut(frames.float(), windows, owners, side)
            guides = cut(priors, windows / factor, places, side)
            return torch.cat([photo, guides], dim=1)

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
        full = 255 if first.alphas.dtype == torch.uint8 else 65535
        count = len(first.alphas)
        factor = frame.shape[-1] / first.alphas.shape[-1]
        windows = factor * windows_around(
            floats_of(first.alphas), self.margin, self.least / factor
        )
        alphas: list[Tensor] = [frame.new_zeros(0)] * count
        quality = frame.new_zeros(count, self.num_classes)
        priors = self._priors(first)
        chosen = self._sides_of(windows)
        for at, side in enumerate(self.sides):
            group = (chosen == at).nonzero()[:, 0]
            step = max(1, (16 * self.sides[0] ** 2) // side**2)
            for part in group.split(step):
                owners = torch.zeros_like(part)
                crops = self._cut(frame[None], priors, windows[part], owners, part, side, factor)
                drawn, judged = self(crops)
                quality[part] = judged.float().sigmoid()
                for k, each in zip(part.tolist(), drawn.float().sigmoid(), strict=True):
                    alphas[k] = each
        best, labels = quality.max(1) if count else (quality.new_zeros(0), first.labels)
        scores = best**self.score_power * first.scores ** (1 - self.score_power)
        keep, scores = self._suppressed(alphas, windows / factor, scores, labels, first)
        scale = torch.tensor([out_hw[1] / img_hw[1], out_hw[0] / img_hw[0]] * 2)
        places = windows.cpu() * scale
        stored = blank(len(keep), out_hw, first.alphas)
        boxes, areas = frame.new_zeros(len(keep), 4), frame.new_zeros(len(keep))
        for i, k in enumerate(keep.tolist()):
            part, rows, columns = put_back(alphas[k], places[k], out_hw)
            part[part < self.alpha_floor] = 0
            part[part > self.alpha_ceiling] = 1
            areas[i] = part.sum()
            if part.numel():
                corner = torch.tensor([columns.start, rows.start] * 2, device=frame.device)
                box = boxes_xyxy(part[None])[0]
                boxes[i] = torch.where(box.any(), box + corner, box)
            stored[i, rows, columns] = part.mul_(full).round_().to(stored.dtype)
        return InstanceData(
            alphas=stored, scores=scores, labels=labels[keep], bboxes=boxes, areas=areas
        )

    def _suppressed(
        self,
        alphas: Sequence[Tensor],
        windows: Tensor,
        scores: Tensor,
        labels: Tensor,
        first: InstanceData,
    ) -> tuple[Tensor, Tensor]:
        """Run Matrix NMS on the new mattes, in the frame of the first look."""
        size = first.alphas.shape[-2:]
        masks = torch.zeros((len(scores), *size), dtype=torch.bool, device=scores.device)
        for k, window in enumerate(windows.cpu()):
            part, rows, columns = put_back(alphas[k], window, size)
            masks[k, rows, columns] = part > 0.5
        rated = torch.where(masks.flatten(1).any(1), scores, 0.0)
        same = torch.zeros_like(labels) if self.class_agnostic else labels
        kept, keep = matrix_nms(
            masks,
            same,
            rated,
            sigma=self.sigma,
            filter_thr=max(self.filter_thr, 1e-6),
            max_num=self.max_per_img,
        )
        return keep, kept


def blank(count: int, size_hw: tuple[int, int], like: Tensor) -> Tensor:
    """Return ``count`` empty mattes; on the host their pages cost nothing until written to."""
    if like.device.type == 'cpu':
        dtype = np.uint8 if like.dtype == torch.uint8 else np.int32
        return torch.from_numpy(np.zeros((count, *size_hw), dtype))
    return torch.zeros((count, *size_hw), dtype=like.dtype, device=like.device)


def floats_of(alphas: Tensor) -> Tensor:
    """Return stored alphas, uint8 of 0..255 or int32 of 0..65535, as float32 in [0, 1]."""
    return alphas.float() / (255 if alphas.dtype == torch.uint8 else 65535)


def soft_overlap(pred: Tensor, target: Tensor, counts: Tensor) -> Tensor:
    """Score mattes by ``sum(min(p, g)) / sum(max(p, g))`` over the pixels that count.

    One minus it is the error inside the union, which is what IMQ and soft AP ask for.

    Args:
        pred: (K, s, s) in [0, 1].
        target: (K, s, s) in [0, 1].
        counts: (K, s, s) what each pixel counts.

    Returns:
        (K,) in [0, 1].
    """
    shared = (torch.minimum(pred, target) * counts).sum((1, 2))
    union = (torch.maximum(pred, target) * counts).sum((1, 2))
    return shared / union.clamp(min=1e-6)
