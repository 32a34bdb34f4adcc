"""Turn a checkpoint into a release file: weights alone, as safetensors, in half precision.

Backbones of torchvision get the names of mmdet's. The packaged MobileNetV2 was made with

    tools/pack_weights.py mobilenet_v2-b0353104.pth \
        sosmatting/weights/mobilenet_v2_imagenet.safetensors
"""

import argparse
import sys
from collections.abc import Sequence

import safetensors.torch
import torch

from sosmatting.checkpoints import read_checkpoint, rename_mobilenet_v2
from sosmatting.exceptions import run
from sosmatting.files import write_bytes


def main(argv: Sequence[str] | None = None) -> int:
    """Read, rename, halve, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='a .pth or .safetensors file')
    parser.add_argument('out', help='the .safetensors file to write')
    parser.add_argument('--full', action='store_true', help='keep float32')
    args = parser.parse_args(argv)
    weights = read_checkpoint(args.checkpoint)['state_dict']
    if any(key.startswith('features.') for key in weights):
        weights = rename_mobilenet_v2(weights)
    packed = {
        key: (value if args.full or not value.is_floating_point() else value.half()).contiguous()
        for key, value in weights.items()
        if isinstance(value, torch.Tensor)
    }
    write_bytes(args.out, safetensors.torch.save(packed, {'format': 'pt'}))
    print(f'{args.out}: {len(packed)} tensors')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
