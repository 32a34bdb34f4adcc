"""A user's own program, for mypy --strict: the public types are there, and they are exact.

A wrong use is marked with the error it must give; a marker that is not needed is an error too.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from sosmatting import InputError, Matter, Mattes, PhotoMattes


def right(folder: Path, out: Path) -> list[str]:
    matter = Matter('soso_mini', folder / 'weights.safetensors', device='cpu', amp=True)
    found: PhotoMattes = matter(folder / 'a.jpg')
    from_bytes: PhotoMattes = matter((folder / 'a.jpg').read_bytes())
    with Image.open(folder / 'a.jpg') as image:
        found = matter(image)
    listed: list[PhotoMattes] = matter([folder / 'a.jpg', folder / 'b.jpg'], batch_size=2)
    streamed: Iterator[PhotoMattes] = matter(path for path in folder.iterdir())
    people: PhotoMattes = found['person'].select(min_score=0.5, points=[(1, 2)])
    picture: Image.Image = people.cutout(0, foreground='ml', crop=True)
    picture.save(out / 'a.png')
    found.composite((255, 255, 255)).save(out / 'b.png')
    found.overlay().save(out / 'c.png')
    written: list[Path] = found.save(out / 'd', ['psd', 'exr'], bits=16, background='white.png')
    alphas: np.ndarray = listed[0].alphas
    plain: Mattes = from_bytes[0]
    try:
        next(streamed)
    except InputError as error:
        print(error, alphas.shape, plain.scores, matter.device, found.to_coco()['images'])
    return [name for each in found for name in each.names] + [str(path) for path in written]


def wrong(matter: Matter) -> None:
    number: int = matter('a.jpg')  # type: ignore[assignment]
    single: PhotoMattes = matter(['a.jpg'])  # type: ignore[assignment]
    listed: list[PhotoMattes] = matter(iter(['a.jpg']))  # type: ignore[assignment]
    matter(3.5)  # type: ignore[call-overload]
    single.cutout(foreground='best')  # type: ignore[arg-type]
    single.select(points=[(1, 2, 3)])  # type: ignore[list-item]
    single.save()  # type: ignore[call-arg]
    print(number, listed, single.scored)  # type: ignore[attr-defined]
