"""Turn a checkpoint into a release file: weights alone, as safetensors, in half precision.

With --config the file says what it is: the config's name, its classes, and a checksum that is
compared whenever it is read. The packaged model was made with

    tools/pack_weights.py work_dirs/soso_mini_twice sosmatting/weights/soso_mini.safetensors \
        --config soso_mini_twice --mean-with FILE --share 0.5

out of the weighted mean of two checkpoints (Wortsman et al., Model soups, ICML 2022). --second-look
puts a first look that was trained by itself before the second look of another file.

Backbones of torchvision get the names of mmdet's. The packaged MobileNetV2 was made with

    tools/pack_weights.py mobilenet_v2-b0353104.pth \
        sosmatting/weights/mobilenet_v2_imagenet.safetensors
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import safetensors.torch
import torch

from sosmatting.checkpoints import read_checkpoint
from sosmatting.engine.launch import load_config
from sosmatting.exceptions import InputError, run
from sosmatting.files import write_bytes
from sosmatting.pretrained import rename_mobilenet_v2
from sosmatting.release import release_metadata

SECOND = 'second_look.'


def tensors_of(path: str) -> dict[str, torch.Tensor]:
    """Read the weights of a checkpoint."""
    stored = read_checkpoint(path)['state_dict']
    return {key: value for key, value in stored.items() if isinstance(value, torch.Tensor)}


def mean_of(
    weights: Mapping[str, torch.Tensor],
    others: Mapping[str, torch.Tensor],
    share: float,
    names: str,
) -> dict[str, torch.Tensor]:
    """Average the weights of two checkpoints of one network; counters are the first one's.

    Args:
        weights: Of one.
        others: Of the other, which counts ``share``, 0 to 1.
        share: See ``others``.
        names: What errors call the two.

    Raises:
        InputError: They are not of one network.
    """
    shapes = [{key: value.shape for key, value in each.items()} for each in (weights, others)]
    if shapes[0] != shapes[1]:
        wrong = min(key for key, _ in shapes[0].items() ^ shapes[1].items())
        raise InputError(f'{names}: not of one network, see {wrong}; give two that are')
    return {
        key: value.float().lerp(others[key].float(), share) if value.is_floating_point() else value
        for key, value in weights.items()
    }


def joined(
    first: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor], names: tuple[str, str]
) -> dict[str, torch.Tensor]:
    """Join a first look with the second look of another checkpoint.

    Args:
        first: The weights of the one, whose second look, where it has one, is left out.
        other: Those of the other, whose first look is left out.
        names: What errors call the two.

    Raises:
        InputError: The other has no second look.
    """
    own = {key: value for key, value in first.items() if not key.startswith(SECOND)}
    second = {key: value for key, value in other.items() if key.startswith(SECOND)}
    for weights, name, look in ((own, names[0], 'first'), (second, names[1], 'second')):
        if not weights:
            raise InputError(f'{name}: has no {look} look; name weights that have one')
    return own | second


def main(argv: Sequence[str] | None = None) -> int:
    """Read, rename, halve, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='a .pth or .safetensors file')
    parser.add_argument('out', help='the .safetensors file to write')
    parser.add_argument('--config', help='whose weights they are, for a model to be released')
    parser.add_argument('--mean-with', metavar='FILE', help='another of the same network')
    parser.add_argument('--share', type=float, default=0.5, help='of FILE in the mean (0.5)')
    parser.add_argument(
        '--second-look', metavar='FILE', help='take the second look, and the third, of this one'
    )
    parser.add_argument('--full', action='store_true', help='keep float32')
    args = parser.parse_args(argv)
    weights = tensors_of(args.checkpoint)
    if not 0 <= args.share <= 1:
        raise InputError(f'--share {args.share}: give 0 to 1')
    if args.mean_with:
        names = f'{args.checkpoint}, {args.mean_with}'
        weights = mean_of(weights, tensors_of(args.mean_with), args.share, names)
    if args.second_look:
        second = tensors_of(args.second_look)
        weights = joined(weights, second, (args.checkpoint, args.second_look))
    if any(key.startswith('features.') for key in weights):
        weights = rename_mobilenet_v2(weights)
    packed = {
        key: (value if args.full or not value.is_floating_point() else value.half()).contiguous()
        for key, value in weights.items()
    }
    about = {'format': 'pt'}
    if args.config:
        classes = load_config(args.config).metainfo['classes']
        about = release_metadata(packed, Path(args.config).stem, classes)
    write_bytes(args.out, safetensors.torch.save(packed, about))
    print(f'{args.out}: {len(packed)} tensors')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
