import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.export.rgba_png import write_rgba_png


def ramp() -> tuple[np.ndarray, np.ndarray]:
    """A red object that fades into a blue background from left to right."""
    alpha = np.zeros((24, 48), np.uint8)
    alpha[4:20] = np.linspace(255, 0, 48).round()
    part = alpha[..., None] / 255.0
    photo = part * (220, 30, 20) + (1 - part) * (10, 40, 230)
    return photo.round().astype(np.uint8), alpha


def test_colours_are_the_photos_and_alpha_is_straight(tmp_path: Path) -> None:
    photo, alpha = ramp()
    write_rgba_png(tmp_path / 'a.png', photo, alpha)
    with Image.open(tmp_path / 'a.png') as image:
        assert image.mode == 'RGBA'
        back = np.asarray(image)
    assert np.array_equal(back[..., :3], photo)
    assert np.array_equal(back[..., 3], alpha)


def test_16_bits(tmp_path: Path) -> None:
    photo, _ = ramp()
    alpha = np.random.default_rng(0).integers(0, 65536, photo.shape[:2]).astype(np.uint16)
    write_rgba_png(tmp_path / 'a.png', photo, alpha, bits=16)
    back = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    assert back.dtype == np.uint16
    assert np.array_equal(back[..., 3], alpha)
    assert np.array_equal(back[..., 2::-1], photo * np.uint16(257))


def test_foreground_without_pymatting_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'pymatting', None)
    with pytest.raises(InputError, match=r"pip install 'sosmatting\[foreground\]'"):
        write_rgba_png(tmp_path / 'a.png', *ramp(), foreground=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('bits', [8, 16])
def test_foreground_gets_unit_arrays_and_its_colours_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    photo, alpha = ramp()

    def estimate(image: np.ndarray, opacity: np.ndarray) -> np.ndarray:
        assert image.shape == photo.shape and opacity.shape == alpha.shape
        assert 0.8 < image.max() <= 1 and opacity.max() == 1
        return np.broadcast_to([1.2, 0.5, -0.1], image.shape)

    monkeypatch.setitem(sys.modules, 'pymatting', SimpleNamespace(estimate_foreground_ml=estimate))
    write_rgba_png(tmp_path / 'a.png', photo, alpha, bits=bits, foreground=True)
    back = cv2.imread(str(tmp_path / 'a.png'), cv2.IMREAD_UNCHANGED)
    top = 2**bits - 1
    assert back[3, 5, :3].tolist() == [0, round(top / 2), top]


def test_foreground_takes_the_background_out_of_soft_edges(tmp_path: Path) -> None:
    pytest.importorskip('pymatting')
    photo, alpha = ramp()
    write_rgba_png(tmp_path / 'a.png', photo, alpha, foreground=True)
    back = np.asarray(Image.open(tmp_path / 'a.png'))[..., :3].astype(int)
    soft = (alpha > 60) & (alpha < 200)
    before = np.abs(photo[soft].astype(int) - (220, 30, 20)).mean()
    after = np.abs(back[soft] - (220, 30, 20)).mean()
    assert after < before / 4
