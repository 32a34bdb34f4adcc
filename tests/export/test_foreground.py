import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export.foreground import estimate_foreground
from sosmatting.export.job import Cutout
from sosmatting.export.rgba_png import write_rgba_png

from .matte_cases import make_job, soft_mattes

INK, PAPER = np.array([220, 30, 20]), np.array([10, 40, 230])


def red_on_blue(**options: object) -> tuple:
    """The first soft disc, red, over blue: what its edges should be is known."""
    mattes = soft_mattes(np.uint16)
    unit = mattes.alphas[0][..., None] / 65535
    photo = (unit * INK + (1 - unit) * PAPER).round().astype(np.uint8)
    mattes.image[:] = photo
    return mattes, (unit[..., 0] > 0.2) & (unit[..., 0] < 0.8)


def test_without_pymatting_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pymatting', None)
    mattes, _ = red_on_blue()
    with pytest.raises(InputError, match=r"pip install 'sosmatting\[foreground\]'"):
        estimate_foreground(mattes.image, mattes.alphas[0])


def test_unit_arrays_go_in_and_16_bits_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    mattes, _ = red_on_blue()

    def estimate(image: np.ndarray, opacity: np.ndarray) -> np.ndarray:
        assert np.array_equal(image, mattes.image / 255)
        assert np.array_equal(opacity, mattes.alphas[0] / 65535)
        return np.broadcast_to([1.2, 0.5, -0.1], image.shape)

    monkeypatch.setitem(sys.modules, 'pymatting', SimpleNamespace(estimate_foreground_ml=estimate))
    colours = estimate_foreground(mattes.image, mattes.alphas[0])
    assert colours.dtype == np.uint16
    assert colours[3, 5].tolist() == [65535, 32768, 0]


@pytest.mark.parametrize('bits', [8, 16])
def test_soft_edges_lose_the_old_background(tmp_path: Path, bits: int) -> None:
    pytest.importorskip('pymatting', reason='needs the extra "foreground"')
    mattes, soft = red_on_blue()
    job = make_job(mattes, tmp_path, foreground='ml', bits=bits)
    write_rgba_png(tmp_path / 'a.png', job, 0)
    back = cv2.imread(str(tmp_path / 'a.png'), -1)[..., 2::-1] / (2**bits - 1) * 255
    before = np.abs(mattes.image[soft] - INK.astype(float)).mean()
    assert np.abs(back[soft] - INK).mean() < before / 4


def test_the_estimate_is_made_once_for_all_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def estimate(image: np.ndarray, opacity: np.ndarray) -> np.ndarray:
        calls.append(image.shape)
        return np.broadcast_to([0.25, 0.5, 0.75], image.shape)

    monkeypatch.setitem(sys.modules, 'pymatting', SimpleNamespace(estimate_foreground_ml=estimate))
    mattes, _ = red_on_blue()
    job = make_job(mattes, tmp_path, foreground='ml')
    first, again = job.cutout(2), job.cutout(2)
    assert len(calls) == 1
    assert isinstance(first, Cutout) and np.array_equal(first.colours, again.colours)
    assert first.colours.shape == (*first.alpha.shape, 3) == (18, 18, 3)
    assert calls[0] == (42, 42, 3), 'what is around the matte is looked at, not the whole photo'
    loose = make_job(mattes, foreground='ml').cutout(2)
    assert np.array_equal(loose.colours, first.colours) and len(calls) == 2, 'nowhere to keep them'
    mattes.alphas[1] = 0
    assert job.cutout(1).alpha.tolist() == [[0]] and len(calls) == 2, 'nothing to estimate'
