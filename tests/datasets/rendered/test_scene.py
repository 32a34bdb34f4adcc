"""Scenes: smooth normals, placing, and what VTK draws of the files that are written."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.rendered.drawing import draw
from sosmatting.datasets.rendered.scene import smoothed, write_scene
from tests.datasets.rendered.test_ac3d import FRONT, scene, square


def test_a_round_edge_shares_its_normal_and_a_sharp_one_does_not() -> None:
    # A roof: two squares that meet along y at 90 degrees.
    places = np.array([[-1, 0, 0], [-1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 0]], float)
    roof = [[0, 2, 3, 1], [2, 4, 5, 3]]
    left, right = np.array([-1, 0, 1]) / 2**0.5, np.array([1, 0, 1]) / 2**0.5
    round_, sharp, flat = (
        smoothed(places, roof, [smooth] * 2, crease)
        for smooth, crease in ((True, 91.0), (True, 89.0), (False, 180.0))
    )
    assert np.allclose(round_[0], [left, [0, 0, 1], [0, 0, 1], left])
    assert np.allclose(sharp[0], [left] * 4) and np.allclose(sharp[1], [right] * 4)
    assert np.allclose(flat[0], [left] * 4)


def test_a_larger_face_counts_more() -> None:
    places = np.array([[-1, 0, 0], [-1, 1, 0], [0, 0, 1], [0, 1, 1], [3, 0, -2], [3, 1, -2]], float)
    rows = smoothed(places, [[0, 2, 3, 1], [2, 4, 5, 3]], [True] * 2, 91.0)
    # Along their normals the areas are (-1, 0, 1) and (3, 0, 3).
    assert np.allclose(rows[0][1], np.array([2, 0, 4]) / 20**0.5)


def test_slanted_normals_stay_upright_when_a_scene_is_stretched() -> None:
    slanted = square().replace('1 -1 0', '1 -1 -2').replace('1 1 0\n', '1 1 -2\n')
    slanted = slanted.replace('-1 -1 -2', '-1 -1 0').replace('-1 1 -2', '-1 1 0')
    (group,) = scene(slanted).placed((2, 1, 1), (0, 0, 0)).surfaces.values()
    assert np.allclose(group.normals[0], np.array([1, 0, 2]) / 5**0.5)


def test_a_face_without_an_area_has_no_direction() -> None:
    (rows,) = smoothed(np.zeros((3, 3)), [[0, 1, 2]], [True], 45.0)
    assert rows.tolist() == [[0, 0, 0]] * 3


def test_a_mirrored_scene_still_shows_its_front() -> None:
    shown = scene(square(more='loc 0 0 1\n')).placed((2, 1, -1), (0, 5, 0))
    (group,) = shown.surfaces.values()
    assert shown.places[0].tolist() == [-2, 4, -1]
    assert group.normals[0].tolist() == [[0, 0, -1]] * 4
    a, b, c = (shown.places[corner] for corner in group.faces[0][:3])
    assert np.cross(b - a, c - a)[2] < 0, 'anticlockwise, as seen from where the normal points'
    assert group.texels[0].tolist() == [[0, 1], [1, 1], [1, 0], [0, 0]]


def test_two_scenes_are_shown_beside_each_other() -> None:
    one, other = scene(square()), scene(square('b', 'texture "b.png"\n', 1))
    both = one.beside(other)
    assert list(both.surfaces) == [(0, ''), (4, 'b.png')]
    assert both.surfaces[4, 'b.png'].faces == [[4, 5, 6, 7]]
    assert both.materials[4] == other.materials[1]


def test_the_written_files_show_it(tmp_path: Path) -> None:
    file = write_scene(scene(square()), {}, tmp_path)
    lines = file.read_text().splitlines()
    assert (
        lines[:2] == ['mtllib scene.mtl', 'v -1 -1 0'] and lines[-1] == 'f 1/1/1 2/2/2 3/3/3 4/4/4'
    )
    rgba = draw(file, FRONT, 64)
    assert rgba[32, 32].tolist() == pytest.approx([1, 0, 0, 1], abs=0.05) and rgba[2, 2, 3] == 0


def test_pictures_lie_as_the_texels_say_and_are_made_small(tmp_path: Path) -> None:
    rows = np.zeros((2048, 1024, 3), np.uint8)
    rows[:1024, :, 1] = rows[1024:, :, 2] = 255  # green above blue
    shown = scene(square(more='texture "a.png"\n'))
    file = write_scene(shown, {'a.png': Image.fromarray(rows)}, tmp_path)
    with Image.open(tmp_path / '0.png') as small:
        assert small.size == (512, 1024)
    rgba = draw(file, FRONT, 64)
    assert rgba[24, 32, :3] == pytest.approx([0, 1, 0], abs=0.05)
    assert rgba[40, 32, :3] == pytest.approx([0, 0, 1], abs=0.05)


def test_pixels_are_there_or_not_but_a_channel_of_one_number_says_nothing(tmp_path: Path) -> None:
    levels = np.full((2048, 2048, 4), (200, 100, 50, 0), np.uint8)
    write_scene(scene(square()), {'a': Image.fromarray(levels)}, tmp_path)
    written = np.asarray(Image.open(tmp_path / '0.png'))
    assert written.shape == (1024, 1024, 3) and (written == (200, 100, 50)).all()
    levels[..., 3] = 9
    levels[0, 0, 3] = 10  # a disc that is hardly there
    write_scene(scene(square()), {'a': Image.fromarray(levels)}, tmp_path)
    assert np.asarray(Image.open(tmp_path / '0.png'))[..., 3].max() == 0
