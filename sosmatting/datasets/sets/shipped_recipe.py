"""The photos that the shipped model was trained on, and those that were held out to judge it.

Lists are literal: nothing here depends on a seed. Names are those of prepared sets (the path below
the set's folder, joined by ``_``). COCO's own split decides its photos: val2017 is held out.
"""

from collections.abc import Mapping

# 15 % of the cut-outs, every kind of thing among them.
HELD_OUT_STAMPS = (
    'animals_birds_crowned_crane',
    'animals_birds_pelican',
    'animals_birds_rooster',
    'animals_fish_seahorse',
    'animals_insects_mantis',
    'animals_mammals_bears_european-bear',
    'animals_mammals_bovines_gnu-stand',
    'animals_mammals_bovines_sheep_lamb',
    'animals_mammals_deer_wapiti',
    'animals_mammals_equines_donkey',
    'animals_mammals_rodents_rabbit',
    'animals_marsupials_koala',
    'food_fruit_kiwi',
    'hobbies_music_string_guitar_classical',
    'household_tools_toolbox',
    'household_wheelie_bin',
    'plants_flowers_chemparathi',
    'plants_mushrooms_cep',
    'vehicles_auto_sportscar2',
    'vehicles_ship_chineseJunk',
)
HELD_OUT_PHOTOS = (
    'GT08',
    'GT13',
    'GT16',
    'GT25',
    'p_22fc0130',
    'p_d684dae3',
    'sample11',
    'sample3',
)
HELD_OUT = frozenset(HELD_OUT_STAMPS + HELD_OUT_PHOTOS)

# What is no COCO category counts as one of the model's own.
STAMP_FOLDERS: Mapping[str, str] = {
    'animals': 'animal',
    'food': 'object',
    'hobbies': 'object',
    'household': 'object',
    'people': 'person',
    'plants': 'plant',
    'vehicles': 'vehicle',
}
# By looking.
PHOTO_CATEGORIES: Mapping[str, str] = {
    'GT01': 'plant',
    'GT12': 'plant',
    'GT19': 'plant',
    'sample3': 'cat',
    'sample4': 'animal',
    'sample6': 'animal',
    'sample8': 'animal',
    'sample10': 'horse',
    'sample11': 'dog',
    'sample13': 'animal',
    'sample14': 'cat',
    'lemur': 'animal',
}
