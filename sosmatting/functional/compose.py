"""Lay mattes over each other: what stays visible of each, and the photo that they make.

Letters: N instances, H W pixels. Instances come **back to front**: the last one is nearest. Alphas
are float in [0, 1]; an instance's *own* alpha ignores the others, its *visible* alpha is its share
of a pixel's light.
"""

import cv2
import numpy as np


def visible_alphas(alphas: np.ndarray) -> np.ndarray:
    """Turn the mattes that instances have of their own into the mattes that the photo shows.

    ``visible_k = alpha_k * prod over the instances j in front of k of (1 - alpha_j)``: together
    with the background's share, ``prod over all j of (1 - alpha_j)``, they sum to 1 everywhere.

    Args:
        alphas: (N, H, W) in [0, 1], each of its own, back to front.

    Returns:
        (N, H, W) in [0, 1], of the type of ``alphas``.
    """
    visible = np.empty_like(alphas)
    passed = np.ones_like(alphas, shape=alphas.shape[1:])
    for index in reversed(range(len(alphas))):
        visible[index] = alphas[index] * passed
        passed = passed * (1 - alphas[index])
    return visible


def background_share(alphas: np.ndarray) -> np.ndarray:
    """Tell the background's share of every pixel: (N, H, W) own alphas -> (H, W) in [0, 1]."""
    return np.prod(1 - alphas, axis=0)


def composite(colours: np.ndarray, visible: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Add up a photo: ``sum_k visible_k * colour_k + (1 - sum_k visible_k) * background``.

    Args:
        colours: (N, H, W, 3) foreground colours in [0, 1], not multiplied by alpha.
        visible: (N, H, W) visible alphas in [0, 1] (:func:`visible_alphas`).
        background: (H, W, 3) in [0, 1].

    Returns:
        (H, W, 3) in [0, 1].
    """
    share = 1 - visible.sum(0)
    return (colours * visible[..., None]).sum(0) + share[..., None] * background


def within_one(alphas: np.ndarray, changeable: np.ndarray) -> np.ndarray:
    """Scale what may change so that the mattes of a pixel sum to at most 1.

    Args:
        alphas: (N, ...) in [0, 1].
        changeable: (N, ...) bool: which of them may change.

    Returns:
        (N, ...); where what may not change exceeds 1 already, the rest is 0.
    """
    fixed = np.where(changeable, 0, alphas).sum(0)
    free = np.where(changeable, alphas, 0)
    room = np.clip(1 - fixed, 0, None)
    factor = np.minimum(1, room / np.maximum(free.sum(0), 1e-9))
    return np.where(changeable, free * factor, alphas)


def over(front: np.ndarray, alpha: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Lay (H, W, 3) ``front`` with opacity (H, W) ``alpha`` over (H, W, 3) ``back``."""
    return alpha[..., None] * front + (1 - alpha[..., None]) * back


def foreground_colours(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Estimate an object's own colours where it shares its pixels with the background.

    Blur fusion: foreground and background are the alpha-weighted means of a neighbourhood, wide
    and then narrow, and what they leave unexplained goes to the foreground (Forte, "Approximate
    Fast Foreground Colour Estimation", ICIP 2021).

    Args:
        image: (H, W, 3) float32 in [0, 1].
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 3) float32 in [0, 1]; equal to ``image`` where alpha is 1.
    """
    share = alpha[..., None]
    front, back = image, image
    for reach in (91, 7):
        weight = cv2.blur(alpha, (reach, reach))[..., None]
        near = cv2.blur(front * share, (reach, reach)) / (weight + 1e-5)
        back = cv2.blur(back * (1 - share), (reach, reach)) / (1 - weight + 1e-5)
        front = np.clip(near + share * (image - share * near - (1 - share) * back), 0, 1)
    return np.where(share == 1, image, front)
