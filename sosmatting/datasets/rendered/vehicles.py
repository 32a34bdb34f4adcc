"""Aeroplanes, ships, trains and cars of FlightGear and TORCS (GPL-2+, Free Art Licence).

As Debian's ``flightgear-data-ai``, ``flightgear-data-models`` and ``torcs-data`` have them: text
files of AC3D's, and pictures. Airliners come in the colours of many airlines.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

from sosmatting.datasets.rendered.ac3d import read_scene
from sosmatting.datasets.rendered.models import Model
from sosmatting.datasets.rendered.scene import UNREADABLE, Scene, write_scene
from sosmatting.exceptions import InputError

FLIGHTGEAR, TORCS = 'flightgear', 'torcs'
# Chosen by looking: of most planes that differ by little more than their length there is one.
AIRCRAFT = """
    220/Models/223 717/Models/717 727/Models/727-200 736/Models/736 738/Models/737-800
    747/Models/74N 757/Models/757-200 767/Models/76W 777/Models/77W 787/Models/788 A300/Models/AB6
    A310/Models/A310 A320/Models/A320 A332/Models/A332 A343/Models/A343 A350/Models/359
    A380/Models/388 A6M2/Models/a6m2 AT7/Models/AT7 Arup-S2/Models/arup-s2
    BAE146-300/Models/BAE146-300 BAe-125/Models/bae125 BNI/Models/BNI
    Beechcraft-Staggerwing/Models/model17 Bombardier-Challenger/Models/chal604
    Buccaneer/Models/buccaneer-low-poly CR7/Models/CR7 Cessna-421-Golden-Eagle/Models/c421
    Cessna208Caravan/Models/caravan Cessna337/Models/Cessna337_SkymasterEC-ISD
    Citation-Bravo/Models/bravo Cub/Models/Cub DH3/Models/DH3 DH7/Models/dh7 DH82/Models/DH82
    DHT/Models/DHT DR400/Models/dr400 Diamond-Da42/Models/da42 Dragonfly/Models/Dragonfly
    Dromader/Models/M18B_Dromader E-2C/Models/E-2C-model E70/Models/ERJ170 ERJ145/Models/ERJ-145
    F-15/Models/F-15-lowpoly F-18/Models/F-18-model F-4/F-4_lowpoly FK9MK2/Models/fk9mk2
    Fokker-100/Models/fokker100 Fokker-50/Models/fokker50 Fokker-S-11/Models/s11
    G-164/Models/G-164A JA37/Models/JA-37-lowpoly JS41/Models/JS41 Jaguar-GR1/jaguar-gr1-low
    Lightning/Models/lightning-f1a M11/Models/M1F MD80/Models/md-80
    MiG-21bis/Models/MiG-21bis-lowpoly Mirage2000/m2000-5_lowpoly SF3/Models/SF3
    SR-71/Blackbird-SR71A-lowpoly SpaceShuttle/SpaceShuttle Spitfire/Models/spitfireIIa
    T-38/Models/T38 b1900d/Models/b1900d beech-200/Models/beech-200 beech99/Models/beech99
    bf109/Models/bf109g-ai c172/Models/c172p c177/Models/c177 c182rg/Models/c182rg
    c310u3a/Models/c310u3a centrair-101/Models/centrair-101 cri-cri/Models/MC-15
    ercoupe/Models/ercoupe eurofighter/Models/typhoon-ai f-14b/Models/F-14-low-poly
    f16/Models/rnlaf/f16 flash2a/Models/flash2a pa-28/Models/pa-28
    seahawk/Models/SeaHawk-FGA6-WV859 tu154b/Model/tu154B vulcanb2/Models/vulcanb2
"""
OTHERS = """
    Aircraft/H-60 Aircraft/dauphin Airport/Pushback/Douglas Airport/Pushback/Forklift
    Airport/Pushback/Goldhofert Airport/Pushback/Military Airport/Vehicle/hoskosh-ti-1500
    Airport/supacat_winch Geometry/A4-F/a4-f-tanker Geometry/Clemenceau/grue_pont
    Geometry/sailboat1/sailboat Maritime/Civilian/ContainerShip Maritime/Civilian/CruiseShip
    Maritime/Civilian/FerryBoat1 Maritime/Civilian/Freighter Maritime/Civilian/LargeFerry
    Maritime/Civilian/LargeTrawler Maritime/Civilian/Maritime-Pre-Positioning-Ship
    Maritime/Civilian/SailBoatUnderPower Maritime/Civilian/SailBoatUnderSail
    Maritime/Civilian/SimpleFreighter Maritime/Civilian/Tanker Maritime/Civilian/container_carrier
    Maritime/Military/CG-57-high-detail/CG-57 Maritime/Military/Carrier_A01
    Maritime/Military/MaritimePrepositioningForceShip Maritime/Military/OliverPerryFFG
    Maritime/Military/PSC9 Military/humvee-pickup-odrab-low-poly Transport/110Bus
    Transport/Class_66 Transport/ICE3middlecar2
    Transport/lner-teak-brake-coach Transport/lner-teak-first-class-coach Transport/locomotive-A4
    Transport/tender-A4 Transport/wagon-ore
