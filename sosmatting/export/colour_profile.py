"""The photo's ICC profile: may it be kept, and what do its colours look like in sRGB.

Letters: H W pixels.
"""

import io

import numpy as np
from PIL import Image, ImageCms

HEADER = 128  # bytes of an ICC profile before its tags


def rgb_profile(profile: bytes | None) -> bytes | None:
    """Return the profile if it describes RGB, as our pixels are, else ``None``.

    A photo that came as CMYK or grey has a profile of its own kind, which would make an RGB file
    wrong.
    """
    if profile is None or len(profile) < HEADER:
        return None
    return profile if profile[16:20] == b'RGB ' and profile[36:40] == b'acsp' else None


def is_srgb(profile: bytes | None) -> bool:
    """Tell whether colours are sRGB's: no RGB profile, a damaged one, or one that says so."""
    opened = _open(profile)
    return opened is None or 'srgb' in ImageCms.getProfileDescription(opened).lower()


def to_srgb(image: np.ndarray, profile: bytes | None) -> np.ndarray:
    """Convert a photo's colours to sRGB (relative colorimetric; what sRGB lacks is clipped).

    Args:
        image: (H, W, 3) uint8 RGB.
        profile: Its ICC profile; without one, or with a damaged one, it counts as sRGB.

    Returns:
        (H, W, 3) uint8 RGB; ``image`` itself where there is nothing to convert.
    """
    opened = _open(profile)
    if opened is None or is_srgb(profile):
        return image
    converted = ImageCms.profileToProfile(
        Image.fromarray(image),
        opened,
        ImageCms.createProfile('sRGB'),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    return np.asarray(converted)


def _open(profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    """Open an RGB profile; ``None`` for anything else and for a damaged one."""
    kept = rgb_profile(profile)
    if kept is None:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(kept))
    except (OSError, ImageCms.PyCMSError):
        return None
