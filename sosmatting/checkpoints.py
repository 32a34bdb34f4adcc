"""Weights in and out of files, without ever running code that a file carries.

Formats: ``.safetensors`` (weights alone), and ``.pth`` as mmengine, mmdet and torchvision write
them, which are read by torch's restricted unpickler.
"""

import collections
import hashlib
import os
import pickle
import re
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sosmatting.exceptions import InputError
from sosmatting.release import read_release

PACKAGED = Path(__file__).parent / 'weights'
# One file holds both looks; the first by itself is a model of its own.
PACKAGED_FILES = {'soso_mini_twice': 'soso_mini'}


def latest_checkpoint(work_dir: str | os.PathLike[str]) -> Path | None:
    """Find the newest ``iter_N.pth`` of a work folder by its number.

    mmengine's own note ``last_checkpoint`` is written after the file, so that a run killed between
    the two would go back further than it needs to.
    """
    numbered = []
    for path in Path(work_dir).glob('iter_*.pth'):
        match = re.fullmatch(r'iter_(\d+)\.pth', path.name)
        if match:
            numbered.append((int(match[1]), path))
    return max(numbered)[1] if numbered else None


def read_checkpoint(path: str | Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read a checkpoint.

    Args:
        path: A file; a work folder, for its newest checkpoint; or an address, which is downloaded
            once into torch's own cache.
        map_location: As for ``torch.load``.

    Returns:
        The file's content, with the weights under ``state_dict`` whatever the format.

    Raises:
        InputError: The file is missing or cut off, is no checkpoint, carries code, or is a release
            whose checksum is wrong.
    """
    path = fetch(str(path)) if str(path).startswith(('http://', 'https://')) else Path(path)
    if path.is_dir():
        newest = latest_checkpoint(path)
        if newest is None:
            raise InputError(f'{path}: a folder without iter_N.pth; train first, or name a file')
        path = newest
    if not path.is_file():
        raise InputError(f'{path}: no such checkpoint file; check the path')
    try:
        if path.suffix == '.safetensors':
            weights, meta = read_release(path)
            return {'state_dict': weights, 'meta': meta}
        with torch.serialization.safe_globals(_harmless()):
            content = torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        asked = re.search(r'GLOBAL (\S+)', str(error))
        raise InputError(
            f'{path}: not a checkpoint, or one that carries code, which is never run'
            f'{f" ({asked[1]})" if asked else ""}; save its state_dict alone, best as .safetensors'
        ) from error
    except InputError:
        raise
    except Exception as error:  # bytes that are no pickle meet errors of any kind
        what = re.split(r'\n|\. ', str(error))[0] if len(str(error)) > 9 else type(error).__name__
        raise InputError(
            f'{path}: the checkpoint cannot be read, it may be cut off or no checkpoint ({what}); '
            'copy or download it again'
        ) from error
    if not isinstance(content, Mapping):
        raise InputError(f'{path}: not a checkpoint, it holds a {type(content).__name__}')
    if 'state_dict' in content:
        return dict(content)
    return {'state_dict': dict(content), 'meta': {}}


def fetch(url: str, option: str = 'load_from=FILE') -> Path:
    """Download a file once into torch's own cache.

    Raises:
        InputError: It is not there yet and its address cannot be reached; the text names the
            ``option`` that points elsewhere.
    """
    file = Path(torch.hub.get_dir()) / 'checkpoints' / url.rsplit('/', 1)[-1]
    if file.is_file():
        return file
    print(f'downloading {url}')
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(file))
    except (urllib.error.URLError, OSError, RuntimeError) as error:
        raise InputError(
            f'{file.name}: the pretrained weights are not here and {url} cannot be reached '
            f'({error}); download that file elsewhere and pass --cfg-options {option}'
        ) from error
    return file


def model_hash(model: nn.Module, *parts: Any) -> str:
    """Tell models apart: a hash of all weights and of what else (by ``repr``) decides."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(repr(part).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def packaged_weights(name: str) -> Path:
    """Find the weights that come with the package for one of its configs.

    Args:
        name: The config's name, ``soso_mini_twice``, or the path of a config of the user's own.

    Raises:
        InputError: There are none for it.
    """
    path = PACKAGED / f'{PACKAGED_FILES.get(name, name)}.safetensors'
    if not path.is_file():
        raise InputError(
            f'{name}: no weights for this config come with the package; name a checkpoint '
            '(--checkpoint): a .pth or .safetensors file, a work folder, or random'
        )
    return path


def _harmless() -> list[Any]:
    """List the plain containers that mmengine stores beside the weights."""
    from mmengine.logging import HistoryBuffer

    dtypes = [type(np.dtype(kind)) for kind in ('f8', 'f4', 'i8', 'i4', 'u1', 'bool')]
    core = np._core.multiarray  # type: ignore[attr-defined]
    return [
        HistoryBuffer,
        (_statistic, 'builtins.getattr'),
        np.ndarray,
        np.dtype,
        core._reconstruct,
        core.scalar,
        (core._reconstruct, 'numpy.core.multiarray._reconstruct'),
        (core.scalar, 'numpy.core.multiarray.scalar'),
        collections.defaultdict,
        *dtypes,
    ]


def _statistic(owner: Any, name: str) -> Any:
    """Stand in for ``getattr``, by which mmengine's log buffers name their four statistics."""
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return getattr(owner, name)
    raise pickle.UnpicklingError(f'the file asks for {owner}.{name}')


@dataclass(frozen=True)
class LoadReport:
    """What of a checkpoint found its place.

    Attributes:
        loaded: Number of tensors taken over.
        new: Keys of the model that the checkpoint does not have; they keep their initial values.
        unused: Keys of the checkpoint that the model does not have.
        reshaped: Keys whose shapes differ; not taken over.
    """

    loaded: int
    new: tuple[str, ...]
    unused: tuple[str, ...]
    reshaped: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f'{self.loaded} tensors loaded']
        for name in ('new', 'unused', 'reshaped'):
            keys = getattr(self, name)
            if keys:
                groups = collections.Counter('.'.join(key.split('.')[:2]) for key in keys)
                listed = ', '.join(f'{group} ({count})' for group, count in groups.items())
                parts.append(f'{len(keys)} {name}: {listed}')
        return '; '.join(parts)


