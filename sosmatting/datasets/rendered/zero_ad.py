"""The animals of the game 0 A.D. (Wildfire Games, CC BY-SA 3.0), as Debian's ``0ad-data`` has them.

``public.zip`` holds meshes that are ready for the game (``.pmd``) and skins (``.dds``). The animals
stand as their makers built them: the bones are there, and nothing moves them.
"""

import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from sosmatting.datasets.rendered.models import BROKEN, Model
from sosmatting.datasets.rendered.scene import (
    UNREADABLE,
    Material,
    Scene,
    Surfaces,
    write_scene,
)
from sosmatting.exceptions import InputError

FILES = 'public.zip'
MESH = 'art/meshes/skeletal/{}.dae.cached.pmd'
SKIN = re.compile(r'art/textures/skins/skeletal/(\w.*)\.(?:png|dds)\.cached\.dds')
HORSES = (
    'horse_bay_01', 'horse_bay_02', 'horse_beige', 'horse_black', 'horse_brown', 'horse_cherrybay',
    'horse_gray', 'horse_halflinger', 'horse_tan', 'horse_white',
)  # fmt: skip
SPOTTED = ('horse_brown_spotted_01', 'horse_cream_spotted_01', 'horse_skewbald')
ZEBUS = (
    'animal_zebu', 'animal_zebu_black', 'animal_zebu_black_and_white', 'animal_zebu_brown',
    'animal_zebu_white_and_brown',
)  # fmt: skip
CATTLE = ('animal_cattle_beige', 'animal_cattle_black_and_white', 'animal_zebu_white_and_brown')
GOATS = ('animal_goat', 'animal_goat_black', 'animal_goat_grey', 'animal_goat_white')
PIGS = ('animal_pig_01', 'animal_pig_b', 'animal_pig_c', 'animal_pig_d', 'animal_pig_e')
BIG_ELEPHANT = ('animal-elephant-base',)
# Meshes, and skins that the game gives them. Left out, by looking: what has so few faces that it
# looks folded of paper, swarms, and what is a picture with holes (birds' tails), not read here.
ANIMALS: Mapping[str, tuple[str, ...]] = {
    'Croc': ('animal_crocodile',),
    'animal_boar': ('animal_boar_01',),
    'animal_lion': ('animal_lion',),
    'animal_lioness': ('animal_lioness',),
    'animal_piglet': ('animal_pig_01', 'animal_pig_02', 'animal_pig_03'),
    'animal_tuna': ('animal_tuna',),
    'bear': ('animal_bear_black', 'animal_bear_brown'),
    'bear_polar': ('animal_bear_white',),
    'bull_a': ('animal_cattle_black', 'animal_cattle_beige'),
    'camel': ('animal_camel_a', 'animal_camel_b', 'animal_camel_c'),
    'cattle_female_a': CATTLE,
    'cattle_female_b': CATTLE,
    'crow': ('animal_crow',),
    'deer_mesh': ('animal_deer_01', 'animal_deer_02', 'animal_deer_03', 'animal_gazelle_02'),
    'donkey': ('animal_donkey',),
    'elephant_african_baby': ('animal-elephant-base-baby',),
    'elephant_african_bush': BIG_ELEPHANT,
    'elephant_african_forest': BIG_ELEPHANT,
    'elephant_asian_male': ('animal-elephant-asian-base',),
    'fauna_hippopotamus': ('fauna_hippopotamus_01', 'fauna_hippopotamus_02'),
    'fox': ('animal_fox_arctic', 'animal_fox_red'),
    'giraffe_adult': ('animal_giraffe', 'animal_giraffeb'),
    'giraffe_infant': ('animal_giraffe', 'animal_giraffeb'),
    'goat': GOATS,
    'goat_male': GOATS,
    'horse': ('animal_zebra_2',),
    'horse_breed': HORSES,
    'horse_celtic': HORSES,
    'horse_lusitano': ('horse_lusitano_01', 'horse_lusitano_02', *SPOTTED),
    'horse_persian': ('horse_palomino_01', 'horse_dark_chestnut', 'horse_fading_black', *SPOTTED),
    'mastiff_no_spikes': ('brit/mastiff_b_01', 'brit/mastiff_b_02'),
    'pig': PIGS,
    'pony': HORSES,
    'rhino': ('animal_rhino',),
    'sanga_cattle_a': ZEBUS,
    'seagull': ('animal_seagull',),
    'shark': ('animal_shark', 'animal_sharkdark'),
    'sheep': ('animal_sheep_a', 'animal_sheep_no_player_color_a'),
    'tiger': ('animal_tiger',),
    'whale_fin': ('animal_whale_fin',),
    'wildebeest_adult': ('animal_wildebeest',),
    'wildebeest_juvenile': ('animal_wildebeest',),
    'wolf': ('animal_wolf', 'animal_wolf_grey', 'animal_wolf_white'),
    'zebra': ('animal_zebra',),
    'zebu': ZEBUS,
}
PICTURE = 'skin'
MAGIC, VERSION = b'PSMD', 4


