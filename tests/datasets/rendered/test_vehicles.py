"""Folders of FlightGear and TORCS, made by hand: what is listed and what it looks like."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.datasets.rendered import vehicles
from sosmatting.datasets.rendered.catalogue import listed
from sosmatting.datasets.rendered.drawing import Pose, draw
from sosmatting.datasets.rendered.models import Model
from sosmatting.exceptions import InputError
from tests.datasets.rendered.test_ac3d import FRONT, HEAD, square

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PLANE = 'AI/Aircraft/A320/Models/A320.ac'
BUOY = 'Models/Maritime/Misc/RedBuoy.ac'
# The square of SQUARE, turned so that it looks where FlightGear's vehicles do: along -x.
AHEAD = 'rot 0 0 1 0 1 0 -1 0 0\n'
SECTION = '<section name="{name}">{numbers}</section>'
NUMBER = '<attnum name="{name}" val="{value}"/>'


def picture(file: Path, colour: tuple[int, ...], mode: str = 'RGB') -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, len(colour)), colour, np.uint8), mode).save(file)


def model(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD.format(kids=1) + text)


@pytest.fixture
def flightgear(tmp_path: Path) -> Path:
    root = tmp_path / 'flightgear'
    model(root / PLANE, square(more=f'texture "hull.png"\n{AHEAD}'))
    for airline, colour in (('A', RED), ('B', GREEN)):
        picture(root / f'AI/Aircraft/A320/Textures/{airline}/hull.png', colour)
    model(root / BUOY, square(more=AHEAD))
    model(root / 'Models/Maritime/Misc/pier_50m.ac', square())
    return tmp_path


def shown(vehicle: Model, folder: Path, view: int, pose: Pose = FRONT) -> np.ndarray:
    folder.mkdir()
    return draw(vehicle.unpacked(folder, view), pose, 64, vehicle.rotation)


def test_what_was_chosen_is_listed(flightgear: Path) -> None:
    plane, buoy = listed(flightgear)
    assert (plane.name, plane.category, plane.path) == ('A320', 'vehicle', PLANE)
    assert (buoy.name, buoy.category) == ('RedBuoy', 'object')


def test_an_aeroplane_looks_out_of_the_picture_in_the_colours_of_airlines_in_turns(
    flightgear: Path, tmp_path: Path
) -> None:
    plane, buoy = listed(flightgear)
    for view, colour in enumerate((RED, GREEN, RED)):
        rgba = shown(plane, tmp_path / f'{view}', view)
        assert rgba[32, 32] == pytest.approx([*np.array(colour) / 255, 1], abs=0.03)
    assert shown(buoy, tmp_path / 'buoy', 0)[32, 32] == pytest.approx([1, 0, 0, 1], abs=0.03)


def test_a_picture_may_have_been_converted_or_be_missing(flightgear: Path, tmp_path: Path) -> None:
    file = flightgear / 'flightgear' / BUOY
    model(file, square(more=f'texture "..\\\\old\\buoy.rgb"\n{AHEAD}', material=1))
    buoy = listed(flightgear)[1]
    # Without its picture it has the colour of its material, of which a quarter shows through.
    assert shown(buoy, tmp_path / 'a', 0)[32, 32] == pytest.approx([0, 0.5, 1, 0.75], abs=0.05)
    picture(file.with_name('buoy.png'), BLUE)
    assert shown(buoy, tmp_path / 'b', 0)[32, 32, :3] == pytest.approx([0, 0, 1], abs=0.05)


def test_pixels_of_a_picture_are_there_or_not(flightgear: Path, tmp_path: Path) -> None:
    levels = np.full((8, 8, 4), 255, np.uint8)
    levels[:, :4, 3] = 100
    levels[:, 4:, 3] = 200
    file = flightgear / 'flightgear' / BUOY
    model(file, square(more=f'texture "buoy.png"\n{AHEAD}'))
    Image.fromarray(levels, 'RGBA').save(file.with_name('buoy.png'))
    rgba = shown(listed(flightgear)[1], tmp_path / 'a', 0)
    solid = rgba[32, 16:48, 3]
    assert set(solid[:14].round(2)) == {0} and set(solid[-14:].round(2)) == {1}


@pytest.mark.parametrize(
    ('name', 'seen'),
    [
        ('NavLights', False), ('Light_red', False), ('BeaconOn', False), ('propdisc', False),
        ('Prop_Blur_L', False), ('propeller_fast', False), ('LHSlowprop', False), ('Wake', False),
        ('flight-deck-signal-lights', False), ('internal_flame', False), ('Chute', False),
        ('smokestack', True), ('flight-deck-RSD-rails', True), ('RHTrailingArm', True),
        ('handle.noshadow', True), ('nav-radar-mast', True), ('propeller', True), ('hull', True),
        ('TailLightMount', True), ('landing-light-on-stanchion', True), ('ChuteDoor', True),
    ],
)  # fmt: skip
def test_what_shows_only_by_night_or_in_flight_is_left_out(
    flightgear: Path, name: str, seen: bool
) -> None:
    model(flightgear / 'flightgear' / BUOY, square(name))
    buoy = listed(flightgear)[1]
    assert isinstance(buoy, vehicles.Vehicle) and bool(buoy.scene().surfaces) == seen


def chosen(plane: Model, names: Sequence[str], views: int) -> list[dict[str, str]]:
    """The folders that pictures are from, in each view."""
    assert isinstance(plane, vehicles.Aeroplane)
    return [
        {name: file.parent.name for name, file in plane.pictures(names, view).items()}
        for view in range(views)
    ]


def test_colours_are_whole_and_no_kit_to_paint_with(flightgear: Path) -> None:
    home = flightgear / 'flightgear/AI/Aircraft/A320'
    picture(home / 'Paintkit/hull.png', BLUE)
    picture(home / 'Models/gear.png', BLUE)
    picture(home / 'Models/fan.png', BLUE)
    for airline in 'AC':
        picture(home / f'Textures/{airline}/tail.png', BLUE)
    plane = listed(flightgear)[0]
    picture(home / 'Textures/C/hull.png', BLUE)
    a, c = ({'hull.png': airline, 'tail.png': airline} for airline in 'AC')
    both = {'gear.png': 'Models', 'fan.png': 'Models'}
    names = ('gear.png', 'hull.png', 'missing.png', 'fan.png', 'tail.png')
    assert chosen(plane, names, 3) == [a | both, c | both, a | both]
    # B has no tail of its own, so that it would be half another's.
    assert chosen(plane, ('hull.png',), 3) == [{'hull.png': airline} for airline in 'ABC']


def test_pictures_of_an_aeroplane_are_its_own(flightgear: Path) -> None:
    root = flightgear / 'flightgear'
    model(root / 'AI/Aircraft/F-4/F-4_lowpoly.ac', square(more='texture "hull.png"\n'))
    phantom = listed(flightgear)[1]
    assert phantom.name == 'F-4_lowpoly' and chosen(phantom, ('hull.png',), 1) == [{}]
    picture(root / 'AI/Aircraft/F-4/hull.png', BLUE)
    assert chosen(phantom, ('hull.png',), 2) == [{'hull.png': 'F-4'}] * 2


def test_other_vehicles_have_no_other_colours(flightgear: Path) -> None:
    folder = (flightgear / 'flightgear' / BUOY).parent
    buoy = listed(flightgear)[1]
    assert isinstance(buoy, vehicles.Vehicle)
    picture(folder / 'Another/side.png', BLUE)
    assert buoy.pictures(('side.png',), 1)['side.png'].parent.name == 'Another'
    picture(folder / 'side.png', RED)
    assert buoy.pictures(('side.png',), 1)['side.png'].parent == folder


def said_of_a_car(**others: float) -> str:
    """What TORCS's XML says of a car: tyres of 40 cm of height and 30 cm of width."""
    wheel = {'tire width': 300, 'rim diameter': 0.1 / 0.0254, 'tire height-width ratio': 0.5}
    sections = {'Front Axle': {'xpos': 1.5}, 'Rear Axle': {'xpos': -1.5}}
    for end in ('Front', 'Rear'):
        for side, across in (('Right', -0.8), ('Left', 0.8)):
            sections[f'{end} {side} Wheel'] = {'ypos': across, **wheel, **others}
    lines = (
        SECTION.format(
            name=name,
            numbers=''.join(NUMBER.format(name=key, value=value) for key, value in said.items()),
        )
        for name, said in sections.items()
    )
    return f'<params>{"".join(lines)}</params>'