def load_weights(
    model: nn.Module, state_dict: Mapping[str, Tensor], path: str | Path
) -> LoadReport:
    """Give a model the weights whose names and shapes it shares with a checkpoint.

    Args:
        model: Changed in place.
        state_dict: Weights; a leading ``module.`` is dropped, fp16 becomes the model's type.
        path: Named in errors.

    Raises:
        InputError: Fewer than half of the model's tensors would be loaded: another model's
            checkpoint. Modules that call themselves ``published`` do not count.
    """
    given = {key.removeprefix('module.'): value for key, value in state_dict.items()}
    own = model.state_dict()
    # Counters of batches seen say nothing about which model this is.
    names = [key for key in own if not key.endswith('num_batches_tracked')]
    fits = {key: v for key, v in given.items() if key in own and v.shape == own[key].shape}
    reshaped = tuple(key for key in names if key in given and key not in fits)
    report = LoadReport(
        loaded=sum(key in fits for key in names),
        new=tuple(key for key in names if key not in given),
        unused=tuple(key for key in given if key not in own),
        reshaped=reshaped,
    )
    # Nor do parts that are never trained and are the same in every model.
    published = tuple(
        f'{name}.' for name, part in model.named_modules() if getattr(part, 'published', False)
    )
    telling = [key for key in names if not key.startswith(published)]
    if 2 * sum(key in fits for key in telling) < len(telling):
        raise InputError(
            f'{path}: a checkpoint of another model, {report.loaded} of the {len(names)} tensors '
            f'of this config fit ({report}); use the config that it was trained with'
        )
    model.load_state_dict(fits, strict=False)
    return report


def refuse_half_model(report: LoadReport, path: str | Path) -> None:
    """Refuse to predict with a second look that has random weights.

    Raises:
        InputError: The config looks twice, the checkpoint once; or the checkpoint has no namer, or
            a judge that does not say what a matte is worth.
    """
    missing = [key for key in report.new if key.startswith('second_look.')]
    if missing and all(key.startswith('second_look.namer.') for key in missing):
        raise InputError(
            f'{path}: weights of a second look without namer; do without it '
            '(model.second_look.namer=None) or train on from them with this config'
        )
    if missing and all(key.startswith('second_look.worth.') for key in missing):
        raise InputError(
            f'{path}: weights of an earlier second look, whose judge does not say what a matte is '
            "worth; train on from them with this config, or take the package's"
        )
    if missing:
        raise InputError(
            f'{path}: weights of a model that looks once, and this config looks twice; name the '
            'config that they were trained with (soso_mini), or train a second look from them'
        )
