"""Bayesian matting: the most likely alpha of each unknown pixel, from the colours around it.

Chuang et al., "A Bayesian Approach to Digital Matting", CVPR 2001. The unknown region is solved
from its edge inwards, a whole front of pixels at a time.

Letters: H W pixels of the image, K pixels of a front, S colour samples of a pixel, P pairs of a
foreground and a background cluster. Colours are in [0, 1].
"""

from dataclasses import dataclass

import cv2
import numpy as np

from sosmatting.functional.colour_clusters import (
    Clusters,
    clusters_of,
    dot,
    solve_symmetric,
    times,
)
from sosmatting.functional.trimap import BACKGROUND, FOREGROUND, UNKNOWN

CHUNK = 2048  # pixels solved at once: some 10 MB of samples
FAINT = 1e-3  # a sample of less opacity says nothing


@dataclass(frozen=True)
class BayesianOptions:
    """The constants of the method.

    Attributes:
        window: Side of the neighbourhood in samples (odd).
        sigma: Standard deviation of the neighbourhood's Gaussian weights, in samples.
        noise: Standard deviation of the camera's noise.
        min_samples: With fewer samples than this, the same window is laid out twice as wide.
        widest: The largest spacing of samples in pixels; then the whole image serves.
        min_variance: A cluster of a larger variance along its longest axis is split.
        max_clusters: Clusters of each side at most.
        iterations: Rounds of solving for the two colours, then for alpha.
    """

    window: int = 25
    sigma: float = 8.0
    noise: float = 0.01
    min_samples: int = 10
    widest: int = 8
    min_variance: float = 0.01
    max_clusters: int = 3
    iterations: int = 16


@dataclass
class _State:
    """What is known so far, in a frame padded by ``margin`` pixels.

    Attributes:
        samples: 1 and the foreground's or background's colour, (2, H W, 4) float32.
        weights: What a sample of either counts by its opacity, (2, H W) float32.
        alpha: (H W,) float32.
        solved: (H, W) bool.
    """

    samples: np.ndarray
    weights: np.ndarray
    alpha: np.ndarray
    solved: np.ndarray


def bayesian_alpha(
    image: np.ndarray, trimap: np.ndarray, options: BayesianOptions | None = None
) -> np.ndarray:
    """Solve the unknown region of a trimap.

    Args:
        image: (H, W, 3) uint8 RGB.
        trimap: (H, W) uint8 of 0, 128 and 255; 0 and 255 both occur.
        options: The constants of the method.

    Returns:
        (H, W) float32 alpha in [0, 1]; exactly 0 and 1 where the trimap says so.
    """
    options = options or BayesianOptions()
    margin = options.window // 2 * options.widest
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode='edge')
    colours = padded.reshape(-1, 3).astype(np.float32) / 255
    samples = np.concatenate([np.ones_like(colours[:, :1]), colours], axis=1)
    frame = np.pad(trimap, margin, constant_values=UNKNOWN)
    inside = np.pad(np.ones_like(trimap, bool), margin)
    sides = np.stack([frame == FOREGROUND, frame == BACKGROUND])
    state = _State(
        samples=np.stack([samples, samples]),
        weights=sides.reshape(2, -1).astype(np.float32),
        alpha=sides[0].ravel().astype(np.float32),
        solved=(frame != UNKNOWN) & inside,
    )
    anywhere = np.stack([_spread(np.flatnonzero(side), options.window**2) for side in sides])
    cross = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
    while True:
        front = cv2.dilate(state.solved.astype(np.uint8), cross) > 0
        places = np.flatnonzero(front & ~state.solved & inside)
        if not len(places):
            break
        found = [
            _solve(state, colours[part], part, anywhere, options)
            for part in np.split(places, range(CHUNK, len(places), CHUNK))
        ]
        alpha, pair = (np.concatenate(each) for each in zip(*found, strict=True))
        state.alpha[places] = alpha
        state.samples[:, places, 1:] = pair.transpose(1, 0, 2)
        weights = np.stack([alpha, 1 - alpha]) ** 2
        state.weights[:, places] = np.where(weights < FAINT, 0, weights)
        state.solved.ravel()[places] = True
    result = state.alpha.reshape(frame.shape)
    return result[margin:-margin, margin:-margin].copy()


def _spread(places: np.ndarray, count: int) -> np.ndarray:
    """Take ``count`` places evenly out of a list, repeating them where there are fewer."""
    return places[np.linspace(0, len(places) - 1, count).round().astype(np.int64)]


