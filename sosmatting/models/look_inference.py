"""From the second look's crops to the mattes of one image.

Letters: N mattes, C categories, s the side of a crop, h w the frame of the first look.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.exceptions import SMALL, check_numbers
from sosmatting.functional.alpha import boxes_xyxy
from sosmatting.functional.crops import put_back
from sosmatting.functional.matrix_nms import matrix_nms


@dataclass(frozen=True)
class Looked:
    """What the second look says of the N mattes of one image.

    Attributes:
        alphas: N crops (s, s), each of its own side.
        quality: (N, C) in [0, 1].
        windows: (N, 4) in the frame of the first look.
    """

    alphas: Sequence[Tensor]
    quality: Tensor
    windows: Tensor

    def joined(self, places: Tensor, later: 'Looked') -> 'Looked':
        """Take later alphas for the mattes at ``places``, and the mean of both qualities."""
        alphas, quality, windows = list(self.alphas), self.quality.clone(), self.windows.clone()
        for k, alpha in zip(places.tolist(), later.alphas, strict=True):
            alphas[k] = alpha
        quality[places] = (quality[places] + later.quality) / 2
        windows[places] = later.windows
        return Looked(alphas, quality, windows)


class LookDecoder:
    """Rate mattes, drop what is none or there twice, and put the rest back into the photo.

    Args:
        score_power: The score is ``quality ** p * first ** (1 - p)``.
        vouch: A matte's qualities are multiplied by ``(worth / best) ** vouch``, where best is its
            best category's and worth is that which the judge gives it whatever the category.
        filter_thr: Smallest score that is kept.
        max_per_img: Most mattes of an image.
        class_agnostic: A matte has the category in which it is best, and mattes suppress each other
            whatever their categories. Otherwise every category that reaches ``filter_thr`` makes
            a matte of its own, as rankings by category (AP) want it.
        sigma: Steepness of Matrix NMS.
        alpha_floor: Smaller alphas are written as 0.
        alpha_ceiling: Larger alphas are written as 1.

    Raises:
        InputError: An option is out of its range.
    """

    def __init__(
        self,
        score_power: float = 0.7,
        vouch: float = 0.0,
        filter_thr: float = 0.05,
        max_per_img: int = 50,
        class_agnostic: bool = True,
        sigma: float = 2.0,
        alpha_floor: float = 0.05,
        alpha_ceiling: float = 0.95,
    ) -> None:
        check_numbers(
            'SecondLook: test_cfg.',
            score_power=(score_power, 0.0, 1.0),
            vouch=(vouch, 0.0, math.inf),
            filter_thr=(filter_thr, 0.0, 1.0),
            max_per_img=(max_per_img, 1, 100_000),
            sigma=(sigma, SMALL, math.inf),
            alpha_floor=(alpha_floor, 0.0, 1.0),
            alpha_ceiling=(alpha_ceiling, 0.0, 1.0),
        )
        self.score_power = score_power
        self.vouch = vouch
        self.filter_thr = filter_thr
        self.max_per_img = max_per_img
        self.class_agnostic = class_agnostic
        self.sigma = sigma
        self.alpha_floor = alpha_floor
        self.alpha_ceiling = alpha_ceiling

    def __call__(
        self,
        looked: Looked,
        first: InstanceData,
        scale_xy: tuple[float, float],
        out_hw: tuple[int, int],
    ) -> InstanceData:
        """Make the result of one image.

        Args:
            looked: What was seen.
            first: The first look's ``alphas`` (N, h, w) and ``scores`` (N,).
            scale_xy: Pixels of the result to one of the first look's, across and down.
            out_hw: Size of the result.

        Returns:
            See :class:`MatteDecoder`.
        """
        places, labels, scores = self.choose(looked, first)
        grown = looked.windows.cpu() * torch.tensor([*scale_xy, *scale_xy])
        once, again = places, slice(None)
        if not self.class_agnostic:  # drawn once, whatever the number of its categories
            once, again = places.unique(return_inverse=True)
        crops = [looked.alphas[k] for k in once.tolist()]
        drawn = self.draw(crops, grown[once.cpu()], first.alphas, out_hw)
        stored, boxes, areas = (each[again] for each in drawn)
        return InstanceData(alphas=stored, scores=scores, labels=labels, bboxes=boxes, areas=areas)

    def choose(
        self, looked: Looked, first: InstanceData, filter_thr: float | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Choose what is kept, best first: places among the mattes, categories and scores (M,)."""
        filter_thr = self.filter_thr if filter_thr is None else filter_thr
        scores = self.rate(looked.quality, first.scores)
        if self.class_agnostic:
            places = torch.arange(len(scores), device=scores.device)
            labels = scores.argmax(1)
        else:
            places, labels = (scores >= filter_thr).nonzero().unbind(1)
        masks = self.masks(looked.alphas, looked.windows, first.alphas)
        keep, kept = self.suppress(masks[places], scores[places, labels], labels, filter_thr)
        return places[keep], labels[keep], kept

    def redraw(self, first: InstanceData, looked: Looked, places: Tensor) -> InstanceData:
        """Draw the mattes at ``places`` (M,) into the first look's frame, as its mattes are."""
        h_w = first.alphas.shape[1], first.alphas.shape[2]
        crops = [looked.alphas[k] for k in places.tolist()]
        alphas, _, _ = self.draw(crops, looked.windows[places].cpu(), first.alphas, h_w)
        return InstanceData(alphas=alphas, scores=first.scores[places])

    def vouched(self, quality: Tensor, worth: Tensor) -> Tensor:
        """Let (K,) logits of the worth speak for (K, C) qualities: (K, C) in [0, 1]."""
        best = quality.amax(1).clamp(min=1e-6)
        return (quality * ((worth.sigmoid() / best) ** self.vouch)[:, None]).clamp(max=1)

    def rate(self, quality: Tensor, scores: Tensor) -> Tensor:
        """Join (N, C) qualities with the first look's (N,) scores."""
        return quality**self.score_power * scores[:, None] ** (1 - self.score_power)

    @staticmethod
    def masks(alphas: Sequence[Tensor], windows: Tensor, like: Tensor) -> Tensor:
        """Put crops back into the frame of ``like`` (N, h, w), as masks: (N, h, w) bool."""
        masks = torch.zeros_like(like, dtype=torch.bool)
        for mask, alpha, window in zip(masks, alphas, windows.cpu(), strict=True):
            part, rows, columns = put_back(alpha, window, (like.shape[1], like.shape[2]))
            mask[rows, columns] = part > 0.5
        return masks

    def suppress(
        self, masks: Tensor, scores: Tensor, labels: Tensor, filter_thr: float
    ) -> tuple[Tensor, Tensor]:
        """Run Matrix NMS on what shows anything: what is kept, best first, and its scores."""
        shown = masks.flatten(1).any(1).nonzero()[:, 0]
        same = torch.zeros_like(labels) if self.class_agnostic else labels
        kept, places = matrix_nms(
            masks[shown],
            same[shown],
            scores[shown],
            sigma=self.sigma,
            filter_thr=filter_thr,
            max_num=self.max_per_img,
        )
        return shown[places], kept

    def draw(
        self, alphas: Sequence[Tensor], windows: Tensor, like: Tensor, out_hw: tuple[int, int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Put crops into frames of ``out_hw``: mattes stored like ``like``, boxes and areas."""
        device, full = like.device, 255 if like.dtype == torch.uint8 else 65535
        stored = blank(len(alphas), out_hw, like)
        boxes, areas = torch.zeros(len(alphas), 4), torch.zeros(len(alphas))
        boxes, areas = boxes.to(device), areas.to(device)
        for i, (alpha, window) in enumerate(zip(alphas, windows, strict=True)):
            part, rows, columns = put_back(alpha, window, out_hw)
            if not part.numel():
                continue
            part[part < self.alpha_floor] = 0
            part[part > self.alpha_ceiling] = 1
            areas[i] = part.sum()
            box = boxes_xyxy(part[None])[0]
            corner = torch.tensor([columns.start, rows.start] * 2, device=device)
            boxes[i] = torch.where(box.any(), box + corner, box)
            stored[i, rows, columns] = part.mul_(full).round_().to(stored.dtype)
        return stored, boxes, areas


def blank(count: int, size_hw: tuple[int, int], like: Tensor) -> Tensor:
    """Return ``count`` empty mattes; on the host their pages cost nothing until written to."""
    if like.device.type == 'cpu':
        dtype = np.uint8 if like.dtype == torch.uint8 else np.int32
        return torch.from_numpy(np.zeros((count, *size_hw), dtype))
    return torch.zeros((count, *size_hw), dtype=like.dtype, device=like.device)