"""
THINGS = """
    Maritime/Misc/Buoy-Conical-Yellow Maritime/Misc/Buoy-Cylindrical-Yellow
    Maritime/Misc/Buoy-Safe-Water Maritime/Misc/DB_125_Data_Buoy Maritime/Misc/GreenBuoy
    Maritime/Misc/Mobilis_Data_Buoy1 Maritime/Misc/Mobilis_Data_Buoy2
    Maritime/Misc/NOAA_Tsunami_Buoy Maritime/Misc/NOAA_Yellow_Tsunami_Buoy
    Maritime/Misc/ODAS_23_Buoy Maritime/Misc/OSIL_DATA_BUOY Maritime/Misc/OilRig
    Maritime/Misc/RedBuoy Maritime/Misc/SAIC_DART_ETD Maritime/Misc/SAIC_FERHRI_Tsunami_Buoy
    Maritime/Misc/liferaft8m
"""
CHOSEN: Mapping[str, str] = {
    **{f'AI/Aircraft/{name}.ac': 'vehicle' for name in AIRCRAFT.split()},
    **{f'Models/{name}.ac': 'vehicle' for name in OTHERS.split()},
    **{f'Models/{name}.ac': 'object' for name in THINGS.split()},
}
CAR = re.compile(r'cars/([^/]+)/\1\.acc')
TO_FRONT = (0.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0)  # FlightGear's look along -x
FROM_BACK = (0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0)  # TORCS's along x
ENDINGS = ('.png', '.rgb', '.jpg')  # many files ask for what was converted since
NO_COLOURS = re.compile(r'paintkit', re.IGNORECASE)  # folders to paint new colours with
# Objects that show nothing of a vehicle as it stands by day: lamps that shine, the discs of
# propellers that turn.
UNSEEN = re.compile(
    r'(?<!f)light(?!.*(mount|cover|switch|protector|bezel|stanchion))|strobe|beacon(?!s)|^flash'
    r'|flame|^wake|^chute$|^shadow'
    r'|prop.*(dis[ck]|blur|fast|slow)|(fast|slow)prop|prplr-disk|disquehelice|girohelice|_blur$',
    re.IGNORECASE,
)
STOCK_WHEEL = 'stock1-1'
INCH = 0.0254


@dataclass(frozen=True)
class Vehicle(Model):
    """One vehicle; ``library`` is a folder, and ``path`` an AC3D file in there."""

    def scene(self) -> Scene:
        """Read what it shows.

        Raises:
            InputError: A file of it is broken.
        """
        return _read(self.library, self.path, UNSEEN)

    def pictures(self, names: Sequence[str], view: int) -> dict[str, Path]:
        """Find its pictures, as far as they are there: what lacks one has its material's colour.

        Args:
            names: As the file names them, of which the last part counts.
            view: Number of the drawing.
        """
        home = (self.library / self.path).parent
        return _found([home, *_folders(home)], names)

    def unpacked(self, folder: Path, view: int) -> Path:
        """Write it as OBJ, MTL and PNG, in the colours whose turn it is."""
        scene = self.scene()
        pictures = {}
        for name, file in self.pictures(scene.pictures, view).items():
            try:
                with Image.open(file) as opened:
                    pictures[name] = opened.convert('RGBA')
            except UNREADABLE as error:
                at = file.relative_to(self.library)
                why = 'no picture' if isinstance(error, UnidentifiedImageError) else error
                raise InputError(f'{self.library}: broken at {at} ({why}); get it again') from error
        return write_scene(scene, pictures, folder)


@dataclass(frozen=True)
class Aeroplane(Vehicle):
    """One of FlightGear's traffic, which many airlines fly."""

    def pictures(self, names: Sequence[str], view: int) -> dict[str, Path]:
        """Find its pictures, in the colours whose turn it is.

        Pictures that several folders have are what colours differ by; those that have the most of
        them take turns.
        """
        home = self.library.joinpath(*Path(self.path).parts[:3])
        folders = [each for each in _folders(home) if not NO_COLOURS.search(each.name)]
        several = [
            name for name in names if sum(bool(_picture(each, name)) for each in folders) > 1
        ]
        counts = [len(_found([each], several)) for each in folders]
        colours = [
            each
            for each, count in zip(folders, counts, strict=True)
            if count and count == max(counts)
        ]
        first = [colours[view % len(colours)]] if colours else []
        return _found([*first, *folders], names)


