from pathlib import Path

import numpy as np
import pytest

from sosmatting.export import overlay_png
from sosmatting.files import read_photo

from .matte_cases import make_mattes


def test_labels_are_class_and_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mattes, seen = make_mattes(2), []
    real = overlay_png.draw_overlay

    def spy(image: np.ndarray, alphas: np.ndarray, labels: list[str]) -> np.ndarray:
        seen.extend(labels)
        return real(image, alphas, labels)

    monkeypatch.setattr(overlay_png, 'draw_overlay', spy)
    overlay_png.write_overlay_png(tmp_path / 'overlay.png', mattes)
    assert seen == ['person 0.90', 'dog 0.85']
    assert read_photo(tmp_path / 'overlay.png').shape == mattes.image.shape
