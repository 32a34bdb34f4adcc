"""Files in and out: one clear error each, and never a half-written one.

Frames: arrays are (H, W) or (H, W, 3) in RGB order, upright (EXIF rotation applied).
"""

from sosmatting.files.alphas import read_alpha
from sosmatting.files.json_files import read_json, write_json
from sosmatting.files.photos import (
    MAX_PIXELS,
    PHOTO_SUFFIXES,
    Photo,
    list_photos,
    load_photo,
    photo_bytes,
    photo_of_array,
    photo_of_image,
    read_photo,
)
from sosmatting.files.writing import (
    check_writable,
    explained,
    png_bytes,
    whole_file,
    write_bytes,
    write_jpeg,
    write_png,
)

__all__ = [
    'MAX_PIXELS',
    'PHOTO_SUFFIXES',
    'Photo',
    'check_writable',
    'explained',
    'list_photos',
    'load_photo',
    'photo_bytes',
    'photo_of_array',
    'photo_of_image',
    'png_bytes',
    'read_alpha',
    'read_json',
    'read_photo',
    'whole_file',
    'write_bytes',
    'write_jpeg',
    'write_json',
    'write_png',
]
