"""Pictures of an upright square, where everything is known by hand."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from sosmatting.datasets.rendered.drawing import Pose, draw, drawn_pose
from sosmatting.exceptions import InputError
from tests.datasets.rendered.library import RED, SQUARE, TEXTURED, two_colours

SIDE = 64
FRONT = Pose(0, 0, 30, ((0, 0, 0.5, 0),), 0.5)


def written(folder: Path, model: str = SQUARE, material: str | None = None) -> Path:
    (folder / 'square.obj').write_text(model)
    (folder / 'square.mtl').write_text(material or RED.format(opacity=1))
    (folder / 'two.png').write_bytes(two_colours())
    return folder / 'square.obj'


def shown_side() -> float:
    """Width of the square in the picture: its half diagonal r is seen under half of the field."""
    field = math.radians(FRONT.field)
    far = math.sqrt(2) / math.sin(field / 2)
    return SIDE * 2 / (2 * far * math.tan(field / 2))


def test_size_and_colour(tmp_path: Path) -> None:
    rgba = draw(written(tmp_path), FRONT, SIDE)
    alpha = rgba[..., 3]
    assert alpha.sum() == pytest.approx(shown_side() ** 2, rel=0.03)
    assert alpha[SIDE // 2, SIDE // 2] == pytest.approx(1, abs=0.01) and alpha[0, 0] == 0
    # Light from everywhere and light from the camera, together one.
    assert rgba[SIDE // 2, SIDE // 2, :3] == pytest.approx([1, 0, 0], abs=0.02)


def test_from_aside_it_is_narrower(tmp_path: Path) -> None:
    aside = Pose(60, 0, 30, FRONT.lights, 0.5)
    alpha = draw(written(tmp_path), aside, SIDE)[..., 3]
    columns = np.flatnonzero(alpha.max(0) > 0.5)
    assert len(columns) == pytest.approx(shown_side() * math.cos(math.radians(60)), abs=2)


def test_what_is_half_transparent(tmp_path: Path) -> None:
    rgba = draw(written(tmp_path, material=RED.format(opacity=0.5)), FRONT, SIDE)
    assert rgba[SIDE // 2, SIDE // 2] == pytest.approx([1, 0, 0, 0.5], abs=0.03)


def test_a_texture_is_shown_whatever_the_colour_below_it(tmp_path: Path) -> None:
    rgba = draw(written(tmp_path, material=TEXTURED), FRONT, SIDE)
    quarter = round(shown_side() / 4)
    left, right = (rgba[SIDE // 2, SIDE // 2 + aside, :3] for aside in (-quarter, quarter))
    assert left == pytest.approx([0, 1, 0], abs=0.03)
    assert right == pytest.approx([0, 0, 1], abs=0.03)


def test_it_is_set_upright(tmp_path: Path) -> None:
    lying = SQUARE
    for before, after in (('-1 -1 0', '-1 0 1'), ('1 -1 0', '1 0 1'), ('1 1 0', '1 0 -1')):
        lying = lying.replace(f'v {before}', f'v {after}')
    lying = lying.replace('v -1 1 0', 'v -1 0 -1').replace('vn 0 0 1', 'vn 0 1 0')
    file = written(tmp_path, lying)
    assert draw(file, FRONT, SIDE)[..., 3].max() < 0.6, 'a line from the front'
    upright = draw(file, FRONT, SIDE, (1, 0, 0, 0, 0, -1, 0, 1, 0))
    assert upright[..., 3].sum() == pytest.approx(shown_side() ** 2, rel=0.03)


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='VTK reads no surface'):
        draw(written(tmp_path, 'nothing\n'), FRONT, SIDE)


def test_without_vtk_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'vtk', None)
    with pytest.raises(InputError, match=r"pip install 'sosmatting\[render\]'"):
        draw(written(tmp_path), FRONT, SIDE)


def test_poses_are_drawn_by_their_seed() -> None:
    poses = [drawn_pose(np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert poses[0] == poses[1] != poses[2]
    assert all(0 <= pose.elevation <= 30 for pose in poses)
