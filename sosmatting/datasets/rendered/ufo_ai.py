"""Vehicles, plants and things of the game UFO: Alien Invasion, as Debian's ``ufoai-data`` has them.

``0models.pk3`` is a ZIP of models (``.md2``) and pictures; licences differ by file, most are GPL-2+
and CC BY-SA, see the package's ``copyright``. What belongs together is in files of its own: wheels,
leaves.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from sosmatting.datasets.rendered.md2 import read_mesh
from sosmatting.datasets.rendered.models import BROKEN, Model
from sosmatting.datasets.rendered.scene import UNREADABLE, Scene, write_scene
from sosmatting.exceptions import InputError

FILES = '0models.pk3'
# Chosen by looking: left out are people, for their heads are files of their own, what has no
# picture, and what nobody would call a thing.
VEHICLES = """
    aircraft/fighter/fighter aircraft/heli/heli aircraft/hheli/hheli boat/boat boat/canoe
    cars/4x4/4x4+4x4_t cars/buggy/buggy cars/car3/car3
    cars/car4/car cars/golf/car1+car1t cars/hummer/hummer cars/jeep/jeep cars/landy/landy
    cars/policecar/policecar cars/puma/puma cars/trailer/boxtrailer cars/transporter/transporter
    cars/van/van1+van1t cars/van2/van2 cars/van3/van construct/excavator/excavator_b+excavator_t
    railcar/railcar tanker/tanker_a trucks/truck/cement_trailer
    trucks/truck/container_trailer trucks/truck/trailer trucks/truck/truck trucks/truck2/fuel
    trucks/truck2/load trucks/truck2/truck trucks/truck3/truck3 trucks/watertruck/watertruck
    vehicles/bicycle/bicycle vehicles/forktruck/forktruck1 vehicles/motorbike/motorbike
    vehicles/tractor/tractor
"""
PLANTS = """
    furniture/flowerpot2/flowerpot2 vegi/banana/banana vegi/bush/bush01 vegi/cactus/cactus2
    vegi/cactus/cactus3 vegi/fern/fern vegi/fern2/fern2 vegi/ficus/ficus vegi/fir/fir
    vegi/grass2/grass vegi/palm_plant/palm_plant vegi/palm_v1/palm_v1 vegi/palm_v2/palm_v2
    vegi/palm_v3/palm_v3 vegi/pino/pino3+pino3_leaves vegi/plant/plant vegi/plant/plant2
    vegi/plant_hang/plant1 vegi/plant_hang/plant2 vegi/plant_v1/plant_v1 vegi/plants/plant
    vegi/plants/plant1 vegi/plants/plant_a vegi/plants/plantb vegi/plants/plantd
    vegi/plants/plante vegi/plants2/plant_01 vegi/plants2/plant_02 vegi/plants2/plant_03
    vegi/tree02/tree2_a+tree2_b vegi/tree03/tree03 vegi/tree_dead/tree_dead1
    vegi/tree_dead/tree_dead3 vegi/treed/treed_trunk01+treed_leaves01 vegi/tropic/tropic02
    vegi/tropical1/tropical1 vegi/tropical1/tropical2 vegi/tropical1/tropical3
    vegi/tropical2/tropical_plant vegi/water_lily/lily_bloom vegi/water_lily2/lily
"""
THINGS = """
    barrel/barrel barrel/barrel2 barrel/barrel3 barrel_fuel/barrel_fuel
    barrel_plastic/barrel_plastic base/turret2/turret bathroom/sink bathroom/toilet
    boat/engine cameras/camera1 city/bench/bench_l city/bench/bench_s
    city/fountain/fountain1 city/garbagecan/garbagecan city/lantern/lantern city/light/light2
    city/mailbox/mailbox city/parkbench/parkbench city/parktable/parktable city/tombstones/ts1
    city/tombstones/ts3 city/tombstones/ts4 city/tombstones/ts5 city/tombstones/ts6
    city/trafficlights/trafficlight2 city/trafficsign/sign city/trafficsign/sign2
    city/vendorcart/vendor_cart city/waste/bag city/waste/container_closed
    city/waste/container_opened city/watertower/watertower construct/container/container
    construct/generator/generator construct/generator_big/generator
    construct/generator_vbig/generator construct/mixer/mixer construct/workbench/workbench
    crate/crate firehose/firehose furniture/automat/automat furniture/automat/sodamachine
    furniture/automat/waterdisp furniture/bed/bed furniture/bed/bed1 furniture/campbed/campbed
    furniture/chairs/bank1 furniture/chairs/bench furniture/chairs/chair furniture/chairs/chair1
    furniture/chairs/chair2 furniture/chairs/chair3 furniture/chairs/stleer
    furniture/coffeemaker/coffeemaker furniture/comptable/comptable furniture/curtains/curtains
    furniture/deerhead/deerhead furniture/desk/desk furniture/desklamp/desklamp
    furniture/dishes/cup furniture/dishes/fork furniture/dishes/knife
    furniture/emergencyexit/emergencyexit furniture/fireext/fireext furniture/fireext2/fireext2
    furniture/fireplace/fireplace furniture/locker/locker2 furniture/pitchfork/pitchfork
    furniture/water_dispenser/waterk gas_tank/gas_tank gascylinder/gascylinder heating/heating
    industrial/fan/fan industrial/lamp/lamp industrial/valve/valve
    japan/bed japan/buddha japan/katana japan/stoel laserturret/laserturret
    liftingcart/liftingcart lorry/lorry money/money money/moneycase oiltank/oiltank
    pushcart/pushcart samlauncher/samlauncher samlauncher_big/rocket samlauncher_big/sam
    skeleton/skelet skeleton/skelet2 skeleton/skull snowman/snowman statues/pharaoh/pharaoh
    statues/sarco/sarco statues/sphinx/sphinx store/box store/pellet switchboard/switchboard
    tent/tent trucks/truck/container trucks/truck/trees vehicles/forktruck/barrel1
    vehicles/forktruck/barrel2 vehicles/forktruck/box vehicles/forktruck/palette
    vehicles/forktruck/palsingle vehicles/forktruck/pipes vehicles/forktruck/rounds
