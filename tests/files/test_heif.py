"""HEIC with its plugin, and without."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import load_photo

pillow_heif = pytest.importorskip('pillow_heif', reason="pip install 'sosmatting[heic]'")


@pytest.fixture
def heic(tmp_path: Path) -> Path:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = (200, 40, 40)
    file = pillow_heif.from_pillow(Image.fromarray(pixels))
    file.save(tmp_path / 'phone.heic', quality=90)
    return tmp_path / 'phone.heic'


def test_with_its_plugin_it_is_read(heic: Path) -> None:
    pixels = load_photo(heic).pixels.astype(int)
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels[:, :28] - (200, 40, 40)).max() < 12
    assert pixels[:, 36:].max() < 12


def test_without_its_plugin_it_says_what_to_install(
    heic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'pillow_heif', None)
    with pytest.raises(InputError, match=r'phone\.heic: .*pip install pillow-heif'):
        load_photo(heic)
