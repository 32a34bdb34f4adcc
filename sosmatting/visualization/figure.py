"""Figures for papers: a row per photo, a column per view, text that stays text in a PDF.

Letters: N instances, h w pixels of a panel. Lengths are in inches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sosmatting.exceptions import InputError
from sosmatting.files import whole_file
from sosmatting.mattes import Mattes
from sosmatting.visualization.overlay import draw_overlay, label_texts
from sosmatting.visualization.sheet import matte_grid, on_checker_board, shrunk, tiles

COLUMNS = ('image', 'mattes', 'overlay', 'composite')
KINDS = ('.pdf', '.png')
GAP, TITLE, SIDE = 0.04, 0.2, 0.18
POINTS = 7  # size of the text
# Text stays text (TrueType), for whoever edits or searches the PDF.
STYLE = {'pdf.fonttype': 42, 'font.family': 'sans-serif', 'font.size': POINTS}


@dataclass(frozen=True)
class FigureOptions:
    """How a figure looks.

    Attributes:
        columns: Views from the left: names from ``COLUMNS``.
        width: Width in inches: 3.3 fits one column of most papers, 7 fits both.
        dpi: Pixels an inch of the pictures in it.
        names: Write class and score on the mattes.
        white: Composites lie on white, not on a checker board.

    Raises:
        InputError: A column is unknown, or a number is not possible.
    """

    columns: tuple[str, ...] = ('image', 'mattes', 'composite')
    width: float = 7.0
    dpi: int = 300
    names: bool = True
    white: bool = False

    def __post_init__(self) -> None:
        for column in self.columns:
            if column not in COLUMNS:
                raise InputError(f'column {column!r}: is unknown; choose from {", ".join(COLUMNS)}')
        if not self.columns:
            raise InputError(f'columns: none is named; choose from {", ".join(COLUMNS)}')
        if not 1 <= self.width <= 100:
            raise InputError(f'width {self.width:g}: give 1 to 100 inches')
        if not 20 <= self.dpi <= 1200:
            raise InputError(f'dpi {self.dpi}: give 20 to 1200 pixels an inch')


def write_figure(
    path: Path,
    results: Sequence[Mattes],
    titles: Sequence[str] = (),
    options: FigureOptions = FigureOptions(),
) -> None:
    """Write a figure: image | mattes | composite of every photo, as PDF or PNG.

    Args:
        path: File to write, whole or not at all; its suffix chooses the kind.
        results: The photos with their mattes, from above.
        titles: What stands at the left of every row; nothing without it.
        options: How it looks.

    Raises:
        InputError: There is no photo, titles are not one each, the suffix is neither ``.pdf`` nor
            ``.png``, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in KINDS:
        raise InputError(f'{path}: figures are {" or ".join(KINDS)}; choose one of these suffixes')
    if not results:
        raise InputError(f'{path}: there is no photo to show; give one')
    if titles and len(titles) != len(results):
        raise InputError(f'{path}: {len(titles)} titles for {len(results)} photos; give one each')
    import matplotlib

    kind = path.suffix.lower()[1:]
    # No dates and versions: the same pictures give the same bytes.
    told = {'CreationDate': None, 'Producer': None} if kind == 'pdf' else {'Software': None}
    with matplotlib.rc_context(STYLE), whole_file(path) as (file, _):
        figure = draw_figure(results, titles, options)
        figure.savefig(file, format=kind, dpi=options.dpi, metadata=told)


def draw_figure(results: Sequence[Mattes], titles: Sequence[str], options: FigureOptions) -> Any:
    """Lay out all panels and their text: -> a ``matplotlib.figure.Figure``."""
    from matplotlib.figure import Figure

    count = len(options.columns)
    left = SIDE if titles else 0.0
    panel_w = (options.width - left - GAP * (count - 1)) / count
    heights = [panel_w * result.image.shape[0] / result.image.shape[1] for result in results]
    height = TITLE + sum(heights) + GAP * (len(results) - 1)
    figure = Figure(figsize=(options.width, height))
    top = height - TITLE
    for column, name in enumerate(options.columns):
        middle = left + column * (panel_w + GAP) + panel_w / 2
        at = (middle / options.width, (top + TITLE / 2) / height)
        figure.text(*at, name.capitalize(), ha='center', va='center', fontsize=POINTS + 1)
    for row, (result, panel_h) in enumerate(zip(results, heights, strict=True)):
        bottom = top - panel_h
        if titles:
            at = (SIDE / 2 / options.width, (bottom + panel_h / 2) / height)
            figure.text(*at, titles[row], ha='center', va='center', rotation=90)
        small = shrunk(result.image, result.alphas, panel_w * options.dpi / result.image.shape[1])
        labels = label_texts(result.names, result.scores) if options.names else []
        for column, name in enumerate(options.columns):
            place = (left + column * (panel_w + GAP), bottom, panel_w, panel_h)
            whole = (options.width, height, options.width, height)
            axes = figure.add_axes(tuple(a / b for a, b in zip(place, whole, strict=True)))
            axes.set_axis_off()
            _draw_panel(axes, name, *small, labels, options.white)
        top = bottom - GAP
    return figure


def _draw_panel(
    axes: Any,
    name: str,
    image: np.ndarray,
    alphas: np.ndarray,
    labels: Sequence[str],
    white: bool,
) -> None:
    """Draw one view of one photo.

    Args:
        axes: Where to draw: ``matplotlib.axes.Axes``.
        name: One of ``COLUMNS``.
        image: (h, w, 3) uint8 RGB.
        alphas: (N, h, w) float32 in [0, 1].
        labels: N texts for the mattes, or none.
        white: Composites lie on white.
    """
    size_hw = (image.shape[0], image.shape[1])
    if name == 'mattes':
        picture = matte_grid(alphas, size_hw)
    elif name == 'overlay':
        picture = draw_overlay(image, alphas)
    elif name == 'composite':
        picture = on_checker_board(image, alphas, white=white)
    else:
        picture = image
    axes.imshow(picture, interpolation='none', aspect='auto')
    if name != 'mattes' or not labels:
        return
    for text, alpha, tile in zip(labels, alphas, tiles(len(alphas), size_hw), strict=True):
        # Written in the left corner that hides less of the matte.
        half, strip = size_hw[1] // 2, max(1, size_hw[0] // 6)
        below = alpha[-strip:, :half].sum() <= alpha[:strip, :half].sum()
        rows, columns = tile
        axes.text(
            columns.start + 0.02 * size_hw[1],
            rows.stop - 1 - 0.02 * size_hw[0] if below else rows.start + 0.02 * size_hw[0],
            text,
            color='black',
            va='bottom' if below else 'top',
            fontsize=POINTS - 1,
            bbox={'facecolor': 'white', 'edgecolor': 'none', 'pad': 0.8, 'alpha': 0.8},
        )
