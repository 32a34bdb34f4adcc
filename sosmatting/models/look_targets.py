"""What the second look is to make of the mattes that the first one found.

Letters: B frames, N mattes of one frame, K crops, C categories, s the side of a crop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from mmdet.structures import DetDataSample, SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from sosmatting.exceptions import InputError, check_numbers
from sosmatting.functional.crops import cut
from sosmatting.functional.matching import soft_iou
from sosmatting.models.look_crops import LookCrops

CROWD_SHARE = 0.5  # of a matte in a crowd, from which on it teaches nothing


@dataclass(frozen=True)
class View:
    """Mattes of a training frame, and where to look at them.

    Attributes:
        frame: Its number in the batch.
        mattes: ``alphas`` (N, h, w).
        crops: Where to look.
    """

    frame: int
    mattes: InstanceData
    crops: LookCrops


@dataclass(frozen=True)
class Lesson:
    """What K crops are to become.

    Attributes:
        windows: (K, 4) in the frames.
        owners: (K,) the frame of each.
        mattes: (K,) the matte that it is cut out around, counted within those of its frame,
            or through all of a batch.
        truths: (K,) its instance, counted within its frame; -1 for none.
        labels: (K,) its category; -1 for none.
        judged: (K, C) bool, the categories whose absence is information.
        hard: (K,) bool, the truth is a hard mask.
        sides: (K,) the side of its crop, a place among the sides.
    """

    windows: Tensor
    owners: Tensor
    mattes: Tensor
    truths: Tensor
    labels: Tensor
    judged: Tensor
    hard: Tensor
    sides: Tensor

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, chosen: Tensor) -> 'Lesson':
        return Lesson(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def joined(lessons: Sequence['Lesson']) -> 'Lesson':
        """Put the lessons of several frames one after the other."""
        names = [field.name for field in fields(Lesson)]
        return Lesson(*(torch.cat([getattr(each, name) for each in lessons]) for name in names))


class LookTargets:
    """Assign mattes to instances and draw crops to learn from.

    Args:
        sides: Sides s of crops in pixels.
        num_classes: C.
        most: Most crops of each of the sides in a training step.
        jitter: How much a window's side and place vary, as a share of its side.
        match_iou: A matte belongs to an instance from that soft IoU on.

    Raises:
        InputError: An option is out of its range.
    """

    def __init__(
        self,
        sides: Sequence[int],
        num_classes: int,
        most: Sequence[int],
        jitter: float,
        match_iou: float,
    ) -> None:
        whole = isinstance(most, Sequence) and all(isinstance(each, int) for each in most)
        if not whole or len(most) != len(sides):
            raise InputError(f'SecondLook: crops={most} must have one number for each of the sides')
        check_numbers('SecondLook: ', jitter=(jitter, 0.0, 1.0), match_iou=(match_iou, 0.0, 1.0))
        self.sides = tuple(sides)
        self.num_classes = num_classes
        self.most = tuple(most)
        self.jitter = jitter
        self.match_iou = match_iou

    def lessons(self, views: Sequence[View], samples: SampleList, factor: float) -> Lesson:
        """Find the truths of all mattes of a batch; its ``mattes`` are counted through all views.

        Args:
            views: What is looked at.
            samples: Ground truth of the frames.
            factor: Pixels of a frame to one of the first look's.
        """
        lessons, start = [], 0
        for view in views:
            lesson = self.lesson(view, samples[view.frame], factor)
            lessons.append(replace(lesson, mattes=lesson.mattes + start))
            start += len(view.mattes.alphas)
        return Lesson.joined(lessons)

    def lesson(self, view: View, sample: DetDataSample, factor: float) -> Lesson:
        """Find the truths of one frame's mattes and draw their windows.

        Args:
            view: What is looked at.
            sample: Ground truth, see :meth:`MatteHead.loss_by_feat`.
            factor: Pixels of the frame to one of the first look's.
        """
        alphas, meta = view.mattes.alphas, sample.metainfo
        device, size = alphas.device, alphas.shape[-2:]
        truth = sample.gt_instances
        labels = truth.labels.to(device)
        found = torch.full((len(alphas),), -1, device=device)
        if len(labels) and len(alphas):
            stored = truth.masks.resize(size).to_tensor(torch.uint8, device)
            best, at = soft_iou(alphas, stored).max(1)
            found = torch.where(best >= self.match_iou, at, -1)
        use = torch.full((len(alphas),), meta.get('matte', 'soft') != 'none', device=device)
        ignored = sample.get('ignored_instances')
        if ignored is not None and len(ignored.get('labels', ())) and len(alphas):
            stored = ignored.masks.resize(size).to_tensor(torch.uint8, device)
            inside = soft_iou(alphas, stored, torch.ones(len(stored), dtype=torch.bool))
            use &= (inside.amax(1) < CROWD_SHARE) | (found >= 0)
        complete = torch.zeros(self.num_classes, dtype=torch.bool, device=device)
        complete[list(meta.get('complete_labels', range(self.num_classes)))] = True
        owned = labels[found.clamp(min=0)] if len(labels) else found
        windows = self._moved(view.crops.windows(alphas, factor))
        lesson = Lesson(
            windows=windows,
            owners=torch.full((len(alphas),), view.frame, device=device),
            mattes=torch.arange(len(alphas), device=device),
            truths=found,
            labels=torch.where(found >= 0, owned, -1),
            judged=complete.expand(len(alphas), -1),
            hard=torch.full((len(alphas),), meta.get('matte') == 'hard', device=device),
            sides=view.crops.sides_of(windows),
        )
        return lesson[use.nonzero()[:, 0]]

    def drawn(self, lesson: Lesson) -> list[tuple[Tensor, int]]:
        """Draw at random which crops of each side are looked at: places and side.

        Those with a truth, which alone teach how to draw, have the better chances.
        """
        groups = []
        for at, (side, most) in enumerate(zip(self.sides, self.most, strict=True)):
            group = (lesson.sides == at).nonzero()[:, 0]
            draws = torch.rand(len(group)).to(group.device) + 0.5 * (lesson.truths[group] < 0)
            if len(group):
                groups.append((group[draws.argsort()[:most]], side))
        return groups

    @staticmethod
    def wanted(lesson: Lesson, samples: SampleList, side: int, like: Tensor) -> Tensor:
        """Cut the truths of K crops out of the ground truth: (K, s, s), 0 where there is none."""
        wanted = like.new_zeros(len(lesson), side, side)
        for i in lesson.owners.unique().tolist():
            known = ((lesson.owners == i) & (lesson.truths >= 0)).nonzero()[:, 0]
            if len(known):
                chosen, at = lesson.truths[known].unique(return_inverse=True)
                masks = samples[i].gt_instances.masks[chosen.cpu().numpy()]
                stored = masks.to_tensor(torch.float32, like.device)
                wanted[known] = cut(stored[:, None], lesson.windows[known], at, side)[:, 0]
        return wanted

    def _moved(self, windows: Tensor) -> Tensor:
        """Move and scale (K, 4) windows at random."""
        sides = windows[:, 2:] - windows[:, :2]
        shift, grow = (
            (torch.rand(len(windows), n).to(windows) * 2 - 1) * self.jitter for n in (2, 1)
        )
        centres = (windows[:, :2] + windows[:, 2:]) / 2 + shift * sides
        half = sides * (1 + grow) / 2
        return torch.cat([centres - half, centres + half], dim=1)
