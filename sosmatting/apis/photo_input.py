"""What may be given as a photo, and the photo on its way to the network."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import Photo, load_photo, photo_of_array, photo_of_image

PhotoInput = str | os.PathLike[str] | bytes | Image.Image | np.ndarray | Photo
SINGLE = (str, os.PathLike, bytes, Image.Image, np.ndarray, Photo)


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo that is read and brought to the network's size.

    Attributes:
        name: What errors call it.
        photo: The photo itself.
        data: What the config's test pipeline made of it: ``inputs`` (3, h, w) uint8 BGR and
            ``data_samples``.
    """

    name: str
    photo: Photo
    data: dict[str, Any]


def take_photo(photo: PhotoInput, max_pixels: int | None, name: str | None = None) -> Photo:
    """Read or take over one photo.

    Args:
        photo: A file, the bytes of one, an image of Pillow's, an array, or a photo read before.
        max_pixels: Refuse photos of more pixels; ``None`` for no limit.
        name: What errors call it.

    Raises:
        InputError: It cannot be read, is too large, or is nothing of these.
    """
    given: dict[str, Any] = {'max_pixels': max_pixels}
    given |= {} if name is None else {'name': name}
    if isinstance(photo, Photo):
        return photo
    if isinstance(photo, np.ndarray):
        return photo_of_array(photo, **given)
    if isinstance(photo, Image.Image):
        return photo_of_image(photo, **given)
    if not isinstance(photo, (str, os.PathLike, bytes)):
        raise InputError(
            'a photo must be a file, the bytes of one, a Pillow image or an array, not '
            f'{type(photo).__name__}'
        )
    return load_photo(photo, **given)
