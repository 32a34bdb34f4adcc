import numpy as np
import pytest

from sosmatting.visualization.error_map import TOO_OPAQUE, TOO_TRANSPARENT, error_map


def test_colours_by_hand() -> None:
    pred = np.array([[0.3, 1.0, 0.0, 0.5]])
    target = np.array([[0.3, 0.0, 1.0, 0.25]])
    drawn = error_map(pred, target)
    assert drawn[0, 0].tolist() == [255, 255, 255]
    assert np.array_equal(drawn[0, 1], TOO_OPAQUE)
    assert np.array_equal(drawn[0, 2], TOO_TRANSPARENT)
    assert np.array_equal(drawn[0, 3], (255 + 0.25 * (TOO_OPAQUE - 255)).round())
    assert np.array_equal(error_map(pred, target, gain=4)[0, 3], TOO_OPAQUE)


def test_stored_alphas_and_wrong_sizes() -> None:
    drawn = error_map(np.array([[255]], np.uint8), np.array([[0]], np.uint16))
    assert np.array_equal(drawn[0, 0], TOO_OPAQUE)
    with pytest.raises(ValueError, match='against'):
        error_map(np.zeros((1, 2)), np.zeros((2, 1)))
