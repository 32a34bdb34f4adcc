"""``mattes.json``: what the files of a result folder are.

::

    {"width": 640, "height": 480, "bits": 8,
     "instances": [{"class": "person", "score": 0.93, "box": [x1, y1, x2, y2], "area": 5120.5,
                    "files": {"alpha": "00.png", "rgba": "00_rgba.png"}}],
     "files": ["00.png", "00_rgba.png", "overlay.png", "mattes.json"]}

Boxes are in pixels of the photo, around alpha > 0.5, far edges exclusive; areas are sums of opacity
in pixels; names are relative to the folder.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError
from sosmatting.files import read_json, write_json
from sosmatting.mattes import Mattes


def describe(
    mattes: Mattes, instance_files: Sequence[dict[str, str]], files: Sequence[str], bits: int
) -> dict[str, Any]:
    """Describe a result folder.

    Args:
        mattes: The N mattes, in the order of their files.
        instance_files: N times the file names of one instance, by kind (``alpha``, ``rgba``).
        files: All files of the result.
        bits: Bits a channel, 8 or 16.

    Returns:
        What ``mattes.json`` holds.
    """
    height, width = mattes.image.shape[:2]
    instances = [
        {
            'class': mattes.names[i],
            'score': round(float(mattes.scores[i]), 6),
            'box': [round(float(edge), 2) for edge in mattes.boxes[i]],
            'area': round(float(mattes.areas[i]), 2),
            'files': instance_files[i],
        }
        for i in range(len(mattes))
    ]
    return {
        'width': int(width),
        'height': int(height),
        'bits': bits,
        'instances': instances,
        'files': list(files),
    }


def write_mattes_json(path: Path, description: dict[str, Any]) -> None:
    """Write ``mattes.json``, whole or not at all.

    Raises:
        InputError: The file cannot be written.
    """
    write_json(path, description)


def written_files(path: Path) -> set[str]:
    """List the files that an earlier result says it consists of.

    Returns:
        File names; empty where ``path`` does not exist or is no ``mattes.json`` of ours.
    """
    if not path.is_file():
        return set()
    try:
        found = read_json(path)
    except InputError:
        return set()
    names = found.get('files') if isinstance(found, dict) else None
    if not isinstance(names, list) or 'instances' not in found:
        return set()
    return {name for name in names if isinstance(name, str)}