def _solve(
    state: _State,
    colours: np.ndarray,
    places: np.ndarray,
    anywhere: np.ndarray,
    options: BayesianOptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Solve K pixels whose neighbourhoods are known in part.

    Args:
        state: What is known so far.
        colours: (K, 3) colours of the pixels.
        places: (K,) indices into the flattened padded frame.
        anywhere: (2, S) places all over the image, known foreground and known background.
        options: The constants of the method.

    Returns:
        (K,) alphas, and (K, 2, 3) foreground and background colours.
    """
    width = state.solved.shape[1]
    bell, grid = _window(options)

    def side_clusters(side: int) -> Clusters:
        near, weights = _samples(state, side, places, grid, width, anywhere[side], options)
        samples = state.samples[side][near]
        return clusters_of(samples, weights * bell, options.max_clusters, options.min_variance)

    near = places[:, None] + (grid[:, 0] * width + grid[:, 1])[_centre(options)]
    known = state.solved.ravel()[near]
    guess = (state.alpha[near] * known).sum(1) / np.maximum(known.sum(1), 1)
    return most_likely(
        colours, side_clusters(0), side_clusters(1), guess, options.noise, options.iterations
    )


def _window(options: BayesianOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return the (S,) Gaussian weights and (S, 2) rows and columns of a window."""
    reach = np.arange(options.window) - options.window // 2
    grid = np.stack(np.meshgrid(reach, reach, indexing='ij'), -1).reshape(-1, 2)
    bell = np.exp(-(grid**2).sum(1) / (2 * options.sigma**2)).astype(np.float32)
    return bell, grid


def _centre(options: BayesianOptions) -> np.ndarray:
    """Index the 3 x 3 samples in the middle of a window."""
    middle, side = options.window // 2, options.window
    rows = np.arange(middle - 1, middle + 2)
    return (rows[:, None] * side + rows).ravel()


def _samples(
    state: _State,
    side: int,
    places: np.ndarray,
    grid: np.ndarray,
    width: int,
    anywhere: np.ndarray,
    options: BayesianOptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Find colour samples of one side: near, or farther out until there are enough.

    Returns:
        (K, S) places of samples and their (K, S) weights by opacity.
    """
    samples = np.broadcast_to(anywhere, (len(places), len(anywhere))).copy()
    weights = np.ones(samples.shape, np.float32)
    poor = np.arange(len(places))
    spacing = 1
    while len(poor) and spacing <= options.widest:
        near = places[poor, None] + spacing * (grid[:, 0] * width + grid[:, 1])
        found = state.weights[side][near]
        enough = np.count_nonzero(found, axis=1) >= options.min_samples
        samples[poor[enough]], weights[poor[enough]] = near[enough], found[enough]
        poor, spacing = poor[~enough], 2 * spacing
    return samples, weights


def most_likely(
    colours: np.ndarray,
    front: Clusters,
    back: Clusters,
    guess: np.ndarray,
    noise: float,
    iterations: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Find alpha and the two colours of K pixels, trying every pair of clusters.

    For a given alpha the best colours solve a 6 x 6 linear system (the paper's eq. 9). With
    ``S = a^2 S_F + (1 - a)^2 S_B + noise^2 I``, ``r = C - a m_F - (1 - a) m_B`` and ``v = S^-1 r``
    its solution is ``F = m_F + a S_F v``, ``B = m_B + (1 - a) S_B v``, and the likelihood there is
    ``-r.v / 2``: a 3 x 3 system, and no covariance is ever inverted.

    Args:
        colours: (K, 3) observed colours.
        front: Foreground clusters of every pixel.
        back: Background clusters of every pixel.
        guess: (K,) first alphas in [0, 1].
        noise: Standard deviation of the camera's noise.
        iterations: Rounds of solving for the two colours, then for alpha (eq. 10).

    Returns:
        (K,) float32 alphas in [0, 1], and (K, 2, 3) float32 colours in [0, 1].
    """
    observed = colours.T.astype(np.float64)[:, :, None]
    pairs = front.masses.shape[1] * back.masses.shape[1]
    mean_f, cov_f = _paired(front, 'front')
    mean_b, cov_b = _paired(back, 'back')
    alpha = np.repeat(guess.astype(np.float64)[:, None], pairs, 1)
    diagonal = np.array([1, 1, 1, 0, 0, 0], np.float64)[:, None, None] * noise**2
    for _ in range(iterations):
        rest = 1 - alpha
        residual = observed - alpha * mean_f - rest * mean_b
        total = alpha**2 * cov_f + rest**2 * cov_b + diagonal
        solved = solve_symmetric(total, residual)
        f = mean_f + alpha * times(cov_f, solved)
        b = mean_b + rest * times(cov_b, solved)
        apart = f - b
        alpha = dot(observed - b, apart) / np.maximum(dot(apart, apart), 1e-9)
        alpha = np.clip(alpha, 0, 1)
    rest = 1 - alpha
    residual = observed - alpha * mean_f - rest * mean_b
    solved = solve_symmetric(alpha**2 * cov_f + rest**2 * cov_b + diagonal, residual)
    masses = front.masses[:, :, None] * back.masses[:, None, :]
    likely = np.where(masses.reshape(len(colours), -1) > 0, -dot(residual, solved), -np.inf)
    best = likely.argmax(1)[:, None]
    chosen = [np.take_along_axis(each, best[None], 2)[..., 0].T for each in (f, b)]
    return (
        np.take_along_axis(alpha, best, 1)[:, 0].astype(np.float32),
        np.clip(np.stack(chosen, 1), 0, 1).astype(np.float32),
    )


def _paired(clusters: Clusters, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Lay clusters out for every pair: means (3, K, P) and covariances (6, K, P)."""
    count = clusters.masses.shape[1]
    places = np.arange(count)
    order = np.repeat(places, count) if side == 'front' else np.tile(places, count)
    means = clusters.means.transpose(2, 0, 1)[:, :, order].astype(np.float64)
    return means, clusters.covariances.transpose(2, 0, 1)[:, :, order].astype(np.float64)