"""
TOOLS = """
    assault/assault bolterrifle/bolterrifle bombs/bomb1 chaingun/chaingun chaingun/chaingun_ammo
    flamer/flamer flare/flare flashbang/flashbang fraggren/fraggren grenl/grenl incgren/incgren
    irgoggles/irgoggles kerrblade/kerrblade knife/knife knifemono/knifemono laserrifle/laserrifle
    machinegun/machinegun medikit/medikit needlergun/needler pbeamrifle/pbeamrifle pistol/pistol
    pistol2/pistol2 plasblaster/plasblaster plasmagren/plasmagren plasrifle/plasrifle rpg2/rpg
    shotgun/shotgun shotgun2/shotgun smg/smg smokegren/smokegren sniper/sniper stungren/stungren
    stunrod/stunrod vhs/vhs xaw95/xaw95
"""
CHOSEN: Mapping[str, str] = {
    f'models/{folder}/{name}.md2': category
    for folder, names, category in (
        ('objects', VEHICLES, 'vehicle'),
        ('objects', PLANTS, 'plant'),
        ('objects', THINGS, 'object'),
        ('weapons', TOOLS, 'object'),
    )
    for name in names.split()
}
ENDINGS = ('.png', '.jpg', '.tga')


@dataclass(frozen=True)
class Thing(Model):
    """One model; ``path`` is its first file.

    Attributes:
        parts: Further files, which stand where it stands.
    """

    parts: tuple[str, ...] = ()

    def unpacked(self, folder: Path, view: int) -> Path:
        """Write it as OBJ, MTL and PNG, in the frame and the skin whose turn it is."""
        pictures: dict[str, Image.Image] = {}
        with _opened(self.library) as archive:
            scene = self._part(archive, self.path, view, pictures)
            for path in self.parts:
                scene = scene.beside(self._part(archive, path, view, pictures))
        return write_scene(scene, pictures, folder)

    def _part(
        self, archive: zipfile.ZipFile, path: str, view: int, pictures: dict[str, Image.Image]
    ) -> Scene:
        """Read one of its files; adds the skin whose turn it is to ``pictures``."""
        at = path
        try:
            mesh = read_mesh(archive.read(path))
            inside = frozenset(archive.namelist())
            skins = [found for skin in mesh.skins if (found := _skin(path, skin, inside))]
            if not skins:
                raise ValueError(f'it has none of its skins: {", ".join(mesh.skins) or "none"}')
            at = skins[view % len(skins)]
            with Image.open(BytesIO(archive.read(at))) as opened:
                pictures[at] = opened.convert('RGBA')
        except (*BROKEN, *UNREADABLE) as error:
            why = 'no picture' if isinstance(error, UnidentifiedImageError) else error
            raise InputError(f'{self.library}: broken at {at} ({why}); get it again') from error
        return mesh.scene(view, at)


def models_of(library: Path) -> list[Model]:
    """List the models that a ``0models.pk3`` has, of those that were chosen.

    Raises:
        InputError: It is broken.
    """
    with _opened(library) as archive:
        inside = frozenset(archive.namelist())
    models: list[Model] = []
    for chosen, category in CHOSEN.items():
        first, *parts = _files(chosen)
        if {first, *parts} <= inside:
            name = PurePosixPath(first).stem
            models.append(Thing(library, first, name, category, parts=tuple(parts)))
    return models


def _opened(library: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(library)
    except BROKEN as error:
        raise InputError(
            f'{library}: not readable as a ZIP ({error}); download it again'
        ) from error


def _files(chosen: str) -> list[str]:
    """Take ``a/b+c.md2`` for ``a/b.md2`` and ``a/c.md2``."""
    path = PurePosixPath(chosen)
    return [f'{path.with_name(name)}.md2' for name in path.stem.split('+')]


def _skin(model: str, skin: str, inside: frozenset[str]) -> str | None:
    """Find a skin's file: a name with a dot before it lies beside the model."""
    named = f'{PurePosixPath(model).parent}/{skin[1:]}' if skin.startswith('.') else skin
    bare = f'{PurePosixPath(named).with_suffix("")}' if named else ''
    places = (named, *(bare + ending for ending in ENDINGS))
    return next((place for place in places if place in inside), None)
