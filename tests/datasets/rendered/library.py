"""A library of 3D models like Sweet Home 3D's, as small as can be."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

# An upright square of side 2 around the origin, its front towards +z.
SQUARE = """mtllib square.mtl
v -1 -1 0
v 1 -1 0
v 1 1 0
v -1 1 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vn 0 0 1
usemtl surface
f 1/1/1 2/2/1 3/3/1 4/4/1
"""
# Lying on its back, with what VTK does not bear: a face of two corners, a nameless material.
LYING = """mtllib square.mtl
v -1 0 1
v 1 0 1
v 1 0 -1
v -1 0 -1
vn 0 1 0
usemtl surface
f 1//1 2//1
f 1//1 2//1 3//1 4//1
"""
NAMELESS = '# made by hand\n\nNs 20\n'
RED = 'newmtl surface\nKd 1 0 0\nKs 0 0 0\nd {opacity}\nillum 1\n'
TEXTURED = 'newmtl surface\nKd 0 0 0\nKs 0 0 0\nd 1\nillum 1\nmap_Kd two.png\n'
ENTRY = """id#{n}=test#{n}
name#{n}={name}
category#{n}={category}
model#{n}=/{path}
width#{n}={width}
depth#{n}=50
height#{n}=80.5
creator#{n}=Somebody
"""


def two_colours() -> bytes:
    """A PNG whose left half is green, and whose right half is blue."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4, 1] = pixels[:, 4:, 0] = 255
    return cv2.imencode('.png', pixels)[1].tobytes()


def entry(number: int, name: str, category: str, path: str, width: float = 50) -> str:
    """The lines of the list for one model."""
    return ENTRY.format(n=number, name=name, category=category, path=path, width=width)


def write_library(path: Path, text: str | None, files: Mapping[str, str | bytes]) -> Path:
    """Write a library; without ``text`` it has no list."""
    with zipfile.ZipFile(path, 'w') as archive:
        if text is not None:
            archive.writestr('PluginFurnitureCatalog.properties', text.encode('latin-1'))
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def square_files(folder: str) -> dict[str, str]:
    """A red square below a folder of a library."""
    return {f'{folder}/square.obj': SQUARE, f'{folder}/square.mtl': RED.format(opacity=1)}
