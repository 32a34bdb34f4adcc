"""Read, check and cut out what a set's files hold.

Letters: H W pixels of a photo, h w of a cut-out. Alphas are uint8 or uint16 as stored, or float32
in [0, 1] where it says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from sosmatting.datasets.sets.layout import AlphaFile, Picture
from sosmatting.exceptions import InputError, one_line
from sosmatting.files import read_alpha, read_photo, write_png
from sosmatting.functional.compose import foreground_colours

COLOURS = ('pymatting', 'blur')
LEVELS = (1600, 640, 320, 160)  # long sides in pixels at which a cut-out is kept
SEEN = 0.02


@dataclass(frozen=True)
class Cutout:
    """An object by itself, cropped to what is visible of it.

    Attributes:
        rgba: (h, w, 4) uint8, the colours not multiplied by alpha.
        cut: Whether its photo cut it off: left, top, right, bottom.
    """

    rgba: np.ndarray
    cut: tuple[bool, bool, bool, bool]


def read_matte(file: AlphaFile) -> np.ndarray:
    """Read an (H, W) uint8 or uint16 alpha.

    Raises:
        InputError: The file is missing, broken, in colour, has no alpha channel where that is
            wanted, or no two halves.
    """
    if file.part == 'fourth':
        return _read_rgba(file.path)[..., 3]
    alpha = read_alpha(file.path)
    if file.part == 'all':
        return alpha
    half, odd = divmod(alpha.shape[1], 2)
    if odd or not half:
        raise InputError(
            f'{file.path}: expected trimap and alpha side by side, found a picture of odd width '
            f'{alpha.shape[1]}; download it again'
        )
    return alpha[:, :half] if file.part == 'left' else alpha[:, half:]


def _read_rgba(path: Path) -> np.ndarray:
    """Read an (H, W, 4) uint8 picture that has transparency."""
    try:
        with Image.open(path) as file:
            clear = file.mode in ('RGBA', 'LA', 'PA', 'La', 'RGBa') or 'transparency' in file.info
            rgba = np.asarray(file.convert('RGBA'))
    except FileNotFoundError as error:
        raise InputError(f'{path}: no such file; check the path') from error
    except Exception as error:  # a damaged file makes Pillow raise nearly anything
        raise InputError(
            f'{path}: not readable as a picture ({one_line(error)}); save it again'
        ) from error
    if not clear:
        raise InputError(f'{path}: has no alpha channel; save it as RGBA, or remove it')
    return rgba


def unit(alpha: np.ndarray) -> np.ndarray:
    """Bring a stored alpha to float32 in [0, 1]."""
    return alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)


def check_matte(alpha: np.ndarray, path: Path, size_wh: tuple[int, int] | None) -> None:
    """Refuse an alpha that cannot be true.

    Raises:
        InputError: It is not of its photo's size, shows nothing, or is opaque everywhere.
    """
    if size_wh is not None and alpha.shape != size_wh[::-1]:
        raise InputError(
            f'{path}: is {alpha.shape[1]} x {alpha.shape[0]} pixels, its photo {size_wh[0]} x '
            f'{size_wh[1]}; save it at that size'
        )
    if not alpha.any():
        raise InputError(f'{path}: an empty alpha, 0 everywhere; remove it')
    if alpha.min() == np.iinfo(alpha.dtype).max:
        raise InputError(f'{path}: an alpha that is opaque everywhere is no matte; remove it')


def check_alpha(path: Path, size_wh: tuple[int, int], visible: bool = True) -> Iterator[str]:
    """Yield what is wrong with a matte on disk, if anything, in one line."""
    try:
        alpha = read_alpha(path)
        if visible:
            check_matte(alpha, path, size_wh)
    except InputError as error:
        yield one_line(error)


def check_photo(path: Path, size_wh: tuple[int, int] | None = None) -> Iterator[str]:
    """Yield what is wrong with a photo, if anything, in one line; it is decoded."""
    try:
        size = read_photo(path).shape[1::-1]
    except InputError as error:
        yield one_line(error)
        return
    if size_wh is not None and size != size_wh:
        yield (
            f'{path}: is {size[0]} x {size[1]} pixels, its annotation says {size_wh[0]} x '
            f'{size_wh[1]}; mend one of them'
        )


def picture_problems(picture: Picture) -> Iterator[str]:
    """Name, one line each, what is wrong with the files of a picture; all are decoded."""
    try:
        size = read_photo(picture.image).shape[1::-1]
    except InputError as error:
        yield one_line(error)
        return
    for file in picture.alphas:
        try:
            check_matte(read_matte(file), file.path, size)
        except InputError as error:
            yield one_line(error)
    for file in picture.trimaps:
        try:
            read_matte(file)
        except InputError as error:
            yield one_line(error)


def cut_out(picture: Picture, colours: str, keep: bool) -> Cutout:
    """Cut the object out of a photo of one object.

    Args:
        picture: Photo and alpha.
        colours: How the object's own colours are found where it shares pixels with the background:
            ``'pymatting'`` (multi-level, Germer et al. 2020) or ``'blur'`` (blur fusion).
        keep: The picture shows the object's own colours already.

    Raises:
        InputError: See :func:`read_matte` and :func:`check_matte`; pymatting is not installed.
    """
    (file,) = picture.alphas
    alpha = read_matte(file)
    image = _read_rgba(file.path)[..., :3] if file.part == 'fourth' else read_photo(picture.image)
    check_matte(alpha, file.path, image.shape[1::-1])
    opacity = unit(alpha)
    cut = cut_edges(opacity)
    factor = min(1.0, LEVELS[0] / max(_box(opacity)[2:]))
    margin = 16
    x, y, width, height = _box(opacity)
    part = np.s_[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
    small, share = image[part].astype(np.float32) / 255, opacity[part]
    if not keep:
        small, share = shrink_to(small, factor), shrink_to(share, factor)
        small, factor = clean_colours(small, share, colours), 1.0
    return Cutout(cropped(np.dstack([small, share]), factor), cut)


def cropped(rgba: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """Crop an (H, W, 4) float RGBA in [0, 1] to what is visible, and shrink it: uint8."""
    x, y, width, height = _box(rgba[..., 3])
    return quantised(shrink_rgba(rgba[y : y + height, x : x + width], factor))


def _box(opacity: np.ndarray) -> tuple[int, int, int, int]:
    """Box what is visible of an (H, W) float alpha: x, y, width, height in pixels."""
    seen = opacity > SEEN
    if not seen.any():
        seen = opacity > 0
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def cut_edges(opacity: np.ndarray) -> tuple[bool, bool, bool, bool]:
    """Tell at which edges (left, top, right, bottom) an object is cut off.

    There, it covers at least 8 % of its own extent along that edge.
    """
    _, _, width, height = _box(opacity)
    borders = (opacity[:, :2], opacity[:2].T, opacity[:, -2:], opacity[-2:].T)
    left, top, right, bottom = (
        bool((border.max(1) > 0.5).sum() > 0.08 * length)
        for border, length in zip(borders, (height, width, height, width), strict=True)
    )
    return left, top, right, bottom


def clean_colours(image: np.ndarray, alpha: np.ndarray, method: str) -> np.ndarray:
    """Estimate an object's own colours.

    Args:
        image: (H, W, 3) float32 in [0, 1].
        alpha: (H, W) float32 in [0, 1].
        method: One of :data:`COLOURS`.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        InputError: pymatting is wanted and not installed.
    """
    if method == 'blur':
        return foreground_colours(image, alpha)
    try:
        from pymatting import estimate_foreground_ml
    except ImportError as error:
        raise InputError(
            "--colours pymatting: pymatting is not installed; pip install 'sosmatting[foreground]' "
            'or give --colours blur'
        ) from error
    clean = estimate_foreground_ml(image.astype(np.float64), alpha.astype(np.float64))
    return np.clip(clean, 0, 1).astype(np.float32)


def shrink_to(pixels: np.ndarray, factor: float) -> np.ndarray:
    """Shrink (H, W) or (H, W, C) float32 pixels by area; a factor of 1 or more changes nothing."""
    if factor >= 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def shrink_rgba(rgba: np.ndarray, factor: float) -> np.ndarray:
    """Shrink (h, w, 4) float32 RGBA in [0, 1] by area, colours weighted by alpha."""
    if factor >= 1:
        return rgba
    alpha = rgba[..., 3:]
    small = shrink_to(np.dstack([rgba[..., :3] * alpha, alpha]), factor)
    small[..., :3] /= np.maximum(small[..., 3:], 1e-4)
    return np.clip(small, 0, 1)


def quantised(rgba: np.ndarray) -> np.ndarray:
    """Round float RGBA in [0, 1] to uint8; invisible pixels get no colour."""
    stored = np.round(rgba * 255).astype(np.uint8)
    stored[stored[..., 3] == 0] = 0
    return stored


def levels_of(rgba: np.ndarray, levels: Sequence[int] = LEVELS) -> dict[int, np.ndarray]:
    """Shrink a cut-out to each level that is smaller than itself, so that readers need not.

    Returns:
        uint8 RGBA by long side, the largest first; the cut-out itself under ``levels[0]``.
    """
    floats = rgba.astype(np.float32) / 255
    longest = max(rgba.shape[:2])
    smaller = {
        level: quantised(shrink_rgba(floats, level / longest))
        for level in levels[1:]
        if level < 0.9 * longest
    }
    return {levels[0]: rgba} | smaller


def write_levels(folder: Path, name: str, rgba: np.ndarray) -> dict[str, Any]:
    """Write (h, w, 4) uint8 RGBA at every level; returns the fields of its annotation."""
    files, sizes = [], []
    for level, pixels in levels_of(rgba).items():
        files.append(f'{level}/{name}.png')
        sizes.append([pixels.shape[1], pixels.shape[0]])
        write_png(folder / files[-1], pixels)
    area = float(unit(rgba[..., 3]).sum(dtype=np.float64))
    return {'foreground': files, 'foreground_sizes': sizes, 'cutout_area': area}
