"""Alpha as the chance that a random walk over the photo ends in what is known to be opaque.

Grady et al., "Random walks for interactive alpha-matting", VIIP 2005. pymatting has it too, but
divides the rows of the system by their sums, so that it is not symmetric, and conjugate gradients,
which ask for that, end on some processors and not on others. Letters: H W pixels, U unknown ones.
"""

import numpy as np
from scipy import sparse

from sosmatting.functional.trimap import UNKNOWN

STEEPNESS = 900.0  # of a step's chance by the distance of two colours in [0, 1]^3, pymatting's
LEAST = 1e-8  # what is cut off from all that is known gets 0
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # and back: eight neighbours


def random_walk_alpha(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Solve the unknown region of a trimap; pymatting's incomplete Cholesky factors help.

    Args:
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8 of 0, 128 and 255.

    Returns:
        (H, W) float64 alpha in [0, 1]; 0 and 1 where the trimap says so.

    Raises:
        ValueError: No solution was found.
    """
    import pymatting

    unknown = (trimap == UNKNOWN).ravel()
    alpha = np.where(trimap == UNKNOWN, 0.0, trimap / 255.0)
    chances = step_chances(image)[unknown]
    matrix = sparse.diags(chances.sum(1).A1 + LEAST) - chances[:, unknown]
    wanted = chances[:, ~unknown] @ alpha.ravel()[~unknown]
    matrix = sparse.csc_matrix(matrix)
    found = pymatting.cg(matrix, wanted, M=pymatting.ichol(matrix))
    alpha.ravel()[unknown] = np.clip(found, 0, 1)
    return alpha


def step_chances(image: np.ndarray) -> sparse.csr_matrix:
    """Weigh the steps between neighbours by how alike they are: (H W, H W), symmetric."""
    height, width = image.shape[:2]
    colours = image.reshape(-1, 3) / 255.0
    places = np.arange(height * width).reshape(height, width)
    starts, ends = [], []
    for down, right in STEPS:
        rows = places[: height - down]
        left, over = max(0, -right), max(0, right)
        starts.append(rows[:, left : width - over].ravel())
        ends.append(places[down:, over : width - left].ravel())
    one, other = np.concatenate(starts), np.concatenate(ends)
    weights = np.exp(-STEEPNESS * np.square(colours[one] - colours[other]).sum(1))
    half = sparse.csr_matrix((weights, (one, other)), shape=(len(colours), len(colours)))
    return half + half.T
