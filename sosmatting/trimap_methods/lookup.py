"""Methods that solve a trimap, by name: classical ones and networks behind one signature."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.functional.classical import CLASSICAL, check_available, classical_alpha

TrimapMethod = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(H, W, 3) uint8 RGB and (H, W) uint8 of 0, 128, 255 -> (H, W) float32 in [0, 1].

What the trimap marks as known is exactly 0 or 1 in the result. Raises ``InputError`` for a trimap
that the method cannot work with.
"""
SHORT: Mapping[str, str] = MappingProxyType(
    {'cf': 'closed-form', 'lkm': 'large-kernel', 'lbdm': 'learning-based', 'rw': 'random-walk'}
)
NETWORKS: Mapping[str, str] = MappingProxyType(
    {'dim': 'trimap/dim_stage3', 'gca': 'trimap/gca', 'indexnet': 'trimap/indexnet'}
)
"""The networks and the configs that they take where none is named."""
NAMES = (*CLASSICAL, *NETWORKS)


def build_method(
    name: str,
    checkpoint: str | Path | None = None,
    config: str | None = None,
    device: str = 'auto',
    tile: int | None = None,
) -> TrimapMethod:
    """Make a method ready.

    Args:
        name: One of :data:`NAMES`, or a short form of :data:`SHORT`.
        checkpoint: The weights of a network.
        config: The config of a network, where it is not the one of :data:`NETWORKS`.
        device: Where a network runs.
        tile: Side of the tiles in which a network takes large photos.

    Raises:
        InputError: The name is unknown, what the method needs is not installed, a network comes
            without a checkpoint, a classical method with one, or see
            :class:`~sosmatting.trimap_methods.network.NetworkMethod`.
    """
    name = SHORT.get(name, name)
    if name in CLASSICAL:
        if (checkpoint, config, tile) != (None, None, None):
            raise InputError(
                f'method {name}: takes no checkpoint, no config and no tiles; leave them out'
            )
        check_available(name)
        return lambda image, trimap: classical_alpha(image, trimap, name)
    if name not in NETWORKS:
        raise InputError(f'method {name!r}: use one of {", ".join(NAMES)}')
    if checkpoint is None:
        raise InputError(
            f'method {name}: a network needs its weights, and none come with the package; name a '
            f'checkpoint (train one with tools/train.py {NETWORKS[name]}), or take closed-form'
        )
    from sosmatting.trimap_methods.network import NetworkMethod

    return NetworkMethod(config or NETWORKS[name], checkpoint, device, tile=tile)


def fingerprint_of(method: TrimapMethod) -> str:
    """Tell networks of one name apart; ``''`` for a method without weights."""
    return str(getattr(method, 'fingerprint', ''))
