"""Run a named benchmark: ours and a peer side by side, in turns, in one process."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sosmatting.exceptions import InputError, run

if TYPE_CHECKING:
    import torch

NAMES = {
    'checkpointing': 'a training step that recomputes activations; peer: one that keeps them',
    'compile': 'the network compiled by torch, cold start and steady; peer: as it is',
    'data': 'scenes composed on the fly, per second and worker; peer: a plain composition',
    'export': 'a 4K photo with 20 mattes into files: time, memory; peer: plain use of the writers',
    'gpu': "photos a second in bfloat16, training, slowest kernels; peer: mmdet's SOLOv2",
    'limit': "a whole prediction; peers: its convolutions alone, and the machine's peak rate",
    'lowlevel': 'a prediction with the low-level module; peer: without it',
    'metrics': 'Grad and Conn on a 2048 x 2048 matte; peer: a plain scikit-image / scipy port',
    'postprocess': "the head's outputs to mattes of 640 x 640; peer: mmdet's SOLOv2, hard masks",
    'precision': "a prediction in bfloat16; peers: in float32, mmdet's SOLOv2 in float32",
    'predict': "image to mattes at the photo's size; peer: mmdet's SOLOv2, hard masks",
    'scale': 'more instances, larger photos, more photos; peer: linear growth',
    'targets': "cells and targets of an 800 x 1344 image; peer: mmdet's SOLOv2",
    'train': "a training step of a mixed batch; peer: mmdet's SOLOv2",
}
"""Each is a module ``benchmarks.NAME`` with ``run(repeats) -> list[Row]``."""
HOST_ONLY = ('data', 'export', 'metrics', 'scale')
"""The others' ``run`` takes a second argument, the device."""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='\n'.join(
            ['benchmarks:', *(f'  {name:<13} {text}' for name, text in NAMES.items())]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('name', metavar='NAME', help='which benchmark')
    parser.add_argument('--repeats', type=int, default=5, help='rounds that count (5)')
    parser.add_argument(
        '--device',
        default='auto',
        metavar='auto|cpu|cuda|cuda:N',
        help='where the networks run (auto: a GPU where there is one)',
    )
    parser.add_argument('--json', metavar='FILE', help='write the medians')
    return parser.parse_args(argv)


def device_for(name: str, asked: str) -> 'torch.device':
    """Choose where a benchmark runs.

    Raises:
        InputError: The device asked for is not there, or the benchmark is not for it.
    """
    from sosmatting.apis.device import choose_device

    if name in HOST_ONLY:
        if asked not in ('auto', 'cpu'):
            raise InputError(f'--device {asked}: {name} measures the host only; leave it out')
        return choose_device('cpu')
    device = choose_device(asked)
    if name == 'gpu' and asked == 'auto' and device.type == 'cpu':
        raise InputError('gpu: torch sees no GPU here; --device cpu would measure the host instead')
    return device


def main(argv: Sequence[str] | None = None) -> int:
    """Time, print, write."""
    args = parse(argv)
    if args.name not in NAMES:
        raise InputError(f'{args.name}: no such benchmark; use one of {", ".join(sorted(NAMES))}')
    if args.repeats < 1:
        raise InputError(f'--repeats {args.repeats}: give 1 or more')
    from benchmarks.timing import commit, machine

    from sosmatting.files import write_json

    device = device_for(args.name, args.device)
    where = () if args.name in HOST_ONLY else (device,)
    rows = importlib.import_module(f'benchmarks.{args.name}').run(args.repeats, *where)
    place = machine(device)
    print(f'{args.name}: medians of {args.repeats} rounds, {place}, commit {commit()}')
    print(f'{"case":<36} {"ours":>12} {"peer":>12} {"peer / ours":>12}')
    for row in rows:
        ours, peer = (f'{value:.4g} {row.unit}' for value in (row.ours, row.peer))
        print(f'{row.case:<36} {ours:>12} {peer:>12} {row.ratio:>11.2f}x')
    if args.json is not None:
        content = {'name': args.name, 'commit': commit(), 'machine': place}
        write_json(args.json, content | {'rows': [asdict(row) for row in rows]})
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
