import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import SaveOptions


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'bits': 10}, 'bits: 10 is not possible; choose 8 or 16'),
        ({'foreground': 'yes'}, "foreground: 'yes' is not possible; choose ml or none"),
        ({'background': 'red'}, "background: 'red' is not possible; give three numbers"),
        ({'background': (1, 2)}, 'background: .* give three numbers'),
        ({'background': (1, 2, 256)}, 'whole numbers of 0 to 255'),
        ({'background': (1, 2, 0.5)}, 'whole numbers of 0 to 255'),
        ({'background': np.zeros((4, 4), np.uint8)}, r'shape \(4, 4\) and type uint8'),
        ({'background': np.zeros((4, 4, 3))}, 'type float64 is not possible'),
        ({'background': np.zeros((0, 4, 3), np.uint8)}, r'shape \(0, 4, 3\)'),
    ],
)
def test_impossible_values_are_one_line(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        SaveOptions(**options)
    assert '\n' not in str(caught.value)


def test_possible_ones() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    for background in (None, 'transparent', (0, 128, 255), picture):
        assert SaveOptions(background=background, bits=16, foreground='ml').bits == 16
