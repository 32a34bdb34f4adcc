"""The network as ``torch.compile`` makes it, for all sizes at once, against the network as it is.

Backbone, pyramid, head and low-level module are compiled as one, with dynamic shapes. The cold
start is the first call ever, at the first size, and then the first at every other size.
"""

import os
import shutil

import torch

from benchmarks.peers import build_ours, draw_image
from benchmarks.timing import CPU, Row, paired, seconds_of
from sosmatting.exceptions import InputError

SIZES = ((640, 640), (800, 1344))
BACKEND = 'inductor'
COMPILERS = ('g++', 'clang++', 'c++')


def run(repeats: int, device: torch.device = CPU) -> list[Row]:
    """Time first and later calls; the outputs have to be equal up to rounding.

    Raises:
        InputError: There is no C++ compiler.
        RuntimeError: The outputs differ by more than 1e-3 of the largest.
    """
    if BACKEND == 'inductor' and not has_compiler():
        raise InputError('compile: no C++ compiler (g++, clang++ or CXX) is here; install one')
    model = build_ours().to(device).eval()
    torch._dynamo.reset()
    compiled = torch.compile(model._forward, dynamic=True, backend=BACKEND)
    rows = []
    for size in SIZES:
        image = draw_image(size).to(device)

        @torch.inference_mode()
        def ours(image: torch.Tensor = image) -> tuple:
            return compiled(image)

        @torch.inference_mode()
        def peer(image: torch.Tensor = image) -> tuple:
            return model._forward(image)

        case = f'{size[0]} x {size[1]}'
        plain, cold = seconds_of(peer, device), seconds_of(ours, device)
        rows.append(Row(f'{case}: first call', cold, plain, plain / cold))
        check_equal(ours(), peer())
        rows.append(paired(f'{case}: later calls', ours, peer, repeats, device=device))
    return rows


def has_compiler() -> bool:
    """Tell whether a C++ compiler is there, which ``torch.compile`` needs at run time."""
    names = (os.environ['CXX'],) if 'CXX' in os.environ else COMPILERS
    return any(shutil.which(name) for name in names)


def check_equal(found: tuple, plain: tuple) -> None:
    """Compare the outputs of both.

    Raises:
        RuntimeError: One differs by more than 1e-3 of its largest value.
    """
    for ours, theirs in zip(found, plain, strict=True):
        apart = ((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1e-6)).item()
        if apart > 1e-3:
            raise RuntimeError(f'compiled outputs differ by {apart:.2g} of the largest')
