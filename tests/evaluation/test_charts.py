"""Charts: bars and points where the numbers say."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from sosmatting.evaluation.charts import BINS, HEIGHT, histogram, line_chart


def bars(svg: str) -> list[int]:
    titles = [el.text for el in ET.fromstring(svg).iter() if el.tag == 'title']
    return [int(str(text).rpartition(': ')[2]) for text in titles]


def test_bars_count_and_nothing_is_lost() -> None:
    values = np.array([0.0, 0.01, 0.06, 0.5, 0.99, 1.0, 1.0])
    counts = bars(histogram('IoU', values, 'x', end=1.0))
    assert len(counts) == BINS and sum(counts) == 7
    assert (counts[0], counts[1], counts[10], counts[-1]) == (2, 1, 1, 3)


def test_outliers_go_into_the_last_bar() -> None:
    svg = histogram('SAD', [*np.linspace(0, 0.9, 500), 70.0], 'SAD')
    assert sum(bars(svg)) == 501 and '(1 beyond' in svg
    assert bars(histogram('x', [0.0, 0.0], 'x'))[0] == 2


def test_curves_run_through_their_points() -> None:
    svg, _, legend = line_chart('PR', {'a<b': [(0, 1), (1, 0)]}, 'r', 'p').partition('<ul')
    points = re.search(r'points="([^"]+)"', svg)
    assert points is not None
    (x1, y1), (x2, y2) = ([float(v) for v in p.split(',')] for p in points[1].split())
    assert x1 < x2 and y1 < y2 < HEIGHT, 'y grows downwards'
    assert 'a&lt;b' in legend
    assert ET.fromstring(svg).get('role') == 'img'


@pytest.mark.parametrize('value', [0.003, 0.7, 42.0])
def test_axes_end_at_round_numbers(value: float) -> None:
    svg = histogram('x', [value] * 200, 'x')
    assert 'beyond' not in svg and sum(bars(svg)) == 200
