"""Read back by psd-tools' document model, by Pillow's own PSD reader, and by a parser of ours.

Pillow takes the first channel of every layer for red (Photoshop and we write the transparency
first), so layers' pixels are not read with it.
"""

import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from sosmatting.exceptions import InputError
from sosmatting.export import layers_psd
from sosmatting.export.layers_psd import write_layers_psd

from .matte_cases import make_job, make_mattes, soft_mattes, srgb_profile
from .psd_reading import read_layers

BOXES = {'person_02': (80, 50, 86, 54), 'dog_01': (35, 15, 75, 55), 'person_01': (10, 5, 50, 45)}


def over(layers: list[tuple[np.ndarray, np.ndarray]], photo: np.ndarray) -> np.ndarray:
    """Blend (colours, unit alpha) of the whole frame over the photo, from below."""
    seen = photo.astype(float)
    for colours, alpha in layers:
        seen = alpha[..., None] * colours + (1 - alpha[..., None]) * seen
    return seen


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_psd_tools_sees_the_layers(tmp_path: Path, dtype: type) -> None:
    mattes = soft_mattes(dtype, icc_profile=srgb_profile(), dpi=(300.0, 72.5))
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes))
    psd = PSDImage.open(tmp_path / 'a.psd')
    assert (psd.width, psd.height, psd.depth, psd.channels) == (90, 60, 8, 3)
    assert [layer.name for layer in psd] == ['Background', *BOXES], 'from below'
    assert all(layer.kind == 'pixel' and layer.visible and layer.opacity == 255 for layer in psd)
    background = np.asarray(psd[0].topil(apply_icc=False))
    assert np.array_equal(background[..., :3], mattes.image)
    for layer in list(psd)[1:]:
        x1, y1, x2, y2 = box = BOXES[layer.name]
        assert layer.bbox == box
        pixels = np.asarray(layer.topil(apply_icc=False))
        index = ['person_01', 'dog_01', 'person_02'].index(layer.name)
        alpha = mattes.alphas[index, y1:y2, x1:x2] / np.iinfo(dtype).max
        assert np.abs(pixels[..., 3] / 255 - alpha).max() <= 0.51 / 255
        there = pixels[..., 3] > 0
        assert np.array_equal(pixels[there, :3], mattes.image[y1:y2, x1:x2][there])
    assert np.array_equal(np.asarray(psd.topil(apply_icc=False)), mattes.image), 'merged'


def test_pillow_sees_the_merged_picture_and_the_layers_boxes(tmp_path: Path) -> None:
    mattes = soft_mattes(icc_profile=srgb_profile())
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes))
    with Image.open(tmp_path / 'a.psd') as image:
        assert (image.format, image.mode, image.size) == ('PSD', 'RGB', (90, 60))
        assert image.info['icc_profile'] == mattes.icc_profile
        assert np.array_equal(np.asarray(image), mattes.image)
        found = {layer[0]: (layer[1], tuple(layer[2])) for layer in image.layers}
        modes = {'Background': ('RGB', (0, 0, 90, 60))}
        assert found == {**modes, **{name: ('RGBA', box) for name, box in BOXES.items()}}


def test_a_parser_of_our_own_sees_the_same(tmp_path: Path) -> None:
    mattes = soft_mattes()
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes))
    below, *layers = read_layers(tmp_path / 'a.psd')
    assert (below.name, below.box, list(below.channels)) == (
        'Background',
        (0, 0, 90, 60),
        [0, 1, 2],
    )
    assert below.flags & 1, 'the transparency of a background is locked'
    assert {layer.name: layer.box for layer in layers} == BOXES
    for layer in layers:
        x1, y1, x2, y2 = layer.box
        index = ['person_01', 'dog_01', 'person_02'].index(layer.name)
        assert np.array_equal(layer.channels[-1], mattes.alphas[index, y1:y2, x1:x2])
        assert not layer.flags & 3, 'visible and unlocked'
    for channel in range(3):
        assert np.array_equal(below.channels[channel], mattes.image[..., channel])


def test_resolution_by_hand(tmp_path: Path) -> None:
    write_layers_psd(tmp_path / 'a.psd', make_job(soft_mattes(dpi=(300.0, 72.5))))
    content = (tmp_path / 'a.psd').read_bytes()
    assert content[:6] == b'8BPS\0\1'
    at = content.index(b'8BIM\x03\xed')
    across, unit, _, down, unit_too, _ = struct.unpack('>IHHIHH', content[at + 12 : at + 28])
    assert (across / 65536, unit, down / 65536, unit_too) == (300, 1, 72.5, 1)


def test_estimated_colours_and_what_is_seen_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour = np.array([0.2, 0.6, 0.9])
    monkeypatch.setattr(
        'sosmatting.export.job.estimate_foreground',
        lambda image, alpha: np.broadcast_to((colour * 65535).astype(np.uint16), image.shape),
    )
    mattes = soft_mattes()
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes, tmp_path, foreground='ml'))
    psd = PSDImage.open(tmp_path / 'a.psd')
    assert np.abs(np.asarray(psd[1].topil())[2, 2, :3] - colour * 255).max() <= 1
    layers = [(colour * 255, mattes.alphas[index] / 255) for index in (2, 1, 0)]
    seen = np.asarray(psd.topil())
    assert np.abs(seen - over(layers, mattes.image)).max() <= 2


def test_no_matte_and_an_empty_one(tmp_path: Path) -> None:
    mattes = soft_mattes()
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes[:0]))
    assert [layer.name for layer in PSDImage.open(tmp_path / 'a.psd')] == ['Background']
    mattes.alphas[0] = 0
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes))
    layer = PSDImage.open(tmp_path / 'a.psd')[3]
    assert layer.bbox == (0, 0, 1, 1) and np.asarray(layer.topil())[0, 0, 3] == 0


def test_names_beyond_latin_letters_and_one_pixel(tmp_path: Path) -> None:
    mattes = replace(make_mattes(1, hw=(1, 1)), classes=('жираф', 'dog'))
    write_layers_psd(tmp_path / 'a.psd', make_job(mattes))
    psd = PSDImage.open(tmp_path / 'a.psd')
    assert [layer.name for layer in psd] == ['Background', 'жираф_01']
    assert psd.size == (1, 1)


def test_what_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers_psd, 'MAX_SIDE', 80)
    with pytest.raises(InputError, match=r'up to 80 pixels a side, this one has 90 x 60; choose'):
        write_layers_psd(tmp_path / 'a.psd', make_job(soft_mattes()))
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, 'psd_tools', None)
    with pytest.raises(InputError, match='psd: psd_tools is not installed; pip install psd-tools'):
        write_layers_psd(tmp_path / 'a.psd', make_job(soft_mattes()))
    assert not list(tmp_path.iterdir())
