"""Mattes out of files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import read_alpha
from tests.files.pictures import encoded, noise


def test_read_alpha_kinds(tmp_path: Path) -> None:
    path = tmp_path / 'matte.png'
    grey = noise(4, 5)
    for image in (
        Image.fromarray(grey),
        Image.fromarray(np.repeat(grey[..., None], 3, 2)),
        Image.fromarray(np.dstack([grey, grey, grey, 255 - grey])),
        Image.fromarray(grey).convert('P'),
    ):
        path.write_bytes(encoded(image, 'PNG'))
        assert np.array_equal(read_alpha(path), grey)
    path.write_bytes(encoded(Image.fromarray(noise(4, 5, 3)), 'PNG'))
    with pytest.raises(InputError, match=r'matte\.png: a matte must be grey'):
        read_alpha(path)