@dataclass(frozen=True)
class Animal(Model):
    """One animal; ``path`` is its mesh.

    Attributes:
        skins: Pictures in the library, one for each drawing in turns.
    """

    skins: tuple[str, ...] = ()

    def unpacked(self, folder: Path, view: int) -> Path:
        """Write mesh and skin of drawing ``view`` as OBJ, MTL and PNG."""
        skin = self.skins[view % len(self.skins)]
        at = self.path
        try:
            with zipfile.ZipFile(self.library) as archive:
                mesh = read_mesh(archive.read(self.path))
                at = skin
                with Image.open(BytesIO(archive.read(skin))) as opened:
                    # Its fourth channel is no transparency: it says where a player's colour goes.
                    picture = opened.convert('RGB')
        except (*BROKEN, *UNREADABLE, struct.error) as error:
            why = 'no picture' if isinstance(error, UnidentifiedImageError) else error
            raise InputError(f'{self.library}: broken at {at} ({why}); get it again') from error
        return write_scene(mesh, {PICTURE: picture}, folder)


def read_mesh(content: bytes) -> Scene:
    """Read a ``.pmd`` file, version 4: what of it is to be seen, its front towards z.

    After the magic word and the version come the size, the number V of corners, that of skins they
    lie in, and for every corner place, normal, a pair for each skin, and the weights of bones; then
    the number of triangles, and three corners for each.

    Raises:
        ValueError: It is no such file, or is cut off.
    """
    magic, version, _, corners, skins = struct.unpack_from('<4s4I', content)
    if magic != MAGIC or version != VERSION or not skins:
        raise ValueError(f'no mesh of version {VERSION} with a skin')
    fields = [('place', '<f4', 3), ('normal', '<f4', 3), ('texel', '<f4', (skins, 2))]
    corner = np.dtype([*fields, ('bones', 'u1', 4), ('weights', '<f4', 4)])
    start = struct.calcsize('<4s4I')
    rows = np.frombuffer(content, corner, corners, start)
    start += corners * corner.itemsize
    (count,) = struct.unpack_from('<I', content, start)
    faces = np.frombuffer(content, '<u2', 3 * count, start + 4).reshape(-1, 3)
    if count and int(faces.max()) >= corners:
        raise ValueError('a triangle has corners that are not there')
    # The game's coordinates are left-handed, and its animals look away; mirrored, faces go round
    # anticlockwise as OBJ files want it.
    mirror = np.array([1, 1, -1], np.float32)
    normals, texels = rows['normal'] * mirror, rows['texel'][:, 0]
    shown = Surfaces(faces.tolist(), list(texels[faces]), list(normals[faces]))
    return Scene([Material()], rows['place'] * mirror, {(0, PICTURE): shown})


def models_of(library: Path) -> list[Model]:
    """List the animals that a ``public.zip`` has, with those of their skins that are there.

    Raises:
        InputError: It is broken.
    """
    try:
        with zipfile.ZipFile(library) as archive:
            inside = frozenset(archive.namelist())
    except BROKEN as error:
        raise InputError(
            f'{library}: not readable as a ZIP ({error}); download it again'
        ) from error
    skins = {found[1]: name for name in inside if (found := SKIN.fullmatch(name))}
    models: list[Model] = []
    for mesh, wanted in ANIMALS.items():
        path, known = MESH.format(mesh), tuple(skins[skin] for skin in wanted if skin in skins)
        if path in inside and known:
            models.append(Animal(library, path, mesh, 'animal', skins=known))
    return models