@dataclass(frozen=True)
class Car(Vehicle):
    """One of TORCS's, whose wheels are files of their own; an XML file says where they belong."""

    def scene(self) -> Scene:
        """Read the body, and put the wheels on."""
        scene = _read(self.library, self.path)
        said = Path(self.path).with_suffix('.xml')
        try:
            car = ElementTree.parse(self.library / said).getroot()
            kind, wheels = _wheels(car)
        except UNREADABLE as error:
            raise InputError(f'{self.library}: broken at {said} ({error}); get it again') from error
        wheel = _read(self.library, f'wheels/{kind}/wheel0.acc')
        surfaces = {
            (number, f'wheels/{kind}/{picture}' if picture else ''): group
            for (number, picture), group in wheel.surfaces.items()
        }
        wheel = Scene(wheel.materials, wheel.places, surfaces)
        for scale, move in wheels:
            scene = scene.beside(wheel.placed(scale, move))
        return scene

    def pictures(self, names: Sequence[str], view: int) -> dict[str, Path]:
        """Find its pictures and those of its wheels."""
        wheels = {name for name in names if name.startswith('wheels/')}
        found = super().pictures([name for name in names if name not in wheels], view)
        for name in wheels:
            found |= _found([(self.library / name).parent], [name])
        return found


def models_of_flightgear(library: Path) -> list[Model]:
    """List the vehicles and buoys that are there, of those that were chosen."""
    return [
        (Aeroplane if path.startswith('AI/') else Vehicle)(
            library, path, Path(path).stem, category, TO_FRONT
        )
        for path, category in CHOSEN.items()
        if (library / path).is_file()
    ]


def models_of_torcs(library: Path) -> list[Model]:
    """List the cars."""
    paths = sorted(f'{file.relative_to(library).as_posix()}' for file in library.glob('cars/*/*'))
    return [
        Car(library, path, found[1], 'vehicle', FROM_BACK)
        for path in paths
        if (found := CAR.fullmatch(path))
    ]


def _wheels(
    car: ElementTree.Element,
) -> tuple[str, list[tuple[tuple[float, ...], tuple[float, ...]]]]:
    """Read which wheels a car has, and the scale and the place of each.

    Raises:
        ValueError: Something is not said, or impossible.
    """
    brand = car.find('.//attstr[@name="3d wheel directory"]')
    kind = STOCK_WHEEL if brand is None else brand.attrib['val']
    if Path(kind).name != kind:
        raise ValueError(f'3d wheel directory {kind}: no name of a folder')
    wheels: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    for end in ('Front', 'Rear'):
        along = _said(car, f'{end} Axle', 'xpos')
        for side in ('Right', 'Left'):
            name = f'{end} {side} Wheel'
            width = _said(car, name, 'tire width') / 1000
            rim = _said(car, name, 'rim diameter') * INCH
            across = -_said(car, name, 'ypos')
            size = rim + 2 * width * _said(car, name, 'tire height-width ratio')
            if min(width, size) <= 0:
                raise ValueError(f'{name} has no size')
            scale = size, size, math.copysign(width, across)
            wheels.append((scale, (along, size / 2, across)))
    return kind, wheels


def _said(car: ElementTree.Element, section: str, name: str) -> float:
    """Read a number of a section of TORCS's XML."""
    found = car.find(f'.//section[@name="{section}"]/attnum[@name="{name}"]')
    if found is None:
        raise ValueError(f'it says no {name} of {section}')
    number = float(found.attrib['val'])
    if not math.isfinite(number):
        raise ValueError(f'{name} of {section}: {number} is no number')
    return number


def _read(library: Path, path: str, unseen: re.Pattern[str] | None = None) -> Scene:
    """Read an AC3D file.

    Raises:
        InputError: It is broken or not there.
    """
    try:
        return read_scene((library / path).read_text('latin-1'), unseen)
    except UNREADABLE as error:
        raise InputError(f'{library}: broken at {path} ({error}); get it again') from error


def _folders(home: Path) -> list[Path]:
    """List the folders below one that hold files."""
    return sorted({file.parent for file in home.rglob('*') if file.is_file()})


def _found(folders: Sequence[Path], names: Sequence[str]) -> dict[str, Path]:
    """Find each picture in the first folder that has it; leaves out what none has."""
    found = {}
    for name in names:
        files = (file for folder in folders if (file := _picture(folder, name)))
        if file := next(files, None):
            found[name] = file
    return found


def _picture(folder: Path, name: str) -> Path | None:
    """Find a picture by the last part of its name, whatever its ending."""
    base = Path(name.replace('\\', '/'))
    for known in (base.name, *(base.stem + ending for ending in ENDINGS)):
        if (folder / known).is_file():
            return folder / known
    return None
