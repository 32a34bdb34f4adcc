"""What a picture's stored values mean: colour models, profiles, 16 bits, resolution.

Letters: H W pixels.
"""

import io
import math
from typing import IO, Any

import cv2
import numpy as np
from PIL import Image, ImageCms

from sosmatting.exceptions import InputError

DEEP_PNG = (2, 4, 6)  # colour types: RGB, grey and alpha, RGBA
BITS_PER_SAMPLE = 258
BLACK_POINT_COMPENSATION: Any = 0x2000  # of littleCMS; older Pillows have no name for it


def colour_values(image: Image.Image, icc_profile: bytes | None) -> tuple[np.ndarray, bytes | None]:
    """Turn a decoded picture of any mode into grey, RGB or RGBA values.

    CMYK and grey pictures with a profile of that kind are converted to sRGB by it, Lab ones by
    definition; RGB ones keep their values and their profile.

    Args:
        image: Decoded.
        icc_profile: The profile that came with it.

    Returns:
        (H, W, 3) or (H, W, 4) uint8, or (H, W) uint16; and the profile that belongs to them.

    Raises:
        InputError: The values are floating-point ones.
    """
    if image.mode == 'F':
        raise InputError('holds floating-point pixels; save it with 8 or 16 bits a channel')
    if image.mode.startswith('I'):
        values = np.asarray(image).astype(np.int64)
        return np.clip(values, 0, 65535).astype(np.uint16), rgb_profile(icc_profile)
    if image.mode in ('LA', 'RGBA', 'PA', 'La', 'RGBa') or 'transparency' in image.info:
        return np.asarray(image.convert('RGBA')), rgb_profile(icc_profile)
    if image.mode == 'LAB':
        return np.asarray(_to_srgb(image, ImageCms.createProfile('LAB'))), None
    if image.mode in ('CMYK', 'L') and icc_profile and rgb_profile(icc_profile) is None:
        converted = _to_srgb(image, io.BytesIO(icc_profile))
        if converted is not None:
            return np.asarray(converted), None
    return np.asarray(image.convert('RGB')), rgb_profile(icc_profile)


def rgb_profile(icc_profile: bytes | None) -> bytes | None:
    """Pass a profile of RGB colours on; drop one of CMYK or grey, which cannot describe RGB."""
    return icc_profile if icc_profile and icc_profile[16:20] == b'RGB ' else None


def _to_srgb(image: Image.Image, profile: Any) -> Image.Image | None:
    """Convert by a profile, relative colorimetric; ``None`` where it is damaged or of another kind.

    The pixels are intact then: a plain conversion shows them.
    """
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(profile),
            ImageCms.createProfile('sRGB'),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode='RGB',
            flags=BLACK_POINT_COMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def sixteen_bit_colours(image: Image.Image, stream: IO[bytes]) -> np.ndarray | None:
    """Decode colours of 16 bits a channel, of which Pillow would keep 8.

    Args:
        image: Opened by Pillow from ``stream``, not decoded yet.
        stream: The file.

    Returns:
        (H, W, 3) RGB or (H, W, 4) RGBA uint16, in OpenCV's frame (a PNG as stored, a TIFF upright);
        ``None`` for any other picture.

    Raises:
        ValueError: The file is damaged.
    """
    if image.format == 'PNG':
        stream.seek(24)
        bits, colours = stream.read(2)
        deep = bits == 16 and colours in DEEP_PNG
    elif image.format == 'TIFF':
        bits_per_sample: Any = image.tag_v2.get(BITS_PER_SAMPLE, ())  # type: ignore[attr-defined]
        deep = image.mode in ('RGB', 'RGBA') and 16 in tuple(np.atleast_1d(bits_per_sample))
    else:
        deep = False
    if not deep:
        return None
    stream.seek(0)
    content = np.frombuffer(stream.read(), np.uint8)
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(content, flags)
    except cv2.error as error:
        raise ValueError('cannot be decoded') from error
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise ValueError('cannot be decoded')
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return pixels[..., order]


def on_black(values: np.ndarray) -> np.ndarray:
    """Bring grey, RGB or RGBA values to RGB; what was transparent lies on black.

    Args:
        values: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8 or uint16.

    Returns:
        (H, W, 3) of the same type.
    """
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 1:
        return np.repeat(values, 3, axis=2)
    if values.shape[2] == 3:
        return np.array(values, order='C')
    top = np.uint32(np.iinfo(values.dtype).max)
    seen = values[..., :3].astype(np.uint32) * values[..., 3:]
    return ((seen + top // 2) // top).astype(values.dtype)


def to_eight_bits(values: np.ndarray) -> np.ndarray:
    """Round uint16 values to uint8: 65535 becomes 255."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def resolution_of(info: dict[Any, Any]) -> tuple[float, float] | None:
    """Read the horizontal and vertical resolution, in pixels an inch, out of Pillow's notes."""
    try:
        across, down = (float(value) for value in info['dpi'])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    usable = math.isfinite(across) and math.isfinite(down) and min(across, down) > 0
    return (across, down) if usable else None
