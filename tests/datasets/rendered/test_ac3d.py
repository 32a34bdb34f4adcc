"""AC3D files written by hand: what is read from them."""

import re

import pytest

from sosmatting.datasets.rendered.ac3d import read_scene
from sosmatting.datasets.rendered.drawing import Pose
from sosmatting.datasets.rendered.scene import Scene

FRONT = Pose(0, 0, 30, ((0, 0, 0.5, 0),), 0.5)
HEAD = """AC3Db
MATERIAL "plain" rgb 1 0 0  amb 1 1 1  emis 0 0 0  spec 0 0 0  shi 10  trans 0
MATERIAL "glass" rgb 0 0.5 1  amb 1 1 1  emis 0 0 0  spec 0 0 0  shi 10  trans 0.25
OBJECT world
kids {kids}
"""
# A square of side 2 whose front looks to +z; three lines of it may be exchanged.
SQUARE = """OBJECT poly
name "{name}"
{more}numvert 4
-1 -1 0
1 -1 0
1 1 0
-1 1 0
numsurf 1
SURF 0x20
mat {material}
refs 4
0 0 0
1 1 0
2 1 1
3 0 1
kids 0
"""


def square(name: str = 'hull', more: str = '', material: int = 0) -> str:
    return SQUARE.format(name=name, more=more, material=material)


def scene(*objects: str) -> Scene:
    return read_scene(HEAD.format(kids=len(objects)) + ''.join(objects))


def begun(count: int) -> str:
    """The first lines of a square."""
    return ''.join(square().splitlines(keepends=True)[:count])


def faces(shown: Scene) -> list[list[int]]:
    return [face for group in shown.surfaces.values() for face in group.faces]


def test_a_square_is_read_with_its_material_and_picture() -> None:
    shown = scene(square(more='texture "hull.png"\n', material=1))
    assert list(shown.surfaces) == [(1, 'hull.png')] and shown.pictures == ['hull.png']
    group = shown.surfaces[1, 'hull.png']
    assert group.faces == [[0, 1, 2, 3]]
    assert group.texels[0].tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert group.normals[0].tolist() == [[0, 0, 1]] * 4
    assert shown.materials[1].colour == (0, 0.5, 1) and shown.materials[1].opacity == 0.75
    assert shown.places.tolist() == [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]


def test_a_picture_may_repeat_and_shift() -> None:
    (group,) = scene(square(more='texrep 2 3\ntexoff 0.5 -1\n')).surfaces.values()
    assert group.texels[0].tolist() == [[0.5, -1], [2.5, -1], [2.5, 2], [0.5, 2]]


def test_objects_stand_where_those_around_them_put_them() -> None:
    # Rows of the matrix say where the axes go: x to y, y to -x; the inner one is moved first.
    turned = square(more='rot 0 1 0 -1 0 0 0 0 1\nloc 10 0 0\n').replace('kids 0', 'kids 1')
    shown = scene(turned + square('inner', 'rot 1 0 0 0 0 1 0 -1 0\nloc 5 0 0\n'))
    assert shown.places[0].tolist() == [11, -1, 0]  # (-1, -1) turned is (1, -1)
    # The inner one: y to z, so (-1, -1, 0) is (-1, 0, -1), moved (4, 0, -1), turned (0, 4, -1).
    assert shown.places[4].tolist() == [10, 4, -1]


def test_objects_of_some_names_are_left_out_with_what_they_hold() -> None:
    lamp = square('NavLights').replace('kids 0', 'kids 1') + square('within')
    text = HEAD.format(kids=2) + lamp + square('hull')
    assert faces(read_scene(text, re.compile('light', re.IGNORECASE))) == [[0, 1, 2, 3]]
    assert len(faces(read_scene(text))) == 3
    assert faces(scene(square(more='hidden\n'))) == []


def test_a_surface_may_have_no_picture_and_a_material_that_is_not_there() -> None:
    shown = scene(square(more='texture "empty_texture_no_mapping"\n', material=10**12))
    assert list(shown.surfaces) == [(2, '')]
    assert len(shown.materials) == 3 and shown.materials[2].colour == (1, 1, 1)


