"""What :class:`Matter` gives back: the mattes of one photo, as pictures and files."""

import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from sosmatting.apis.background import TRANSPARENT, read_background
from sosmatting.apis.photo_input import PhotoInput, take_photo
from sosmatting.exceptions import InputError
from sosmatting.export import SaveOptions, save
from sosmatting.export.coco_json import coco_dataset
from sosmatting.export.composite_png import composite
from sosmatting.export.folder import DEFAULT_FORMATS
from sosmatting.export.job import Job
from sosmatting.export.rgba_png import rgba_pixels
from sosmatting.files import Photo
from sosmatting.mattes import Mattes
from sosmatting.visualization.overlay import draw_overlay, label_texts

Foreground = Literal['none', 'ml']
Background = tuple[int, int, int] | PhotoInput | None


class PhotoMattes(Mattes):
    """The mattes of one photo (:class:`Mattes`), which can be looked at and saved.

    Pictures are Pillow's, of the photo's own size, with its colour profile and resolution.
    """

    @classmethod
    def of(cls, mattes: Mattes, photo: Photo) -> 'PhotoMattes':
        """Take over plain mattes, with what their photo tells beside its pixels."""
        values: dict[str, Any] = {each.name: getattr(mattes, each.name) for each in fields(mattes)}
        values |= {'icc_profile': photo.icc_profile, 'dpi': photo.dpi, 'deep': photo.deep}
        return cls(**values)

    def cutout(
        self, index: int = 0, foreground: Foreground = 'none', crop: bool = False
    ) -> Image.Image:
        """Cut one object out.

        Args:
            index: Which; the best-scored one is 0.
            foreground: ``'ml'`` estimates the object's own colours (needs pymatting), so that soft
                edges carry nothing of the old background; ``'none'`` keeps the photo's.
            crop: Cut to the matte's box.

        Returns:
            RGBA of 8 bits, straight alpha.

        Raises:
            IndexError: There are not so many.
            InputError: pymatting is not installed.
        """
        index = range(len(self))[index]
        job = Job(self, SaveOptions(foreground=foreground, crop=crop))
        return self._picture(rgba_pixels(job, index)[0])

    def composite(
        self, background: Background = TRANSPARENT, foreground: Foreground = 'none'
    ) -> Image.Image:
        """Lay all objects together over something else.

        Args:
            background: R, G, B of 0 to 255, or a colour's name (``'white'``, ``'#rrggbb'``); a
                picture (a file, an array, an image), scaled to cover the photo;
                ``'transparent'``; ``None``, a grey checker board.
            foreground: As for :meth:`cutout`.

        Returns:
            RGB, or RGBA where the background is transparent.

        Raises:
            InputError: The background cannot be read, or pymatting is not installed.
        """
        options = SaveOptions(foreground=foreground, background=_background(background))
        return self._picture(composite(Job(self, options)))

    def overlay(self) -> Image.Image:
        """Paint all mattes over the photo, labelled with class and score: RGB."""
        labels = label_texts(self.names, self.scores)
        return self._picture(draw_overlay(self.image, self.alphas, labels))

    def save(
        self,
        folder: str | os.PathLike[str],
        formats: Sequence[str] | str = DEFAULT_FORMATS,
        *,
        foreground: Foreground = 'none',
        premultiplied: bool | None = None,
        bits: int = 8,
        crop: bool = False,
        background: Background = None,
        embed_alpha: bool = False,
        source: str = '',
    ) -> list[Path]:
        """Write the mattes into a folder of their own (:func:`sosmatting.export.save`).

        Args:
            folder: Made where it is missing; an earlier result in it is replaced.
            formats: Some of ``rgba alpha8 alpha16 psd exr cryptomatte json overlay composite``.
            foreground: As for :meth:`cutout`.
            premultiplied: Of EXR: whether colours are multiplied by alpha; they are by default.
            bits: 8 or 16 bits a channel of ``rgba``.
            crop: Cut each object's files to its box.
            background: Of ``composite``, as for :meth:`composite`.
            embed_alpha: ``json`` holds the mattes themselves.
            source: The photo's file name, which ``json`` tells.

        Returns:
            The files written, ``mattes.json`` last.

        Raises:
            InputError: The folder cannot be written, or formats and options do not go together;
                nothing has been written then.
        """
        options = SaveOptions(
            foreground=foreground,
            premultiplied=premultiplied,
            bits=bits,
            crop=crop,
            background=_background(background),
            embed_alpha=embed_alpha,
            source=source,
        )
        names = [formats] if isinstance(formats, str) else list(formats)
        return save(self, Path(folder), names, options)

    def to_coco(
        self, file_name: str = '', image_id: int = 1, first_annotation_id: int = 1
    ) -> dict[str, Any]:
        """Describe the mattes as a COCO data set, each with its soft matte (base64 of a PNG).

        Args:
            file_name: The photo's.
            image_id: The photo's number.
            first_annotation_id: Number of the first annotation.

        Returns:
            ``images``, ``annotations`` and ``categories``, ready for JSON; pycocotools takes it.
        """
        return coco_dataset(self, None, file_name, image_id, first_annotation_id)

    def _picture(self, pixels: np.ndarray) -> Image.Image:
        """Make a picture of Pillow's that knows the photo's profile and resolution."""
        picture = Image.fromarray(pixels)
        if self.icc_profile is not None:
            picture.info['icc_profile'] = self.icc_profile
        if self.dpi is not None:
            picture.info['dpi'] = self.dpi
        return picture


def _background(
    given: Background,
) -> tuple[int, int, int] | np.ndarray | Literal['transparent'] | None:
    """Bring a background to what the writers take."""
    if given is None or isinstance(given, tuple):
        return given
    if isinstance(given, str):
        return read_background(given)
    if isinstance(given, (int, float)):
        raise InputError(f'background: {given!r} is not possible; give three numbers or a picture')
    return take_photo(given, max_pixels=None, name=None).pixels
