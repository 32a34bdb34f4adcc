"""Look an installation over: what is there, what is missing, and what to do about it."""

import importlib
import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sosmatting import __version__
from sosmatting.config_files import DEFAULT_MODEL, find_config
from sosmatting.exceptions import one_line
from sosmatting.mmcv_ext import has_compiled_operators

REINSTALL = "run 'pip install .' in the checkout again"
# Module -> the distributions that may bring it.
PACKAGES = {
    'torch': ('torch',),
    'torchvision': ('torchvision',),
    'mmengine': ('mmengine',),
    'mmcv': ('mmcv-lite', 'mmcv'),
    'mmdet': ('mmdet',),
    'numpy': ('numpy',),
    'cv2': ('opencv-python', 'opencv-python-headless', 'opencv-contrib-python'),
}
DATA_SETS = ('coco', 'sofi200', 'sample')


@dataclass(frozen=True)
class Finding:
    """One line of the report; a finding with a ``remedy`` is a fault."""

    text: str
    remedy: str = ''


def examine(device: str = 'auto') -> int:
    """Print the report.

    Args:
        device: Where the forward pass runs.

    Returns:
        0, or 1 where there is a fault; each fault is printed with its remedy.
    """
    print(f'sosmatting {__version__}, Python {platform.python_version()}, {platform.platform()}')
    faults = 0
    steps: list[Callable[[], Iterator[Finding]]] = [packages, operators, devices, data_sets]
    for step in [*steps, lambda: forward_pass(device)]:
        for finding in step():
            faults += bool(finding.remedy)
            print(f'{"FAULT" if finding.remedy else "ok":<6}{finding.text}')
            if finding.remedy:
                print(f'      -> {finding.remedy}')
    print('all is well' if not faults else f'{faults} to repair')
    return int(bool(faults))


def packages() -> Iterator[Finding]:
    """Import each package that is needed and compare its version with the tested ones."""
    bounds = _tested_versions()
    for module, distributions in PACKAGES.items():
        try:
            version = str(importlib.import_module(module).__version__)
        except ModuleNotFoundError as error:
            yield Finding(f'{module}: {one_line(error)}', f'pip install {distributions[0]}')
        except Exception as error:
            yield Finding(f'{module}: does not import ({one_line(error)})', _import_remedy(module))
        else:
            wanted = next((bounds[name] for name in distributions if name in bounds), None)
            if wanted is None or wanted.contains(version.split('+')[0], prereleases=True):
                yield Finding(f'{module} {version}')
            else:
                remedy = f"pip install '{distributions[0]}{wanted}'"
                yield Finding(f'{module} {version}: tested with {wanted}', remedy)


def operators() -> Iterator[Finding]:
    """Tell whether mmcv has compiled operators; none of our models needs one."""
    try:
        importlib.import_module('mmdet.models')
    except Exception as error:
        yield Finding(f'mmdet.models: does not import ({one_line(error)})', REINSTALL)
        return
    here = 'present' if has_compiled_operators() else 'absent'
    yield Finding(f"mmcv's compiled operators: {here} (not needed)")


def devices() -> Iterator[Finding]:
    """Name the device that a model would run on."""
    if 'torch' not in sys.modules:
        return
    import torch

    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            memory = torch.cuda.get_device_properties(i).total_memory / 2**30
            yield Finding(f'device cuda:{i}: {torch.cuda.get_device_name(i)}, {memory:.0f} GiB')
    elif torch.backends.mps.is_available():
        yield Finding('device mps')
    else:
        yield Finding(f'device cpu: no GPU was found, {torch.get_num_threads()} threads')


def data_sets() -> Iterator[Finding]:
    """Look for the annotation files of the data sets below the current folder."""
    for name in DATA_SETS:
        folder = Path('data') / name
        patterns = ('*.json', 'annotations/*.json', '*/annotations/*.json')
        found = sorted(path for pattern in patterns for path in folder.glob(pattern))
        names = ', '.join(path.relative_to(folder).as_posix() for path in found)
        absent = 'no annotations here (only training and evaluation need it; see data/README.md)'
        yield Finding(f'{folder}: {names or absent}')


def forward_pass(device: str = 'auto') -> Iterator[Finding]:
    """Matte one picture with the shipped model, whose checksum is compared as well."""
    start = time.perf_counter()
    try:
        import numpy as np

        from sosmatting.apis import Matter

        photo = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
        matter = Matter(str(find_config(DEFAULT_MODEL)), None, device)
        mattes = matter(photo)
        if mattes.alphas.shape[1:] != photo.shape[:2]:
            raise RuntimeError(f'mattes of {mattes.alphas.shape[1:]} for a {photo.shape[:2]} photo')
    except Exception as error:
        text = f'forward pass of {DEFAULT_MODEL}: {type(error).__name__}: {one_line(error)}'
        yield Finding(text, f'repair what is named above, or {REINSTALL}')
        return
    seconds = time.perf_counter() - start
    yield Finding(f'forward pass of {DEFAULT_MODEL}, shipped weights: {seconds:.1f} s with loading')


def _tested_versions() -> dict:
    """Map distributions to the version bounds of setup.py; empty where we are not installed."""
    try:
        from packaging.requirements import Requirement

        lines = importlib.metadata.requires('sosmatting') or []
    except (ImportError, importlib.metadata.PackageNotFoundError):
        return {}
    wanted = [Requirement(line) for line in lines]
    return {item.name: item.specifier for item in wanted if item.marker is None}


def _import_remedy(module: str) -> str:
    """Say how to repair a package that is there and does not import."""
    if module == 'cv2':
        return (
            'apt-get install libgl1 libglib2.0-0, or pip install opencv-python-headless '
            'in place of opencv-python'
        )
    return REINSTALL
