"""Line charts and histograms as inline SVG, for a page without scripts.

Lengths are in the SVG's own units, y downwards. Colours are CSS variables of the page.
"""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 26, 36
SERIES = ('var(--a)', 'var(--b)', 'var(--c)', 'var(--d)')
BINS = 20


def line_chart(
    title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str
) -> str:
    """Draw curves over the unit square.

    Args:
        title: Above the chart.
        series: Points (x, y), each in [0, 1], by the name in the legend beside the chart.
        x_name: Below the x axis.
        y_name: Beside the y axis.
    """
    parts = [_frame(title, x_name, y_name, (0.0, 1.0), (0.0, 1.0))]
    for k, points in enumerate(series.values()):
        path = ' '.join(f'{_x(x):.1f},{_y(y):.1f}' for x, y in points)
        colour = SERIES[k % len(SERIES)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    legend = ''.join(
        f'<li><span style="background:{SERIES[k % len(SERIES)]}"></span>{html.escape(name)}</li>'
        for k, name in enumerate(series)
    )
    return f'{_svg(title, parts)}<ul class="legend">{legend}</ul>'


def histogram(title: str, values: ArrayLike, x_name: str, end: float | None = None) -> str:
    """Draw how often values fall into 20 bins from 0 to the largest.

    Args:
        title: Above the chart.
        values: Finite numbers of at least 0.
        x_name: Below the x axis.
        end: Where the x axis ends; by default where 99 % of the values do, and what lies beyond
            counts in the last bin.
    """
    numbers = np.asarray(values, np.float64)
    last = end if end is not None else _round_up(float(np.quantile(numbers, 0.99)))
    counts, _ = np.histogram(numbers.clip(0, last), bins=BINS, range=(0.0, last))
    top = -4 * (-max(int(counts.max()), 1) // 4)  # quarters are whole numbers
    beyond = int((numbers > last).sum())
    name = x_name + (f' ({beyond} beyond, in the last bar)' if beyond else '')
    parts = [_frame(title, name, 'instances', (0.0, last), (0.0, float(top)))]
    step = 1 / BINS
    for k, count in enumerate(counts.tolist()):
        x, y = _x(k * step), _y(count / top)
        width = (WIDTH - LEFT - RIGHT) * step - 1
        parts.append(
            f'<rect x="{x + 0.5:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_y(0) - y:.1f}" '
            f'fill="var(--a)"><title>{k * step * last:.4g} to {(k + 1) * step * last:.4g}: {count}'
            '</title></rect>'
        )
    return _svg(title, parts)


def _round_up(value: float) -> float:
    """Round to the next of 1, 2, 5 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= value * (1 - 1e-9))


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _frame(
    title: str,
    x_name: str,
    y_name: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
) -> str:
    """Draw title, axes and their numbers."""
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [f'<text x="{middle:.1f}" y="15" class="head">{html.escape(title)}</text>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x_number = x_range[0] + share * (x_range[1] - x_range[0])
        y_number = y_range[0] + share * (y_range[1] - y_range[0])
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}" '
            'class="grid"/>'
            f'<text x="{LEFT - 5}" y="{_y(share) + 4:.1f}" class="end">{y_number:.3g}</text>'
            f'<text x="{_x(share):.1f}" y="{HEIGHT - BOTTOM + 14}" class="mid">{x_number:.3g}'
            '</text>'
        )
    parts.append(
        f'<text x="{middle:.1f}" y="{HEIGHT - 6}" class="mid">{html.escape(x_name)}</text>'
    )
    turn = f'rotate(-90 10 {(TOP + HEIGHT - BOTTOM) / 2:.1f})'
    parts.append(
        f'<text x="10" y="{(TOP + HEIGHT - BOTTOM) / 2:.1f}" class="mid" transform="{turn}">'
        f'{html.escape(y_name)}</text>'
    )
    return ''.join(parts)


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(parts)}</svg>'
    )
