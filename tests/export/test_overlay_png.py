from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.export import overlay_png

from .matte_cases import make_job, make_mattes, srgb_profile


def test_labels_are_class_and_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mattes, seen = make_mattes(2), []
    object.__setattr__(mattes, 'icc_profile', srgb_profile())
    real = overlay_png.draw_overlay

    def spy(image: np.ndarray, alphas: np.ndarray, labels: list[str]) -> np.ndarray:
        seen.extend(labels)
        return real(image, alphas, labels)

    monkeypatch.setattr(overlay_png, 'draw_overlay', spy)
    overlay_png.write_overlay_png(tmp_path / 'overlay.png', make_job(mattes))
    assert seen == ['person 0.90', 'dog 0.85']
    with Image.open(tmp_path / 'overlay.png') as image:
        assert image.size == (60, 40) and image.info['icc_profile'] == mattes.icc_profile
