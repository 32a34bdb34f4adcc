"""Turn a checkpoint into a release file: weights alone, as safetensors, in half precision.

With --config the file says what it is: the config's name, its classes, and a checksum that is
compared whenever it is read. The packaged model was made with

    tools/pack_weights.py work_dirs/soso_mini_twice sosmatting/weights/soso_mini.safetensors \
        --config soso_mini_twice

Backbones of torchvision get the names of mmdet's. The packaged MobileNetV2 was made with

    tools/pack_weights.py mobilenet_v2-b0353104.pth \
        sosmatting/weights/mobilenet_v2_imagenet.safetensors
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
import torch

from sosmatting.checkpoints import read_checkpoint, rename_mobilenet_v2
from sosmatting.engine.launch import load_config
from sosmatting.exceptions import run
from sosmatting.files import write_bytes
from sosmatting.release import release_metadata


def main(argv: Sequence[str] | None = None) -> int:
    """Read, rename, halve, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='a .pth or .safetensors file')
    parser.add_argument('out', help='the .safetensors file to write')
    parser.add_argument('--config', help='whose weights they are, for a model to be released')
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
    about = {'format': 'pt'}
    if args.config:
        classes = load_config(args.config).metainfo['classes']
        about = release_metadata(packed, Path(args.config).stem, classes)
    write_bytes(args.out, safetensors.torch.save(packed, about))
    print(f'{args.out}: {len(packed)} tensors')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