@pytest.fixture
def torcs(tmp_path: Path) -> Path:
    """A car like a board of 4 m by 1 m, a metre above the ground, with wheels like boards."""
    root = tmp_path / 'torcs'
    board = square(more='texture "one.rgb"\nloc 0 1 0\n').replace('-1 -1 0', '-2 0 0')
    board = board.replace('1 -1 0', '2 0 0').replace('1 1 0\n-1 1 0', '2 1 0\n-2 1 0')
    model(root / 'cars/one/one.acc', board)
    (root / 'cars/one/one.xml').write_text(said_of_a_car())
    model(root / 'cars/one/one-lod1.acc', square())
    picture(root / 'cars/one/one.png', RED)
    wheel = square(more='texture "wheel3d.png"\n')
    for whole, half in (('-1', '-0.5'), ('1', '0.5')):
        wheel = wheel.replace(f'{whole} -1 0', f'{half} -0.5 0.5').replace(
            f'{whole} 1 0\n', f'{half} 0.5 0.5\n'
        )
    for kind, colour in (('stock1-1', GREEN), ('trb1-1', BLUE)):
        model(root / f'wheels/{kind}/wheel0.acc', wheel)
        picture(root / f'wheels/{kind}/wheel3d.png', colour)
    return tmp_path


def test_a_car_has_its_wheels_on(torcs: Path) -> None:
    (car,) = listed(torcs)
    assert (car.name, car.category, car.path) == ('one', 'vehicle', 'cars/one/one.acc')
    assert isinstance(car, vehicles.Car)
    assert (np.reshape(car.rotation, (3, 3)) @ [1, 0, 0]).tolist() == [0, 0, 1], 'ahead is x'
    scene = car.scene()
    wheels = scene.places[4:].reshape(4, 4, 3)
    assert np.allclose(wheels[..., 1].min(1), 0), 'they stand on the ground'
    assert np.allclose(wheels[..., 1].max(1), 0.4)
    assert np.allclose(wheels[..., 0].mean(1), [1.5, 1.5, -1.5, -1.5])
    # The faces of the wheels, at half their width, look outwards on both sides.
    assert np.allclose(wheels[..., 2], np.array([0.95, -0.95, 0.95, -0.95])[:, None])
    normals = scene.surfaces[3, 'wheels/stock1-1/wheel3d.png'].normals[0]
    assert np.allclose(normals, [0, 0, 1])


