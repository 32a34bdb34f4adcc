"""Show where a matte is wrong, and in which direction.

Letters: H W pixels. Alphas are (H, W) in [0, 1] as float, or uint8 or uint16 with the type's
maximum opaque.
"""

import numpy as np

from sosmatting.visualization.overlay import unit_alpha

TOO_OPAQUE = np.array([214, 39, 40], np.float32)
TOO_TRANSPARENT = np.array([31, 119, 180], np.float32)


def error_map(pred: np.ndarray, target: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """Colour every pixel by its error: white none, red too opaque, blue too transparent.

    Args:
        pred: (H, W) alpha.
        target: (H, W) alpha.
        gain: Multiplies the error, to show small ones; an error of ``1 / gain`` has the full
            colour.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: The two are not of one size.
    """
    if pred.shape != target.shape:
        raise ValueError(f'a prediction of {pred.shape} against a target of {target.shape}')
    error = (unit_alpha(pred) - unit_alpha(target))[..., None]
    colour = np.where(error > 0, TOO_OPAQUE, TOO_TRANSPARENT)
    strength = np.clip(np.abs(error) * gain, 0, 1)
    return (255 + strength * (colour - 255)).round().astype(np.uint8)
