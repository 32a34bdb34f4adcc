"""One soft alpha matte per object, from one photo: instance matting.

``from sosmatting import Matter`` loads what it needs when it is asked for, so that the command's
``--help`` is instant.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sosmatting.mmcv_ext import ensure_mmcv_ext

if TYPE_CHECKING:
    from sosmatting.apis import Matter, PhotoMattes
    from sosmatting.exceptions import InputError
    from sosmatting.export import SaveOptions
    from sosmatting.mattes import Mattes

__version__ = '0.1.0'
__all__ = ['InputError', 'Matter', 'Mattes', 'PhotoMattes', 'SaveOptions', '__version__']

# Public name -> the module that has it.
LAZY = {
    'InputError': 'sosmatting.exceptions',
    'Matter': 'sosmatting.apis',
    'Mattes': 'sosmatting.mattes',
    'PhotoMattes': 'sosmatting.apis',
    'SaveOptions': 'sosmatting.export',
}

ensure_mmcv_ext()


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(LAZY[name]), name)
