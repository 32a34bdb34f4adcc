"""The photo with all its mattes painted over it, labelled."""

from pathlib import Path

from sosmatting.export.job import Job
from sosmatting.export.png_chunks import photo_chunks
from sosmatting.files import write_png
from sosmatting.visualization.overlay import draw_overlay, label_texts


def write_overlay_png(path: Path, job: Job) -> None:
    """Write the overlay: a colour per instance, labelled with class and score.

    Args:
        path: File to write, whole or not at all.
        job: What to draw; the best-scored matte lies on top.

    Raises:
        InputError: The file cannot be written.
    """
    mattes = job.mattes
    labels = label_texts(mattes.names, mattes.scores)
    write_png(path, draw_overlay(mattes.image, mattes.alphas, labels), photo_chunks(mattes))
