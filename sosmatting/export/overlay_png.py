"""The photo with all its mattes painted over it, labelled."""

from pathlib import Path

from sosmatting.export.job import Job
from sosmatting.export.png_chunks import photo_chunks
from sosmatting.files import write_png
from sosmatting.mattes import Mattes
from sosmatting.visualization.overlay import draw_overlay


def write_overlay_png(path: Path, job: Job) -> None:
    """Write the overlay: a colour per instance, labelled with class and score.

    Args:
        path: File to write, whole or not at all.
        job: What to draw; the best-scored matte lies on top.

    Raises:
        InputError: The file cannot be written.
    """
    mattes = job.mattes
    drawn = draw_overlay(mattes.image, mattes.alphas, labels(mattes))
    write_png(path, drawn, photo_chunks(mattes))


def labels(mattes: Mattes) -> list[str]:
    """Label every instance with class and score: ``person 0.93``."""
    return [f'{name} {score:.2f}' for name, score in zip(mattes.names, mattes.scores, strict=True)]
