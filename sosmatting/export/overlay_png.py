"""The photo with all its mattes painted over it, labelled."""

from pathlib import Path

from sosmatting.files import write_png
from sosmatting.mattes import Mattes
from sosmatting.visualization.overlay import draw_overlay


def write_overlay_png(path: Path, mattes: Mattes) -> None:
    """Write the overlay: a colour per instance, labelled with class and score.

    Args:
        path: File to write, whole or not at all.
        mattes: What to draw; the best-scored matte lies on top.

    Raises:
        InputError: The file cannot be written.
    """
    labels = [
        f'{name} {score:.2f}' for name, score in zip(mattes.names, mattes.scores, strict=True)
    ]
    write_png(path, draw_overlay(mattes.image, mattes.alphas, labels))
