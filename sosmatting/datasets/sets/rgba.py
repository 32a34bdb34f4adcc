"""Any folder of cut-outs saved as RGBA, at any depth."""

from pathlib import Path

from sosmatting.datasets.photo_sources import stamp_class
from sosmatting.datasets.sets.layout import AlphaFile, Contents, Picture, Source, found_in
from sosmatting.exceptions import InputError

SUFFIXES = ('.png', '.webp', '.tif', '.tiff')


def read(root: Path) -> Contents:
    """List all RGBA pictures; a COCO category in the path (``cats/1.png``, ``cow_2.png``) counts.

    Raises:
        InputError: The folder is missing or holds no such picture.
    """
    if not root.is_dir():
        raise InputError(f'{root}: no such folder; name a folder of RGBA pictures')
    paths = sorted(path for path in root.rglob('*') if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise InputError(
            f'{root}: expected RGBA pictures ({", ".join(SUFFIXES)}), found {found_in(root)}'
        )
    return {'train': [_cutout(root, path) for path in paths]}


def _cutout(root: Path, path: Path) -> Picture:
    """Describe one cut-out; the path below ``root`` becomes its name."""
    inside = path.relative_to(root)
    name = '_'.join(inside.with_suffix('').parts)
    category = stamp_class(inside.as_posix()) or 'object'
    return Picture(name, path, (AlphaFile(path, 'fourth'),), (category,))


SOURCE = Source(
    name='rgba',
    kind='cutouts',
    about='any folder of RGBA cut-outs',
    tree='**/NAME.png with an alpha channel',
    read=read,
)
