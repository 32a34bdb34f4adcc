"""Figures read back by pypdf and Pillow."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from sosmatting.exceptions import InputError
from sosmatting.mattes import Mattes
from sosmatting.visualization.figure import FigureOptions, write_figure


def result(height: int, width: int, count: int, colour: tuple) -> Mattes:
    alphas = np.zeros((count, height, width), np.uint8)
    for k in range(count):
        alphas[k, height // 4 : height // 2, width // 4 : width // 2] = 255
    return Mattes(
        image=np.full((height, width, 3), colour, np.uint8),
        alphas=alphas,
        scores=np.linspace(0.91, 0.5, count).astype(np.float32),
        labels=np.zeros(count, np.int64),
        boxes=np.zeros((count, 4), np.float32),
        areas=np.zeros(count, np.float32),
        classes=('person',),
    )


RESULTS = [result(200, 300, 2, (200, 40, 30)), result(400, 300, 0, (20, 160, 60))]


def test_a_pdf_has_its_size_its_pictures_and_real_text(tmp_path: Path) -> None:
    path = tmp_path / 'a.pdf'
    write_figure(path, RESULTS, ['first', 'second'], FigureOptions(width=5, dpi=100))
    reader = PdfReader(path)
    (page,) = reader.pages
    panel_w = (5 - 0.18 - 2 * 0.04) / 3
    height = 0.2 + panel_w * (200 / 300 + 400 / 300) + 0.04
    assert float(page.mediabox.width) == pytest.approx(5 * 72)
    assert float(page.mediabox.height) == pytest.approx(height * 72, abs=0.1)
    text = page.extract_text()
    for word in ('Image', 'Mattes', 'Composite', 'person 0.91', 'person 0.50', 'first', 'second'):
        assert word in text
    pictures = [item.image for item in page.images]
    widths = {picture.size for picture in pictures}
    assert len(pictures) == 6
    assert widths == {(round(panel_w * 100), round(panel_w * 100 * f)) for f in (2 / 3, 4 / 3)}
    first = np.asarray(pictures[0].convert('RGB'))
    assert (first == (200, 40, 30)).all(), 'photos are in it as they are'
    content = path.read_bytes()
    write_figure(path, RESULTS, ['first', 'second'], FigureOptions(width=5, dpi=100))
    assert path.read_bytes() == content, 'no date in it'


def test_a_png_has_its_panels_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / 'a.png'
    options = FigureOptions(('image', 'overlay', 'composite'), 4, 100, names=False, white=True)
    write_figure(path, RESULTS, options=options)
    with Image.open(path) as image:
        pixels = np.asarray(image.convert('RGB')).astype(int)
    panel_w = (4 - 2 * 0.04) / 3 * 100
    assert pixels.shape[1] == 400
    assert pixels.shape[0] == pytest.approx(20 + panel_w * 2 + 4, abs=1)
    row, inside = 20 + panel_w / 3, 3 / 8  # the middle of the mattes is at 3/8 of the first row
    at = [round(panel_w * (k + inside) + 4 * k) for k in range(3)]
    line = pixels[int(20 + panel_w * 2 / 3 * inside)]
    photo, overlay, composite = (line[x] for x in at)
    assert np.abs(photo - (200, 40, 30)).max() <= 2 and np.abs(composite - photo).max() <= 2
    assert np.abs(overlay - photo).max() > 20, 'painted over'
    right = int(panel_w * 2 + 8 + panel_w * 0.8)
    assert (pixels[int(row), right] > 250).all(), 'white behind the cut-outs'
    assert (pixels[int(20 + panel_w), right] > 250).all(), 'no matte: nothing but white'


def test_large_photos_are_shrunk_by_area(tmp_path: Path) -> None:
    large = result(900, 1200, 1, (9, 9, 9))
    large.image[:] = np.random.default_rng(0).integers(0, 256, large.image.shape)
    wide = replace(large, alphas=large.alphas.astype(np.uint16) * np.uint16(257))
    files = [tmp_path / 'a.pdf', tmp_path / 'b.pdf']
    for path, mattes in zip(files, (large, wide), strict=True):
        write_figure(path, [mattes], options=FigureOptions(('image', 'composite'), 4.04, 50))
    assert files[0].read_bytes() == files[1].read_bytes(), '16-bit mattes are read as such'
    photo, _ = PdfReader(files[0]).pages[0].images
    means = large.image.reshape(75, 12, 100, 12, 3).mean((1, 3))
    stored = np.asarray(photo.image.convert('RGB'))[::-1]  # from below, drawn upside down
    assert np.abs(stored - means).max() <= 1


@pytest.mark.parametrize(
    ('name', 'count', 'titles', 'options', 'message'),
    [
        ('a.svg', 1, [], {}, r'a\.svg: figures are \.pdf or \.png'),
        ('a.pdf', 0, [], {}, 'there is no photo to show'),
        ('a.pdf', 2, ['x'], {}, '1 titles for 2 photos'),
        ('a.pdf', 1, [], {'columns': ('image', 'alpha')}, "column 'alpha': is unknown"),
        ('a.pdf', 1, [], {'columns': ()}, 'columns: none is named'),
        ('a.pdf', 1, [], {'width': 0.5}, r'width 0\.5: give 1 to 100'),
        ('a.pdf', 1, [], {'dpi': 5000}, 'dpi 5000: give 20 to 1200'),
    ],
)
def test_wrong_requests_are_one_line(
    tmp_path: Path, name: str, count: int, titles: list, options: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_figure(tmp_path / name, RESULTS[:count], titles, FigureOptions(**options))
    assert not list(tmp_path.iterdir())


def test_an_unfinished_figure_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'a.png'
    write_figure(path, RESULTS[:1])
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr('sosmatting.visualization.figure.on_checker_board', fail)
    with pytest.raises(MemoryError):
        write_figure(path, RESULTS)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ['a.png']
    assert Image.open(io.BytesIO(before)).size[0] == 2100
