"""Photographed plants, and a few people and things, cut out: they stand about in three free games.

TORCS (Free Art Licence, GPL), FlightGear (GPL) and SuperTuxKart (CC BY-SA, CC BY, CC0, GPL: by
picture), as Debian's ``torcs-data``, ``flightgear-data-base`` and ``supertuxkart-data`` have them;
their ``copyright`` files say whose they are.
"""

from collections.abc import Mapping
from pathlib import Path

from sosmatting.datasets.sets.layout import (
    AlphaFile,
    Contents,
    Picture,
    Source,
    found_in,
    held_out_every,
)
from sosmatting.exceptions import InputError

# By looking: at least 256 px in one direction, no fringe of another colour, and a thing by itself.
TORCS = (
    'dirt/dirt-2/tree10_n.png', 'dirt/dirt-2/tree13_n.png', 'dirt/dirt-2/tree15_n.png',
    'dirt/dirt-3/grass-clump-arbor_n.png', 'dirt/dirt-3/tree_bush2_arbor_n.png',
    'dirt/dirt-3/tree_gum2_arbor_n.png', 'dirt/dirt-3/tree_gum_arbor_n.png',
    'road/brondehach/tree1_n.png', 'road/brondehach/tree2_n.png', 'road/corkscrew/treeSC2_n.png',
    'road/corkscrew/treeSC_n.png', 'road/corkscrew/tree_n.png', 'road/e-track-2/tree11_n.png',
    'road/e-track-2/tree9_n.png', 'road/e-track-2/tree_eva_n.png', 'road/e-track-3/tree12_n.png',
    'road/e-track-3/tree195_n.png', 'road/e-track-6/tree_apple_n.png',
    'road/e-track-6/tree_bush_n.png', 'road/e-track-6/tree_maple_n.png', 'road/forza/treetd_n.png',
    'road/g-track-1/tree53_n.rgb', 'road/ruudskogen/rk_tree_3_n.png', 'road/wheel-1/tree2_n.png',
    'road/wheel-1/tree5_n.png', 'road/wheel-1/tree6_n.png', 'road/wheel-1/tree7_n.png',
    'road/wheel-2/tree_n.png', 'road/wheel-2/treeg11_n.png',
)  # fmt: skip
FLIGHTGEAR = (
    'Military/ArmedGuard.png', 'Military/ArmedGuard_Grey.png',
    'StreetFurniture/trash-container.png',
    'Trees/Cardos1.png', 'Trees/Cardos2.png', 'Trees/Cardos3.png', 'Trees/Eucalipto12m.png',
    'Trees/Eucalipto14m.png', 'Trees/ichu1.png', 'Trees/ichu2.png', 'Trees/ichu3.png',
    'Trees/ichu4.png', 'Trees/laurier.png', 'Trees/lipa_large.png', 'Trees/palm_01.png',
    'Trees/palm_02.png', 'Trees/palm_03.png', 'Trees/pinus_negra.png', 'Trees/sierra_bush1.png',
    'Trees/sierra_bush2.png',
)  # fmt: skip
SUPERTUXKART = (
    'library/stklib_autumnTree_b/tree_b.png', 'library/stklib_autumnTree_c/tree_c.png',
    'library/stklib_autumnWillow_a/willow_tree.png', 'library/stklib_butterfly_a/butterfly.png',
    'library/stklib_fern_a/stktex_fern_diff_a.png', 'library/stklib_pinetree_b/fir_branch.png',
    'library/stklib_pinetree_b/fir_tree.png',
    'library/stklib_sagebrush_a/stktex_branches_diff_a.png',
    'library/stklib_sagebrush_a/stktex_bushSageBrush_diff_a.png',
    'textures/hd_palmTreeLeafDry_a_Albedo.png', 'textures/hd_palmTreeLeaf_a_Albedo.png',
    'textures/stk_accacia_a.png', 'textures/stk_cabbage_a.png', 'textures/stk_pineBranch_a.png',
    'textures/stklib_conifer_a_low.png', 'textures/stktex_autumnLeaf_a.png',
    'textures/stktex_cattail_diff_a.png', 'textures/stktex_ivyVines_a.png',
    'textures/stktex_jungleLeaf_b.png', 'textures/stktex_lowPalmLeaf_a.png',
    'tracks/black_forest/BlackEyedSusan.png', 'tracks/black_forest/Flower5.png',
    'tracks/hacienda/cactus.png', 'tracks/hacienda/palm_b.png',
    'tracks/lighthouse/tree_noanim.png', 'tracks/minigolf/BurdockLeaf.png',
    'tracks/minigolf/FieldPlant2.png', 'tracks/minigolf/Mint.png',
    'tracks/overworld/Mushroom 2 side.png', 'tracks/snowtuxpeak/tree_1.png',
    'tracks/snowtuxpeak/tree_1Low.png', 'tracks/zengarden/koiFish.png',
)  # fmt: skip
# Where a game's package keeps them.
GAMES: Mapping[str, tuple[str, ...]] = {
    'torcs/tracks': TORCS,
    'flightgear/Scenery/Models': FLIGHTGEAR,
    'supertuxkart/data': SUPERTUXKART,
}
CATEGORIES: Mapping[str, str] = {
    'ArmedGuard': 'person',
    'ArmedGuard_Grey': 'person',
    'tree_eva_n': 'person',
    'butterfly': 'animal',
    'koiFish': 'animal',
    'trash-container': 'object',
}
HELD_OUT_EVERY = 8


def read(root: Path) -> Contents:
    """List the pictures of the games that are there; every eighth is split ``val``.

    Raises:
        InputError: The folder is missing, or holds none of the games.
    """
    if not root.is_dir():
        raise InputError(f'{root}: no such folder; name the folder that the games lie in')
    paths = [root / game / name for game, names in GAMES.items() for name in names]
    found = [path for path in paths if path.is_file()]
    if not found:
        raise InputError(
            f'{root}: expected one of the folders {", ".join(GAMES)} with its pictures, found '
            f'{found_in(root)}; data/README.md says where they are to be had'
        )
    pictures = [
        Picture(
            '_'.join(path.relative_to(root).with_suffix('').parts).replace(' ', '_'),
            path,
            (AlphaFile(path, 'fourth'),),
            (CATEGORIES.get(path.stem, 'plant'),),
        )
        for path in found
    ]
    return held_out_every(pictures, HELD_OUT_EVERY)


SOURCE = Source(
    name='game-photos',
    kind='cutouts',
    about='photographed plants and a few more things (TORCS, FlightGear, SuperTuxKart)',
    tree='{torcs/tracks,flightgear/Scenery/Models,supertuxkart/data}/**/NAME.png',
    read=read,
    published={'train': 70, 'val': 11},  # as Debian 12's packages have them
)
