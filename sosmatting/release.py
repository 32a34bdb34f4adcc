"""Release files: weights alone as safetensors, with what they are and a checksum of every tensor.

Metadata of a release: ``release`` (number of this form), ``version`` (of sosmatting that packed
it), ``config`` (its name), ``classes`` (JSON list), ``sha256`` (of config, classes and tensors).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from sosmatting import __version__
from sosmatting.exceptions import InputError

RELEASE = 1


def digest(weights: Mapping[str, Tensor], config: str, classes: str) -> str:
    """Compute the SHA-256 of a config's name, its classes, and named tensors in any order."""
    total = hashlib.sha256(f'{config}\n{classes}\n'.encode())
    for name in sorted(weights):
        value = weights[name].detach().cpu().contiguous()
        total.update(f'{name} {value.dtype} {tuple(value.shape)}\n'.encode())
        total.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def release_metadata(
    weights: Mapping[str, Tensor], config: str, classes: Sequence[str]
) -> dict[str, str]:
    """Describe weights that are about to be written."""
    listed = json.dumps(list(classes))
    return {
        'format': 'pt',
        'release': str(RELEASE),
        'version': __version__,
        'config': config,
        'classes': listed,
        'sha256': digest(weights, config, listed),
    }


def read_release(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a safetensors file and, where it is a release, check it.

    Returns:
        The weights, and what a training checkpoint would have as ``meta``.

    Raises:
        InputError: Its form is of a later version, or its checksum is wrong.
        safetensors.SafetensorError: It is cut off, or no safetensors file.
    """
    with safetensors.safe_open(str(path), framework='pt') as file:
        stored = file.metadata() or {}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if 'sha256' not in stored:
        return weights, {}
    if stored.get('release') != str(RELEASE):
        raise InputError(
            f'{path}: weights of release form {stored.get("release")}, made by sosmatting '
            f'{stored.get("version")}; this is {__version__} and reads form {RELEASE}: update it, '
            'or take the weights that came with it'
        )
    config, listed = stored.get('config', ''), stored.get('classes', '')
    if digest(weights, config, listed) != stored['sha256']:
        raise InputError(
            f'{path}: the weights do not match their checksum, the file is damaged or was changed; '
            'install sosmatting again, or copy the file anew'
        )
    try:
        classes = tuple(json.loads(listed))
    except (TypeError, ValueError) as error:
        raise InputError(
            f'{path}: a release without a list of classes; pack it again with tools/pack_weights.py'
        ) from error
    return weights, {'dataset_meta': {'classes': classes}, 'config': config}
