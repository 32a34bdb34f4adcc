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

import math
from collections.abc import Sequence
from typing import Any

import torch
from mmdet.registry import MODELS
from mmdet.structures import SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.exceptions import InputError, check_numbers
from sosmatting.functional.precision import halved
from sosmatting.models.look_crops import LookCrops
from sosmatting.models.look_drawing import draw_kept
from sosmatting.models.look_inference import LookDecoder, Looked
from sosmatting.models.look_losses import LookLosses, missettled
from sosmatting.models.look_network import LookNetwork
from sosmatting.models.look_perturbing import perturb
from sosmatting.models.look_settling import AlphaSettler
from sosmatting.models.look_targets import LookTargets, View

LOSSES = ('bce', 'iou', 'edge', 'rough', 'quality')
REHEARSED = 0.2  # least score of a matte of the second look's own that it is taught at
AT_ONCE = 16  # crops of the smallest side that are looked at together


@MODELS.register_module()
class SecondLook(LookNetwork):
    """Draw and judge each matte again from a crop of its own.

    Args:
        backbone: See :class:`LookNetwork`.
        num_classes: C.
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
        loss_settled: Weight of the error of the alphas after they settled, where the truth is
            soft (:func:`missettled`). Training with it needs ``settle``.
        ignore_band: See :class:`LookLosses`.
        flip: Look at the mirrored crops too, in prediction's last look, and average, where the
            plain look says that the matte may be kept.
        half: Look in bfloat16, in prediction, on devices that multiply it themselves: it takes half
            the time. Sure mattes differ by a few steps of 255, unsure ones may by more.
        settle: Options of :class:`AlphaSettler`, which in prediction has the last word on mattes
            that may be kept; ``None``: they stay as drawn.
        namer: Config of a :class:`CropNamer`, whose opinion on the categories of mattes that may be
            kept counts too, in prediction; ``None``: the judge alone says what they are.
        third: Look a third time, in prediction, at the mattes that are left: they are cut out anew,
            around what was drawn and beside each other, so that what was cut off or run together
            mends. The later alphas count, which alone are settled, and the mean of both qualities.
            These are its own ``shrinks`` and ``margin``; ``None``: no third look.
        rehearse: Share of training frames whose mattes are not the first look's but those that a
            third look would see: what the second look draws and leaves. None without ``third``.
        perturb: Share of training mattes that get a mistake first (:func:`perturb`).
        test_cfg: Options of :class:`LookDecoder`.
        network: Further options of :class:`LookNetwork`.
    """

    def __init__(
        self,
        backbone: dict,
        num_classes: int,
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
        loss_settled: float = 0.0,
        ignore_band: int = 4,
        flip: bool = False,
        half: bool = False,
        settle: dict | None = None,
        namer: dict | None = None,
        third: dict | None = None,
        rehearse: float = 0.0,
        perturb: float = 0.0,
        test_cfg: dict | None = None,
        **network: Any,
    ) -> None:
        super().__init__(backbone, num_classes, **network)
        check_numbers(
            'SecondLook: ',
            loss_settled=(loss_settled, 0.0, math.inf),
            rehearse=(rehearse, 0.0, 1.0),
            perturb=(perturb, 0.0, 1.0),
        )
        self.crops = LookCrops(sides, shrinks, margin, least)
        self.closer = None if third is None else LookCrops(sides, least=least, **third)
        self.targets = LookTargets(sides, num_classes, crops, jitter, match_iou)
        self.losses = LookLosses(
            loss_bce, loss_iou, loss_edge, loss_rough, loss_quality, ignore_band
        )
        self.decoder = LookDecoder(**(test_cfg or {}))
        self.flip = flip
        self.half = half
        self.settle = None if settle is None else AlphaSettler(**settle)
        self.loss_settled = loss_settled
        self.namer = None if namer is None else MODELS.build(namer)
        self.rehearse = rehearse
        self.perturb = perturb

    def loss(
        self, frames: Tensor, firsts: Sequence[InstanceData], samples: SampleList
    ) -> dict[str, Tensor]:
        """Teach the second look by what the first one found.

        Args:
            frames: (B, 3, H, W) normalised, padded.
            firsts: The first look's mattes of every frame, ``alphas`` (N, h, w).
            samples: Ground truth, see :meth:`MatteHead.loss_by_feat`.

        Returns:
            ``loss_again_bce``, ``loss_again_iou``, ``loss_again_edge``, ``loss_again_rough``,
            ``loss_again_quality`` and, with that option, ``loss_again_settled``; ``again_iou`` and
            ``first_iou``, the mean soft IoU of the crops that have a truth, after and before;
            ``contour_crops``, how many have a soft one.

        Raises:
            InputError: ``loss_settled`` without ``settle``.
        """
        if self.loss_settled and self.settle is None:
            raise InputError(f'SecondLook: loss_settled={self.loss_settled} needs settle=dict()')
        views = [
            self._view(i, frame, first)
            for i, (frame, first) in enumerate(zip(frames, firsts, strict=True))
        ]
        factor = frames.shape[-1] / firsts[0].alphas.shape[-1]
        lesson = self.targets.lessons(views, samples, factor)
        guides = torch.cat([self.crops.guides(view.mattes) for view in views])
        results: dict[str, list[Tensor]] = {}
        for group, side in self.targets.drawn(lesson):
            some = lesson[group]
            crops = self.crops.cut(frames, guides, some.windows, some.owners, some.mattes, side)
            logits, rough, quality = self(crops)
            with torch.autocast(frames.device.type, enabled=False):
                wanted = self.targets.wanted(some, samples, side, crops)
                drawn = logits.float(), rough.float(), quality.float()
                found = self.losses(*drawn, wanted, crops[:, 3], some)
                if self.settle is not None and self.loss_settled:
                    misfit = missettled(self.settle, drawn[0], crops[:, :3], wanted, some)
                    found['loss_again_settled'] = self.loss_settled * misfit
            for name, value in found.items():
                results.setdefault(name, []).append(value)
        if not results:
            # Nothing was found: a crop that counts nothing, so that every parameter has a gradient.
            blank = frames.new_zeros(1, 5, self.crops.sides[0], self.crops.sides[0])
            nothing = sum(part.sum() for part in self(blank)) * 0
            names = (*LOSSES, 'settled') if self.loss_settled else LOSSES
            return {f'loss_again_{name}': nothing for name in names}
        values = {name: torch.cat(parts) for name, parts in results.items()}
        matched, contours = values.pop('matched'), values.pop('contours')
        means = {name: each.sum() / matched.sum().clamp(min=1) for name, each in values.items()}
        means['loss_again_quality'] = values['loss_again_quality'].mean()
        means['contour_crops'] = contours.sum()
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
        with halved(frame.device.type, self.half):
            looked = self._look(frame, first, self.crops, last=self.closer is None)
            if self.closer is not None:
                looked = self._look_again(frame, first, looked, self.closer)
        scale = factor * out_hw[1] / img_hw[1], factor * out_hw[0] / img_hw[0]
        return self.decoder(looked, first, scale, out_hw)

    def _look_again(
        self, frame: Tensor, first: InstanceData, looked: Looked, closer: LookCrops
    ) -> Looked:
        """Look at the mattes that are left, around what was drawn."""
        left = self.decoder.choose(looked, first)[0].unique()
        if not len(left):
            return looked
        drawn = self.decoder.redraw(first, looked, left)
        # All are drawn: the mean of both qualities counts, and may be enough where this one is not.
        return looked.joined(left, self._look(frame, drawn, closer, last=True, least=0.0))

    @torch.no_grad()
    def _view(self, place: int, frame: Tensor, first: InstanceData) -> View:
        """Say what a training frame teaches: some mattes, and where to look.

        They are its first look's, or what a third look would see, with mistakes.
        """
        mattes, crops = first, self.crops
        if self.closer is not None and torch.rand(()) < self.rehearse:
            with halved(frame.device.type, self.half):
                looked = self._look(frame, first, self.crops, last=False, least=REHEARSED)
            left = self.decoder.choose(looked, first, REHEARSED)[0].unique()
            if len(left):
                mattes, crops = self.decoder.redraw(first, looked, left), self.closer
        return View(place, self._mistaken(mattes), crops)

    def _mistaken(self, mattes: InstanceData) -> InstanceData:
        """Make mistakes in some of a training frame's mattes."""
        if not self.perturb:
            return mattes
        return InstanceData(alphas=perturb(mattes.alphas, self.perturb))

    def _look(
        self,
        frame: Tensor,
        mattes: InstanceData,
        geometry: LookCrops,
        last: bool,
        least: float | None = None,
    ) -> Looked:
        """Look at the windows around N mattes of a frame.

        Only the last look is mirrored and settled: what an earlier one drew is drawn again anyway.
        Nothing is drawn of what scores below ``least``, ``filter_thr`` by default: it is not kept,
        and takes no score from what is.
        """
        least = self.decoder.filter_thr if least is None else least
        factor = frame.shape[-1] / mattes.alphas.shape[-1]
        guides = geometry.guides(mattes)
        windows = geometry.windows(mattes.alphas, factor)
        alphas: list[Tensor] = [frame.new_zeros(0)] * len(windows)
        quality = frame.new_zeros(len(windows), self.num_classes)
        sides = geometry.sides_of(windows)
        for at, side in enumerate(geometry.sides):
            group = (sides == at).nonzero()[:, 0]
            at_once = max(1, AT_ONCE * geometry.sides[0] ** 2 // side**2)
            for part in group.split(at_once) if len(group) else ():
                owners = torch.zeros_like(part)
                crops = geometry.cut(frame[None], guides, windows[part], owners, part, side)
                scores = mattes.scores[part]
                mirrored = self.flip and last
                drawn, judged = draw_kept(self, self.decoder, crops, scores, mirrored, least)
                judged, worth = judged[:, :-1], judged[:, -1]
                quality[part] = self.decoder.vouched(judged.sigmoid(), worth)
                for k, alpha in zip(part.tolist(), drawn, strict=True):
                    alphas[k] = alpha
                # The rest will not be kept: nobody sees whether it is settled, or asks its name.
                rated = self.decoder.rate(quality[part], scores).amax(1)
                kept = rated >= max(least, self.decoder.filter_thr)
                if self.namer is not None and kept.any():
                    named = self.namer.weighed(judged[kept], crops[kept, :3], drawn[kept])
                    quality[part[kept]] = self.decoder.vouched(named, worth[kept])
                if last and self.settle is not None and kept.any():
                    larger = geometry.larger(frame, windows[part[kept]], side)
                    settled = self.settle(drawn[kept], crops[kept, :3], larger)
                    for k, alpha in zip(part[kept].tolist(), settled, strict=True):
                        alphas[k] = alpha
        return Looked(alphas, quality, windows / factor)
