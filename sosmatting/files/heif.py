"""HEIC, which Pillow reads through a plugin only."""

from sosmatting.exceptions import InputError

HEIF_SUFFIXES = ('.heic', '.heif')
BRANDS = (b'heic', b'heix', b'heim', b'heis', b'hevc', b'hevx', b'hevm', b'hevs', b'mif1', b'msf1')


def is_heif(head: bytes) -> bool:
    """Tell from a file's first 64 bytes whether it is HEIF with HEVC pictures (AVIF is not)."""
    return head[4:8] == b'ftyp' and head[8:12] in BRANDS and b'avif' not in head[8:]


def enable_heif(name: str) -> None:
    """Let Pillow read HEIC.

    Args:
        name: The picture that is to be read, for the error.

    Raises:
        InputError: The plugin is not installed.
    """
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise InputError(
            f'{name}: is a HEIC picture, which needs a plugin; pip install pillow-heif'
        ) from error
    register_heif_opener()
