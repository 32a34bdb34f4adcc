"""Backbones that others trained on ImageNet: where their weights are, and their names in mmdet."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from sosmatting.checkpoints import PACKAGED, fetch, read_checkpoint
from sosmatting.exceptions import InputError

IMAGENET_URLS = {
    'resnet18': 'https://download.pytorch.org/models/resnet18-f37072fd.pth',
    'resnet34': 'https://download.pytorch.org/models/resnet34-b627a593.pth',
    'resnet50': 'https://download.pytorch.org/models/resnet50-0676ba61.pth',
    'resnet101': 'https://download.pytorch.org/models/resnet101-63fe2227.pth',
    'vgg16': 'https://download.pytorch.org/models/vgg16-397923af.pth',
    'vgg16_bn': 'https://download.pytorch.org/models/vgg16_bn-6c64b313.pth',
    'mobilenet_v2': 'https://download.pytorch.org/models/mobilenet_v2-b0353104.pth',
}


def imagenet_weights(
    name: str, option: str = 'model.backbone.init_cfg.checkpoint=imagenet:FILE'
) -> dict[str, Tensor]:
    """Find the ImageNet weights of a backbone, under the names of mmdet's backbones.

    Looked for in this order: ``name`` as a file (torchvision's or our own), in the package, and at
    torchvision's address.

    Args:
        name: A file, or one of ``IMAGENET_URLS``.
        option: The option that names another file, for errors.

    Raises:
        InputError: Neither is to be had; the text says where they come from.
    """
    packaged = PACKAGED / f'{name}_imagenet.safetensors'
    if Path(name).suffix:
        weights = read_checkpoint(name)['state_dict']
    elif packaged.is_file():
        weights = read_checkpoint(packaged)['state_dict']
    elif name in IMAGENET_URLS:
        weights = read_checkpoint(fetch(IMAGENET_URLS[name], option))['state_dict']
    else:
        raise InputError(
            f'imagenet:{name}: neither a file nor one of {", ".join(IMAGENET_URLS)}; set '
            f'{option.partition("=")[0]}'
        )
    if 'features.0.0.weight' in weights:
        weights = rename_mobilenet_v2(weights)
    return {key: value.float() for key, value in weights.items() if value.is_floating_point()}


def rename_mobilenet_v2(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give torchvision's MobileNetV2 tensors the names of mmdet's (18 of 19 blocks).

    torchvision numbers its blocks through (``features.0`` to ``features.18``); mmdet has ``conv1``,
    seven ``layer`` groups of 1, 2, 3, 4, 3, 3, 1 blocks, and ``conv2``. The classifier, which mmdet
    has not, is ``classifier``.
    """
    groups = [
        (layer, block) for layer, n in enumerate((1, 2, 3, 4, 3, 3, 1), 1) for block in range(n)
    ]
    renamed = {}
    for key, value in weights.items():
        if key.startswith('classifier.1.'):
            renamed[key.replace('.1.', '.')] = value
        if not key.startswith('features.'):
            continue
        number, rest = key.removeprefix('features.').split('.', 1)
        if number in ('0', '18'):
            conv = 'conv1' if number == '0' else 'conv2'
            part = {'0': 'conv', '1': 'bn'}[rest.split('.')[0]]
            renamed[f'{conv}.{part}.{rest.split(".", 1)[1]}'] = value
            continue
        layer, block = groups[int(number) - 1]
        renamed[f'layer{layer}.{block}.{_inverted_residual(rest, expands=layer > 1)}'] = value
    return renamed


def _inverted_residual(key: str, expands: bool) -> str:
    """Rename a tensor inside a block: ``conv.0.0.weight`` -> ``expand_conv.conv.weight``."""
    _, *steps = key.split('.')
    names = ['expand_conv', 'depthwise_conv'] if expands else ['depthwise_conv']
    place = int(steps[0])
    if place < len(names):
        part = {'0': 'conv', '1': 'bn'}[steps[1]]
        return f'{names[place]}.{part}.{steps[2]}'
    return f'linear_conv.{"conv" if place == len(names) else "bn"}.{steps[1]}'
