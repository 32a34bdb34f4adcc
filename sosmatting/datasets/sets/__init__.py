"""Published sets: a small reader each, and one writer to our layouts."""

from sosmatting.datasets.sets import (
    aim_500,
    alphamatting,
    am_2k,
    backgrounds,
    bg_20k,
    coco_backgrounds,
    coco_matting,
    composition_1k,
    distinctions_646,
    endless_sky,
    fluent_emoji,
    game_photos,
    him2k,
    i_him50k,
    m_him2k,
    p3m_10k,
    ppm_100,
    rgba,
    shipped,
)
from sosmatting.datasets.sets.layout import Source

_READERS = (
    him2k,
    i_him50k,
    m_him2k,
    coco_matting,
    composition_1k,
    distinctions_646,
    fluent_emoji,
    game_photos,
    am_2k,
    aim_500,
    p3m_10k,
    ppm_100,
    alphamatting,
    rgba,
    bg_20k,
    endless_sky,
    backgrounds,
    coco_backgrounds,
)
SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        *(reader.SOURCE for reader in _READERS),
        composition_1k.COMPOSED,
        shipped.STAMPS,
        shipped.PHOTOS,
    )
}
