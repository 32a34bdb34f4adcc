"""``mattes.json``: what the files of a result folder are.

::

    {"width": 640, "height": 480, "formats": ["alpha8", "rgba"], "bits": 8, "foreground": "none",
     "classes": ["person", "dog"],
     "instances": [{"class": "person", "layer": "person_01", "score": 0.93,
                    "box": [x1, y1, x2, y2], "area": 5120.5,
                    "files": {"alpha": "00.png", "rgba": "00_rgba.png"}, "offset": [x, y]}],
     "files": ["00.png", "00_rgba.png", "overlay.png", "mattes.json"]}

Boxes are in pixels of the photo, around alpha > 0.5, far edges exclusive; areas are sums of opacity
in pixels; names are relative to the folder. ``bits`` are those of the RGBA files. ``offset`` is
there where files are cropped: the left and top edge of the instance's files in the photo.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sosmatting.exceptions import InputError
from sosmatting.export.job import Job, box_of
from sosmatting.files import read_json, write_json


def describe(job: Job, formats: Sequence[str], files: Sequence[str]) -> dict[str, Any]:
    """Describe a result folder.

    Args:
        job: The result, with the names of its instances' files.
        formats: The formats' names.
        files: All files of the result.

    Returns:
        What ``mattes.json`` holds.
    """
    mattes, options = job.mattes, job.options
    height, width = mattes.image.shape[:2]
    instances = []
    for i, layer in enumerate(job.names):
        instance = {
            'class': mattes.names[i],
            'layer': layer,
            'score': round(float(mattes.scores[i]), 6),
            'box': [round(float(edge), 2) for edge in mattes.boxes[i]],
            'area': round(float(mattes.areas[i]), 2),
            'files': job.files[i],
        }
        if options.crop:
            rows, columns = box_of(mattes.alphas[i])
            instance['offset'] = [columns.start, rows.start]
        instances.append(instance)
    return {
        'width': int(width),
        'height': int(height),
        'formats': list(formats),
        'bits': options.bits,
        'foreground': options.foreground,
        'classes': list(mattes.classes),
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
