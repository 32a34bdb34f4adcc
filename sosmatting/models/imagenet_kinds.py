"""ImageNet's thousand classes as five kinds of things, by their names in torchvision.

The first 398 classes are animals. Whatever is in none of the lists is a thing: tools, furniture,
instruments, food that lies on a table, buildings and landscapes.
"""

from torchvision.models import MobileNet_V2_Weights

ANIMALS = 398  # classes, from the first on
# People are none of ImageNet's classes; what they wear and play stands for them.
CLOTHING = """
    abaya, academic gown, apron, backpack, balance beam, ballplayer, barbell, barbershop, baseball,
    basketball, bathing cap, bearskin, bib, bikini, bolo tie, bonnet, bow tie, brassiere,
    breastplate, bulletproof vest, cardigan, chain mail, cloak, clog, cowboy boot, cowboy hat,
    crash helmet, cuirass, diaper, dumbbell, face powder, feather boa, football helmet, fur coat,
    gasmask, gown, groom, hair slide, hair spray, hand blower, holster, hoopskirt, horizontal bar,
    jean, jersey, kimono, knee pad, lab coat, lipstick, Loafer, maillot, maillot tank suit, mask,
    military uniform, miniskirt, mitten, mortarboard, muzzle, neck brace, necklace, overskirt,
    oxygen mask, pajama, parallel bars, pickelhaube, poncho, puck, punching bag, racket, rugby ball,
    running shoe, sandal, sarong, scuba diver, shower cap, ski, ski mask, snorkel, sock, sombrero,
    stethoscope, stole, suit, sunglass, sunglasses, sunscreen, sweatshirt, swimming trunks,
    trench coat, vestment, volleyball, wig, Windsor tie
"""
VEHICLES = """
    aircraft carrier, airliner, airship, ambulance, amphibian, balloon, beach wagon,
    bicycle-built-for-two, bobsled, bullet train, cab, canoe, car mirror, car wheel, catamaran,
    container ship, convertible, disk brake, dogsled, electric locomotive, fire engine, fireboat,
    forklift, freight car, garbage truck, go-kart, golfcart, gondola, grille, half track, harvester,
    horse cart, jeep, jinrikisha, lawn mower, lifeboat, limousine, liner, minibus, minivan, missile,
    mobile home, Model T, moped, motor scooter, mountain bike, moving van, oxcart, paddlewheel,
    passenger car, pickup, pirate, plow, police van, projectile, racer, recreational vehicle,
    school bus, schooner, snowmobile, snowplow, space shuttle, speedboat, sports car,
    steam locomotive, streetcar, submarine, tank, thresher, tow truck, tractor, trailer truck,
    tricycle, trimaran, trolleybus, unicycle, warplane, wing, wreck, yawl
"""
PLANTS = """
    acorn, agaric, artichoke, bolete, buckeye, cardoon, coral fungus, corn, daisy, ear, earthstar,
    greenhouse, gyromitra, hay, hen-of-the-woods, hip, mushroom, pot, rapeseed, stinkhorn,
    yellow lady's slipper
"""


def imagenet_kinds() -> dict[str, tuple[int, ...]]:
    """Return the classes of each kind, together each of the thousand once.

    Returns:
        ``animal``, ``clothing``, ``vehicle``, ``plant``, ``thing``: places in ImageNet's order.
    """
    names = MobileNet_V2_Weights.IMAGENET1K_V1.meta['categories']
    listed = {'clothing': CLOTHING, 'vehicle': VEHICLES, 'plant': PLANTS}
    kinds: dict[str, list[int]] = {'animal': list(range(ANIMALS)), 'thing': []}
    kind_of = {
        name.strip(): kind for kind, text in listed.items() for name in text.strip().split(',')
    }
    for place in range(ANIMALS, len(names)):
        kinds.setdefault(kind_of.get(names[place], 'thing'), []).append(place)
    return {kind: tuple(places) for kind, places in kinds.items()}
