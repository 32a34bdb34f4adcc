"""Let mmdet import where mmcv has no compiled operators.

``mmcv-lite`` carries the Python half of ``mmcv.ops`` but not the compiled module ``mmcv._ext``
behind it, and ``mmdet.models`` imports all of ``mmcv.ops``. No model of this project calls a
compiled operator (focal loss and deformable convolution come from torchvision), so an empty
stand-in is enough to import; calling a missing operator says which one it was and what to install.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

NAME = 'mmcv._ext'


class MissingOperatorError(RuntimeError):
    """A compiled mmcv operator was called, and this installation has none."""


class _StandIn(ModuleType):
    """Stand in for ``mmcv._ext``: every operator can be looked up, none can be called."""

    is_stand_in = True

    def __init__(self) -> None:
        super().__init__(NAME)
        # A spec without a loader: mmengine and mmcv ask for the loader, and its absence tells them
        # (`mmcv_full_available`) that there are no compiled operators; without a spec they fail.
        self.__spec__ = ModuleSpec(NAME, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args: Any, **kwargs: Any) -> NoReturn:
            raise MissingOperatorError(
                f"mmcv's compiled operator '{name}' is not installed (this is mmcv-lite): "
                'install the full mmcv 2.1 with its CUDA/C++ operators, '
                'or use a config without this operator'
            )

        return missing


def has_compiled_operators() -> bool:
    """Tell whether the installed mmcv brings its own compiled operators.

    mmcv itself is not imported for it (that would import torch, and take seconds).
    """
    loaded = sys.modules.get(NAME)
    if loaded is not None:
        return not getattr(loaded, 'is_stand_in', False)
    mmcv = sys.modules.get('mmcv')
    if mmcv is not None:
        folders = list(getattr(mmcv, '__path__', []))
    else:
        spec = importlib.util.find_spec('mmcv')
        folders = list(spec.submodule_search_locations or []) if spec else []
    return PathFinder.find_spec(NAME, folders) is not None


def ensure_mmcv_ext() -> bool:
    """Put a stand-in for ``mmcv._ext`` in place, only where the real module is absent.

    Call it before anything of mmdet is imported; calling it again changes nothing.

    Returns:
        Whether the real compiled operators are there.
    """
    if has_compiled_operators():
        return True
    if NAME not in sys.modules:
        sys.modules[NAME] = _StandIn()
    return False