ROOF = """OBJECT poly
{crease}numvert 6
-1 0 0
-1 1 0
0 0 1
0 1 1
1 0 0
1 1 0
numsurf 2
SURF {flags}
mat 0
refs 4
0 0 0
2 0 0
3 0 0
1 0 0
SURF {flags}
mat 0
refs 4
2 0 0
4 0 0
5 0 0
3 0 0
kids 0
"""


@pytest.mark.parametrize(
    ('flags', 'crease', 'round_'),
    [
        ('0x10', 'crease 91\n', True),
        ('0x30', 'crease 91\n', True),
        ('0x10', 'crease 89\n', False),
        ('0x10', '', False),
        ('0x0', 'crease 91\n', False),
    ],
)
def test_faces_of_a_roof_are_round_if_both_words_say_so(
    flags: str, crease: str, round_: bool
) -> None:
    (group,) = scene(ROOF.format(flags=flags, crease=crease)).surfaces.values()
    ridge = [0, 0, 1] if round_ else [-(0.5**0.5), 0, 0.5**0.5]
    assert group.normals[0][1] == pytest.approx(ridge)


def test_words_that_say_nothing_of_the_look_are_skipped() -> None:
    shown = scene(square(more='data 13\nkids 0\nrefs 4\nurl "x"\nsubdiv 1\n'))
    assert faces(shown) == [[0, 1, 2, 3]]


def test_a_name_may_have_any_letters() -> None:
    # As an encoding of Windows has them: the second letter of an A with a ring breaks no line.
    assert scene(square(more='texture "\xc3\x85land.png"\n')).pictures == ['\xc3\x85land.png']
    assert faces(scene(square().replace('\n', '\r\n'))) == [[0, 1, 2, 3]]


def test_lines_are_no_faces_and_strips_are_triangles_that_all_look_one_way() -> None:
    assert faces(scene(square().replace('SURF 0x20', 'SURF 0x2'))) == []
    strip = square().replace('SURF 0x20', 'SURF 0x4')
    strip = strip.replace('2 1 1\n3 0 1', '3 0 1\n2 1 1')  # corners zigzag
    shown = scene(strip)
    assert faces(shown) == [[0, 1, 3], [3, 1, 2]]
    for group in shown.surfaces.values():
        assert [rows[0].tolist() for rows in group.normals] == [[0, 0, 1]] * 2


def test_torcs_says_normals_too_and_several_pictures_of_which_one_is_the_look() -> None:
    text = square(more='texture "car.rgb" base\ntexture "x.rgb" tiled\ntexture "y.rgb" shad\n')
    text = text.replace('-1 -1 0\n', '-1 -1 0 0 0 1\n').replace('0 0 0\n1 1 0', '0 0 0 9 9\n1 1 0')
    assert scene(text).pictures == ['car.rgb'] and faces(scene(text)) == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'no AC3D file'),
        ('solid', 'no AC3D file'),
        (HEAD.format(kids=1) + square()[:60], 'numbers are missing'),
        (HEAD.format(kids=1) + begun(5), 'it is cut off'),
        (HEAD.format(kids=1) + begun(9), 'a surface is cut off'),
        (HEAD.format(kids=1) + begun(12), 'it is cut off'),
        (HEAD.format(kids=1) + square().replace('3 0 1', '4 0 1'), 'corners that are not there'),
        (HEAD.format(kids=1) + square().replace('numvert 4', 'numvert'), 'count is missing'),
        (HEAD.format(kids=1) + square().replace('1 -1 0', 'one -1 0'), 'could not convert'),
        (HEAD.format(kids=1) + 'numvert 1\n', 'an OBJECT is missing'),
        (HEAD.format(kids=1) + square().replace('1 -1 0', '1 nan 0'), 'no numbers'),
        (HEAD.format(kids=1) + square() + 'numvert 3\n', 'numvert outside of objects'),
        (HEAD.format(kids=1) + square().replace('kids 0', 'kids 1') * 5000, 'recursion'),
    ],
)
def test_a_broken_file_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_scene(text)


def test_a_file_may_announce_more_than_it_has() -> None:
    assert faces(read_scene(HEAD.format(kids=3) + square())) == [[0, 1, 2, 3]]
