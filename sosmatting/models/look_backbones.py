"""Backbones cut into stages, so that the second look can tell them of the mattes in between."""

from collections.abc import Callable, Sequence

import torch
from mmdet.models.backbones import MobileNetV2, ResNet
from torch import Tensor, nn

from sosmatting.exceptions import InputError

STRIDES = (2, 4, 8, 16, 32)
Stage = Sequence[Callable[[Tensor], Tensor]]


def stages_of(backbone: nn.Module) -> list[Stage]:
    """List the layers that lead from one of ``STRIDES`` to the next, run one after the other.

    Args:
        backbone: mmdet's ``MobileNetV2``, whose ``out_indices`` say where a stage ends, or its
            ``ResNet`` or ``ResNetV1d`` with four stages, whose stem is the first here.

    Raises:
        InputError: It is another one, or has not five stages.
    """
    if isinstance(backbone, MobileNetV2) and len(backbone.out_indices) == len(STRIDES):
        stages, begin = [], 0
        for end in backbone.out_indices:
            stages.append([getattr(backbone, name) for name in backbone.layers[begin : end + 1]])
            begin = end + 1
        return [[backbone.conv1, *stages[0]], *stages[1:]]
    if isinstance(backbone, ResNet) and len(backbone.res_layers) == len(STRIDES) - 1:
        plain = not backbone.deep_stem
        stem = [backbone.conv1, backbone.norm1, backbone.relu] if plain else [backbone.stem]
        first, *rest = (getattr(backbone, name) for name in backbone.res_layers)
        return [stem, [backbone.maxpool, first], *([layer] for layer in rest)]
    raise InputError(
        f'SecondLook: backbone={type(backbone).__name__}: give a MobileNetV2 with five out_indices '
        f'or a ResNet of four stages, for outputs at strides {", ".join(map(str, STRIDES))}'
    )


@torch.no_grad()
def widths_of(backbone: nn.Module) -> list[int]:
    """Count the channels after every stage.

    Raises:
        InputError: See :func:`stages_of`; or a stage ends at another stride.
    """
    side = 2 * STRIDES[-1]
    x, widths = torch.zeros(1, 3, side, side), []
    backbone.eval()
    for stride, stage in zip(STRIDES, stages_of(backbone), strict=True):
        for layer in stage:
            x = layer(x)
        if x.shape[-1] * stride != side:
            raise InputError(
                f'SecondLook: backbone: stride {side // x.shape[-1]} where {stride} is needed; '
                f'its stages must end at strides {", ".join(map(str, STRIDES))}'
            )
        widths.append(x.shape[1])
    backbone.train()
    return widths
