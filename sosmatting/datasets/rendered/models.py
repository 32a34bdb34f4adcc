"""What a library of 3D models hands over, whoever made it."""

import zipfile
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# What zipfile raises at files that are damaged, encrypted or packed in a way it does not know.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Model(ABC):
    """One 3D model of a library.

    Attributes:
        library: The file that has it, a ZIP, or the folder.
        path: Its file in there.
        name: ``'Rocking horse'``.
        category: ``person``, ``animal``, ``vehicle``, ``plant`` or ``object``.
        rotation: Nine numbers, the rows of the matrix that sets it upright.
    """

    library: Path
    path: str
    name: str
    category: str
    rotation: tuple[float, ...] = UPRIGHT

    @abstractmethod
    def unpacked(self, folder: Path, view: int) -> Path:
        """Unpack it, with its materials, into a folder; returns the OBJ file.

        Args:
            folder: An empty one.
            view: Number of the drawing it is for: some models look different in every one.

        Raises:
            InputError: The library is broken.
        """
