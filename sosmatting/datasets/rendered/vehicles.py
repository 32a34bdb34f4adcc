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

from PIL import Image

from sosmatting.datasets.rendered.ac3d import read_scene
from sosmatting.datasets.rendered.models import Model
from sosmatting.datasets.rendered.scene import UNREADABLE, Scene, write_scene
from sosmatting.exceptions import InputError

FLIGHTGEAR, TORCS = 'flightgear', 'torcs'
# Chosen by looking: of planes that differ by their length alone there is one.
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
PICTURES = ('', '.png', '.rgb', '.jpg')  # endings: many files ask for what was converted since
STOCK_WHEEL = 'stock1-1'
INCH = 0.0254


@dataclass(frozen=True)
class Vehicle(Model):
    """One vehicle; ``library`` is a folder, and ``path`` an AC3D file in there."""

    def scene(self) -> Scene:
        """Read what it shows."""
        return read_scene((self.library / self.path).read_text('latin-1'))

    def home(self) -> Path:
        """Return the folder in which its pictures lie, here or in folders of colours."""
        return (self.library / self.path).parent

    def unpacked(self, folder: Path, view: int) -> Path:
        """Write it as OBJ, MTL and PNG, in the colours whose turn it is."""
        at = self.path
        try:
            scene = self.scene()
            found = _pictures(self.home(), scene.pictures, view)
            pictures = {}
            for name, file in found.items():
                at = f'{file.relative_to(self.library)}'
                with Image.open(file) as opened:
                    pictures[name] = opened.convert('RGBA')
        except UNREADABLE as error:
            raise InputError(f'{self.library}: broken at {at} ({error}); get it again') from error
        return write_scene(scene, pictures, folder)


@dataclass(frozen=True)
class Aeroplane(Vehicle):
    """One of FlightGear's traffic: its colours lie in folders beside its own."""

    def home(self) -> Path:
        """Return the folder of the aeroplane, above that of its shape."""
        return self.library.joinpath(*Path(self.path).parts[:3])


@dataclass(frozen=True)
class Car(Vehicle):
    """One of TORCS's, whose wheels are files of their own; an XML file says where they belong."""

    def scene(self) -> Scene:
        """Read the body, and put the wheels on."""
        scene = super().scene()
        said = ElementTree.parse((self.library / self.path).with_suffix('.xml')).getroot()
        brand = said.find('.//attstr[@name="3d wheel directory"]')
        kind = STOCK_WHEEL if brand is None else brand.attrib['val']
        wheel = read_scene((self.library / 'wheels' / kind / 'wheel0.acc').read_text('latin-1'))
        wheel = _renamed(wheel, f'wheels/{kind}/')
        for end in ('Front', 'Rear'):
            along = _said(said, f'{end} Axle', 'xpos')
            for side in ('Right', 'Left'):
                name = f'{end} {side} Wheel'
                width = _said(said, name, 'tire width') / 1000
                rim = _said(said, name, 'rim diameter') * INCH
                across = -_said(said, name, 'ypos')
                size = rim + 2 * width * _said(said, name, 'tire height-width ratio')
                scale = size, size, math.copysign(width, across)
                scene = scene.beside(wheel.placed(scale, (along, size / 2, across)))
        return scene


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


def _said(car: ElementTree.Element, section: str, name: str) -> float:
    """Read a number of a section of TORCS's XML."""
    found = car.find(f'.//section[@name="{section}"]/attnum[@name="{name}"]')
    if found is None:
        raise ValueError(f'its XML says no {name} of {section}')
    return float(found.attrib['val'])


def _renamed(scene: Scene, folder: str) -> Scene:
    """Say in which folder a scene's pictures lie."""
    surfaces = {
        (number, folder + picture if picture else ''): group
        for (number, picture), group in scene.surfaces.items()
    }
    return Scene(scene.materials, scene.places, surfaces)


def _pictures(home: Path, names: Sequence[str], view: int) -> dict[str, Path]:
    """Find the pictures of a vehicle, as far as they are there.

    Where several folders have one of that name, the vehicle comes in several colours, which take
    turns; its other pictures are from the same folder, if that has them.
    """
    folders = sorted({file.parent for file in home.rglob('*') if file.is_file()})
    found: dict[str, Path] = {}
    choice: Path | None = None
    for name in names:
        base = Path(name.replace('\\', '/'))
        wheel = base.parts[:1] == ('wheels',)
        places = [home.parent.parent / base.parent] if wheel else folders
        files = [file for place in places if (file := _picture(place, base.name))]
        if not files:
            continue
        chosen = [file for file in files if file.parent == choice]
        found[name] = chosen[0] if chosen else files[view % len(files)]
        choice = choice or (found[name].parent if len(files) > 1 else None)
    return found


def _picture(folder: Path, name: str) -> Path | None:
    """Find a picture by its name, whatever its ending."""
    for ending in PICTURES:
        file = folder / (Path(name).stem + ending if ending else name)
        if file.is_file():
            return file
    return None
