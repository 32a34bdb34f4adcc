"""Photos and trimaps from files, one pair or two folders of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.files import list_photos, read_alpha, read_photo
from sosmatting.functional.trimap import check_trimap


def read_trimap(path: str | Path, size_hw: tuple[int, int], both: bool = True) -> np.ndarray:
    """Read a trimap and check it against its photo.

    Returns:
        (H, W) uint8 of 0, 128 and 255.

    Raises:
        InputError: The file is missing or broken, or see :func:`check_trimap`.
    """
    if not Path(path).is_file():
        raise InputError(f'{path}: no such trimap; check the path')
    trimap = read_alpha(path)
    check_trimap(trimap, size_hw, str(path), both)
    return trimap.astype(np.uint8)


def read_pair(
    image: str | Path, trimap: str | Path, both: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Read a photo, (H, W, 3) uint8 RGB, and its trimap (:func:`read_trimap`).

    The photo is turned upright by its EXIF data; the trimap is for that frame.
    """
    photo = read_photo(image)
    return photo, read_trimap(trimap, photo.shape[:2], both)


def pairs_of(images: Path, trimaps: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name photo and trimap of every result: two files, or two folders paired by file name.

    A photo without a trimap is paired with the path where it should be.

    Yields:
        The photo's name without suffix, the photo, and its trimap.

    Raises:
        InputError: One is a file and the other a folder, a folder holds no picture, or two photos
            or two trimaps have one name.
    """
    if images.is_dir() != trimaps.is_dir():
        folder, file = (images, trimaps) if images.is_dir() else (trimaps, images)
        raise InputError(f'{file}: {folder} is a folder, so give a folder here too')
    if not images.is_dir():
        yield images.stem, images, trimaps
        return
    photos, found = _by_stem(images), _by_stem(trimaps)
    for stem in sorted({*photos, *found}):
        missing = f'{stem}.png'
        yield stem, photos.get(stem, images / missing), found.get(stem, trimaps / missing)


def _by_stem(folder: Path) -> dict[str, Path]:
    """List a folder's pictures by name without suffix."""
    found: dict[str, Path] = {}
    for path in list_photos(folder):
        if path.stem in found:
            raise InputError(f'{path}: {found[path.stem].name} has the same name; remove one')
        found[path.stem] = path
    return found
