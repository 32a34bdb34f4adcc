"""Conn and Grad of one 2048 x 2048 matte against a plain scikit-image / scipy port.

The port does what the definition says and what published scripts do: two 9 x 9 convolutions a matte
for Grad, one labelling of the whole picture a level for Conn. Both run on one thread.
"""

import itertools
from functools import partial

import cv2
import numpy as np
import torch

from benchmarks.timing import Row, paired
from sosmatting.exceptions import InputError
from sosmatting.functional.errors import conn, grad

SIDE = 2048
EQUAL = 1e-6


def run(repeats: int) -> list[Row]:
    """Time both errors on one thread; their values have to be equal.

    Raises:
        InputError: scikit-image is not installed.
        RuntimeError: The values differ by more than 1e-6 of the peer's.
    """
    try:
        import skimage.measure  # noqa: F401
    except ImportError as error:
        raise InputError(
            "scikit-image: not installed, the peer needs it; pip install 'sosmatting[bench]'"
        ) from error
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    pred, target = furry_pair(SIDE)
    p, g = torch.from_numpy(pred)[None], torch.from_numpy(target)[None]
    rows = []
    for name, ours, peer in (('Grad', grad, plain_grad), ('Conn', conn, plain_conn)):
        values = ours(p, g).item(), peer(pred, target)
        if abs(values[0] - values[1]) > EQUAL * abs(values[1]):
            raise RuntimeError(f'{name}: ours {values[0]}, peer {values[1]}')
        case = f'{name}, {SIDE} x {SIDE}'
        rows.append(paired(case, partial(ours, p, g), partial(peer, pred, target), repeats))
    return rows


def furry_pair(side: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw a furry body with 1500 hairs, and a blurred and noisy prediction of it.

    Returns:
        Twice (side, side) float64 in [0, 1], on 8-bit levels; half of the picture is touched, a
        quarter of it half-transparent.
    """
    rng = np.random.default_rng(seed)
    canvas = np.zeros((side, side), np.uint8)
    middle, half = np.array([0.5, 0.55]) * side, np.array([0.28, 0.36]) * side
    axes, centre = half.astype(int).tolist(), middle.astype(int).tolist()
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    along = np.linspace(0, 1, 12)[:, None]
    for _ in range(1500):
        angle = rng.uniform(0, 2 * np.pi)
        outward = np.array([np.cos(angle), np.sin(angle)])
        bend = rng.normal(0, 0.02 * side, 2)
        path = middle + outward * half * 0.95 + outward * side * rng.uniform(0.05, 0.15) * along
        points = np.round((path + bend * along**2) * 16).astype(np.int32)
        shade = int(rng.integers(80, 256))
        cv2.polylines(canvas, [points], False, shade, 1, cv2.LINE_AA, 4)
    target = cv2.GaussianBlur(canvas, (0, 0), 0.8)
    band = cv2.GaussianBlur(((target > 0) & (target < 255)).astype(np.float64), (0, 0), 3)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (side, side)), (0, 0), 6) * 240
    pred = cv2.GaussianBlur(target, (0, 0), 1.5) + noise * band
    return np.clip(pred, 0, 255).round() / 255, target / 255


def plain_grad(pred: np.ndarray, target: np.ndarray) -> float:
    """Sum Grad's error by two-dimensional convolutions: (H, W) float64 twice -> raw error."""
    from scipy import ndimage

    places = np.arange(-4, 5)
    bell = np.exp(-(places**2) / (2 * 1.4**2))
    kernel = np.outer(bell, places * bell)
    kernel /= np.sqrt((kernel**2).sum())
    amplitudes = []
    for alpha in (pred, target):
        along_x = ndimage.convolve(alpha, kernel, mode='nearest')
        along_y = ndimage.convolve(alpha, kernel.T, mode='nearest')
        amplitudes.append(np.sqrt(along_x**2 + along_y**2))
    return float(((amplitudes[0] - amplitudes[1]) ** 2).sum())


def plain_conn(pred: np.ndarray, target: np.ndarray) -> float:
    """Sum Conn's error, one labelling a level: (H, W) float64 twice -> raw error.

    Masks are whole numbers, as in the Python ports that matting repositories share; of bools
    scikit-image labels faster, and the ratio is then about two thirds.
    """
    from skimage.measure import label

    levels = np.arange(11) / 10  # linspace has 0.6 one bit too high
    held = np.full(pred.shape, -1.0)
    for before, level in itertools.pairwise(levels):
        shared = (pred >= level).astype(int) * (target >= level).astype(int)
        labels = label(shared, connectivity=1)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        if not sizes.any():
            break
        largest = labels == sizes.argmax()
        held[(held == -1) & ~largest] = before
    held[held == -1] = 1
    phi = []
    for alpha in (pred, target):
        distance = alpha - held
        phi.append(1 - distance * (distance >= 0.15))
    return float(np.abs(phi[0] - phi[1]).sum())
