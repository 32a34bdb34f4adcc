"""Read back by the OpenEXR bindings, and the header by hand."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export.layers_exr import write_layers_exr

from .exr_reading import read_header
from .matte_cases import make_job, make_mattes, soft_mattes, srgb_profile, swapped_profile

HALF = 2**-11  # relative error of half floats


def light(values: np.ndarray) -> np.ndarray:
    """SRGB's curve, from IEC 61966-2-1; values in 0..255."""
    shown = values / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def read(path: Path) -> dict[str, np.ndarray]:
    channels = OpenEXR.File(str(path), separate_channels=True).channels()
    return {name: channel.pixels.astype(np.float64) for name, channel in channels.items()}


def stacked(found: dict[str, np.ndarray], layer: str = '') -> np.ndarray:
    return np.stack([found[f'{layer}{c}'] for c in 'RGB'], -1)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('premultiplied', [None, True, False])
def test_linear_light_and_layers(tmp_path: Path, dtype: type, premultiplied: bool | None) -> None:
    mattes = soft_mattes(dtype, icc_profile=srgb_profile(), dpi=(300.0, 300.0))
    path = tmp_path / 'a.exr'
    write_layers_exr(path, make_job(mattes, premultiplied=premultiplied))
    found, header = read(path), read_header(path)
    layers = ('dog_01', 'person_01', 'person_02')
    names = ['B', 'G', 'R', *(f'{layer}.{c}' for layer in layers for c in 'ABGR')]
    assert header['channels'] == dict.fromkeys(names, 'half')
    assert header['compression'] == 3 and header['xDensity'] == 300
    assert header['colorInteropID'] == 'lin_rec709_scene'
    straight = premultiplied is False
    assert header['oiio:UnassociatedAlpha'] == int(straight)
    assert ('not premultiplied' in header['comments']) == straight
    photo = light(mattes.image)
    assert np.abs(stacked(found) - photo).max() <= HALF
    for index, layer in enumerate(('person_01', 'dog_01', 'person_02')):
        alpha = mattes.alphas[index] / np.iinfo(dtype).max
        assert np.abs(found[f'{layer}.A'] - alpha).max() <= HALF
        weight = (alpha > 0) if straight else alpha
        assert np.abs(stacked(found, f'{layer}.') - photo * weight[..., None]).max() <= HALF


def test_another_profile_becomes_srgb_first(tmp_path: Path) -> None:
    mattes = soft_mattes(icc_profile=swapped_profile())
    write_layers_exr(tmp_path / 'a.exr', make_job(mattes, tmp_path))
    found = read(tmp_path / 'a.exr')
    step = 2 / 255 * 2.4  # one level of a byte, where the curve is steepest
    assert np.abs(stacked(found) - light(mattes.image[..., ::-1])).max() < step
    expected = light(mattes.image[..., ::-1]) * (mattes.alphas[0] / 255)[..., None]
    assert np.abs(stacked(found, 'person_01.') - expected).max() < step


def test_estimated_colours_keep_16_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = 0.123456
    monkeypatch.setattr(
        'sosmatting.export.job.estimate_foreground',
        lambda image, alpha: np.full(image.shape, round(value * 65535), np.uint16),
    )
    mattes = soft_mattes()
    job = make_job(mattes, tmp_path, foreground='ml', premultiplied=False)
    write_layers_exr(tmp_path / 'a.exr', job)
    seen = read(tmp_path / 'a.exr')['person_02.G'][52, 82]
    exact = light(np.array(value * 255))
    assert abs(seen - exact) < exact * HALF * 2


def test_names_that_programs_take_for_layers(tmp_path: Path) -> None:
    mattes = replace(soft_mattes(), classes=('traffic light', '3.d'))
    write_layers_exr(tmp_path / 'a.exr', make_job(mattes))
    layers = {name.split('.')[0] for name in read(tmp_path / 'a.exr') if '.' in name}
    assert layers == {'traffic_light_01', 'traffic_light_02', '_3_d_01'}


def test_no_matte_and_one_pixel(tmp_path: Path) -> None:
    mattes = soft_mattes()
    write_layers_exr(tmp_path / 'a.exr', make_job(mattes[:0]))
    assert sorted(read(tmp_path / 'a.exr')) == ['B', 'G', 'R']
    mattes.alphas[1] = 0
    write_layers_exr(tmp_path / 'a.exr', make_job(mattes))
    assert not read(tmp_path / 'a.exr')['dog_01.A'].any(), 'an empty matte is a layer too'
    write_layers_exr(tmp_path / 'b.exr', make_job(make_mattes(1, hw=(1, 1))))
    assert read(tmp_path / 'b.exr')['person_01.A'].shape == (1, 1)


def test_without_the_bindings_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'OpenEXR', None)
    with pytest.raises(InputError, match="OpenEXR is not installed; pip install 'OpenEXR"):
        write_layers_exr(tmp_path / 'a.exr', make_job(soft_mattes()))
    assert not list(tmp_path.iterdir())
