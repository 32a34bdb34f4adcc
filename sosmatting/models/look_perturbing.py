"""Mistakes that the first look might have made: parts of mattes go or are added, in training.

The first look knows the objects that it was trained with, and draws them better than any that it
never saw. A second look that is shown only those learns to trust what it is given. So some mattes
lose a part beyond a line or under a spot, gain a spot, or run together with a smaller neighbour,
and the second look has to mend that from the photo. Networks that refine masks are taught likewise
(Cheng et al., CascadePSP, CVPR 2020; Yu et al., Mask Guided Matting, CVPR 2021).

Letters: N mattes, H W a frame.
"""

import math
from functools import partial

import torch
from torch import Tensor

from sosmatting.functional.alpha import areas, boxes_xyxy, dequantise

SEEN = 0.5  # an alpha above it is of the thing
LEAST_AREA = 32.0  # pixels; what is smaller stays as it is
MOST_CUT = 0.5  # of a matte's area goes beyond a line
SPOT = (0.12, 0.4)  # half axes of a spot by the root of a matte's area
SOFT = 0.03  # of the same root is how soft the edge of a change is
NEAR = 0.1  # of a box's longer side is how far away a neighbour may be


def perturb(alphas: Tensor, share: float) -> Tensor:
    """Make mistakes in some mattes of a frame, drawn at random.

    Args:
        alphas: (N, H, W) mattes, as they are stored or floats in [0, 1].
        share: Of the mattes that get one mistake each.

    Returns:
        (N, H, W) float32 in [0, 1]; the mattes without mistakes are as they were.
    """
    soft = dequantise(alphas)
    changed = soft.clone()
    near = neighbours(boxes_xyxy(soft, SEEN))
    sizes = areas(soft)
    shown = (soft > SEEN).flatten(1).any(1) & (sizes >= LEAST_AREA)
    chosen = torch.rand(len(soft)).to(soft.device) < share
    for k in (chosen & shown).nonzero()[:, 0].tolist():
        mistakes = [cut_off, blot_out, spill]
        beside = (near[k] & (sizes <= sizes[k])).nonzero()[:, 0]
        if len(beside):
            mistakes.append(partial(torch.maximum, soft[_any_of(beside)]))
        changed[k] = mistakes[int(torch.randint(len(mistakes), ()))](soft[k])
    return changed


def neighbours(boxes: Tensor) -> Tensor:
    """Say which of (N, 4) boxes are next to each other: (N, N) bool, none to itself."""
    far = NEAR * (boxes[:, 2:] - boxes[:, :2]).amax(1)
    reach = torch.maximum(far[:, None], far[None])[..., None]
    apart = torch.maximum(
        boxes[:, None, :2] - boxes[None, :, 2:], boxes[None, :, :2] - boxes[:, None, 2:]
    )
    near = (apart <= reach).all(2)
    return near & ~torch.eye(len(boxes), dtype=torch.bool, device=boxes.device)


def cut_off(alpha: Tensor) -> Tensor:
    """Take away what of (H, W) lies beyond a line: at most half of it."""
    rows, columns = (alpha > SEEN).nonzero().unbind(1)
    angle = 2 * math.pi * float(torch.rand(()))
    along = rows * math.sin(angle) + columns * math.cos(angle)
    kept = 1 - MOST_CUT * float(torch.rand(()))
    line = along.kthvalue(max(1, round(kept * len(along)))).values
    y, x = _places(alpha)
    beyond = y * math.sin(angle) + x * math.cos(angle) - line
    return alpha * torch.sigmoid(-beyond / _softness(alpha))


def blot_out(alpha: Tensor) -> Tensor:
    """Take away a spot of (H, W)."""
    return alpha * (1 - _spot(alpha, _inside(alpha)))


def spill(alpha: Tensor) -> Tensor:
    """Add a spot to (H, W), somewhere around a place of it."""
    angle, far = 2 * math.pi * float(torch.rand(())), float(torch.rand(()))
    way = far * SPOT[1] * float(alpha.sum().sqrt())
    y, x = _inside(alpha)
    return torch.maximum(
        alpha, _spot(alpha, (y + way * math.sin(angle), x + way * math.cos(angle)))
    )


def _spot(alpha: Tensor, middle: tuple[float, float]) -> Tensor:
    """Draw an ellipse with soft edges around ``middle``: (H, W) in [0, 1]."""
    root, turned = float(alpha.sum().sqrt()), math.pi * float(torch.rand(()))
    wide, high = ((SPOT[0] + (SPOT[1] - SPOT[0]) * torch.rand(2)) * root).tolist()
    y, x = _places(alpha)
    y, x = y - middle[0], x - middle[1]
    across = (x * math.cos(turned) + y * math.sin(turned)) / wide
    down = (y * math.cos(turned) - x * math.sin(turned)) / high
    outside = ((across.square() + down.square()).sqrt() - 1) * min(wide, high)
    return torch.sigmoid(-outside / _softness(alpha))


def _inside(alpha: Tensor) -> tuple[float, float]:
    """Draw a place that (H, W) shows: y, x."""
    y, x = _any_of((alpha > SEEN).nonzero()).tolist()
    return y, x


def _any_of(rows: Tensor) -> Tensor:
    return rows[int(torch.randint(len(rows), ()))]


def _softness(alpha: Tensor) -> float:
    return SOFT * float(alpha.sum().sqrt()) + 0.25


def _places(like: Tensor) -> tuple[Tensor, Tensor]:
    """Give the (H, 1) rows and the (1, W) columns."""
    y = torch.arange(like.shape[0], dtype=torch.float32, device=like.device)[:, None]
    return y, torch.arange(like.shape[1], dtype=torch.float32, device=like.device)[None]