def test_a_car_is_seen_from_its_side_with_wheels_in_their_colours(
    torcs: Path, tmp_path: Path
) -> None:
    side = Pose(90, 0, 30, ((0, 0, 0.5, 0),), 0.5)
    rgba = shown(listed(torcs)[0], tmp_path / 'a', 0, side)
    colours = rgba[rgba[..., 3] > 0.99][:, :3].round()
    assert {tuple(row) for row in colours.tolist()} == {(1, 0, 0), (0, 1, 0)}
    file = torcs / 'torcs/cars/one/one.xml'
    brand = '<attstr name="3d wheel directory" val="trb1-1"/></params>'
    file.write_text(said_of_a_car().replace('</params>', brand))
    rgba = shown(listed(torcs)[0], tmp_path / 'b', 0, side)
    colours = rgba[rgba[..., 3] > 0.99][:, :3].round()
    assert {tuple(row) for row in colours.tolist()} == {(1, 0, 0), (0, 0, 1)}


def test_broken_files_are_named(flightgear: Path, torcs: Path, tmp_path: Path) -> None:
    plane, buoy, car = listed(tmp_path)
    (tmp_path / 'flightgear' / BUOY).write_text('AC3Db\nOBJECT world\n')
    with pytest.raises(InputError, match=r'flightgear: broken at .*RedBuoy.*cut off.*get it again'):
        buoy.unpacked(tmp_path, 0)
    (tmp_path / 'flightgear/AI/Aircraft/A320/Textures/A/hull.png').write_bytes(b'no picture')
    with pytest.raises(InputError, match=r'broken at .*Textures/A/hull\.png \(no picture\)'):
        plane.unpacked(tmp_path, 0)
    wheel = tmp_path / 'torcs/wheels/stock1-1/wheel0.acc'
    whole = wheel.read_text()
    wheel.write_text('no wheel')
    with pytest.raises(InputError, match=r'torcs: broken at wheels/stock1-1/wheel0\.acc \(no AC3D'):
        car.unpacked(tmp_path, 0)
    wheel.write_text(whole)


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        (said_of_a_car().replace('"Rear Axle"', '"Other"'), 'it says no xpos of Rear Axle'),
        (said_of_a_car(**{'tire width': float('nan')}), 'nan is no number'),
        (said_of_a_car(**{'tire width': 0}), 'Front Right Wheel has no size'),
        (said_of_a_car(**{'rim diameter': -90}), 'Front Right Wheel has no size'),
        (
            '<p><attstr name="3d wheel directory" val="../wheels"/></p>',
            r'3d wheel directory \.\./wheels: no name of a folder',
        ),
        ('<params>', 'no element found'),
        ('<?xml version="1.0" encoding="foo"?><params/>', 'unknown encoding'),
        (None, 'No such file'),
    ],
)
def test_what_is_wrong_with_a_car_is_named(torcs: Path, text: str | None, said: str) -> None:
    (car,) = listed(torcs)
    file = torcs / 'torcs/cars/one/one.xml'
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=rf'torcs: broken at cars/one/one\.xml \(.*{said}.*get it'):
        car.unpacked(torcs, 0)
