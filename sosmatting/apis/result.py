"""What :class:`Matter` gives back: the mattes of one photo, as pictures and files."""

import os
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from sosmatting.export import save
from sosmatting.files import Photo
from sosmatting.mattes import Mattes


class PhotoMattes(Mattes):
    """The mattes of one photo (:class:`Mattes`), which can be looked at and saved."""

    @classmethod
    def of(cls, mattes: Mattes, photo: Photo) -> 'PhotoMattes':
        """Take over plain mattes, with what their photo tells beside its pixels."""
        values: dict[str, Any] = {each.name: getattr(mattes, each.name) for each in fields(mattes)}
        values |= {'icc_profile': photo.icc_profile, 'dpi': photo.dpi, 'deep': photo.deep}
        return cls(**values)

    def save(
        self,
        folder: str | os.PathLike[str],
        formats: Sequence[str] = ('alpha8', 'rgba', 'overlay'),
    ) -> list[Path]:
        return save(self, Path(folder))
