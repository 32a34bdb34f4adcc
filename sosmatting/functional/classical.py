"""The classical methods for a given trimap, behind one signature.

Five solve a large linear system, four of them in pymatting, which solves for the random walk, too
(an extra of this package, imported when first used: its compiler takes a minute once); Bayesian
matting is ours. Letters: H W pixels.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from sosmatting.exceptions import InputError, one_line
from sosmatting.functional.bayesian import bayesian_alpha
from sosmatting.functional.random_walk import random_walk_alpha
from sosmatting.functional.trimap import UNKNOWN, check_trimap

CLASSICAL: Mapping[str, str] = MappingProxyType(
    {
        'closed-form': 'Levin et al., PAMI 2008',
        'knn': 'Chen et al., PAMI 2013',
        'large-kernel': 'He et al., CVPR 2010',
        'learning-based': 'Zheng and Kambhamettu, ICCV 2009',
        'random-walk': 'Grady et al., VIIP 2005',
        'bayesian': 'Chuang et al., CVPR 2001',
    }
)
"""The methods and where they were published."""
LARGE_KERNEL = 10  # radius of large-kernel's windows in pixels, pymatting's default
LEAST_SIDE = 5
_IN_PYMATTING = {
    'closed-form': 'estimate_alpha_cf',
    'knn': 'estimate_alpha_knn',
    'large-kernel': 'estimate_alpha_lkm',
    'learning-based': 'estimate_alpha_lbdm',
}


def check_available(method: str) -> None:
    """Find out before any work whether a classical method can run here.

    Raises:
        InputError: The method is unknown, or pymatting, which it needs, is not installed.
    """
    if method not in CLASSICAL:
        raise InputError(f'method {method!r}: use one of {", ".join(CLASSICAL)}')
    if method != 'bayesian' and importlib.util.find_spec('pymatting') is None:
        raise InputError(
            f"method {method}: needs pymatting; pip install 'sosmatting[trimap]', or take bayesian"
        )


def classical_alpha(image: np.ndarray, trimap: np.ndarray, method: str) -> np.ndarray:
    """Solve the unknown region of a trimap by a classical method.

    Args:
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8 of 0, 128 and 255, all three.
        method: One of :data:`CLASSICAL`.

    Returns:
        (H, W) float32 alpha in [0, 1]; exactly 0 and 1 where the trimap says so.

    Raises:
        InputError: The trimap cannot be worked with (:func:`check_trimap`), the method is unknown,
            pymatting is not installed, or the method finds no solution.
    """
    check_trimap(trimap, image.shape[:2])
    if method == 'bayesian':
        return bayesian_alpha(image, trimap)
    check_available(method)
    import pymatting

    _silence()

    known = np.where(trimap == UNKNOWN, 0.5, trimap / 255.0)
    side = min(trimap.shape)
    if side < LEAST_SIDE:
        raise InputError(f'method {method}: needs {LEAST_SIDE} x {LEAST_SIDE} pixels or more')
    options = {}
    if method == 'large-kernel':  # its windows have to fit twice
        options['laplacian_kwargs'] = {'radius': min(LARGE_KERNEL, (side - 1) // 4)}
    try:
        if method == 'random-walk':
            alpha = random_walk_alpha(image, trimap)
        else:
            alpha = getattr(pymatting, _IN_PYMATTING[method])(image / 255.0, known, **options)
    except ValueError as error:
        raise InputError(
            f'method {method}: found no solution ({one_line(error)}); take another method or a '
            'narrower unknown region'
        ) from error
    if not np.isfinite(alpha).all():
        raise InputError(f'method {method}: the solution is not finite; take another method')
    return np.where(trimap == UNKNOWN, np.clip(alpha, 0, 1), known).astype(np.float32)


def _silence() -> None:
    """Keep pymatting from printing: that it takes another shift is no news, and stdout is ours."""
    factorisation = importlib.import_module('pymatting.preconditioner.ichol')
    vars(factorisation)['print'] = lambda *_: None
