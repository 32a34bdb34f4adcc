import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import exr_file
from sosmatting.export.exr_file import BAND, ExrLayout, write_exr

from .exr_reading import read_header

HW = (150, 37)  # two bands and a part of a third


def pixels(depth: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    dtype = np.float16 if depth == 'half' else np.float32
    return {name: rng.random(HW).astype(dtype) for name in ('R', 'cat_01.A', 'cat_01.R')}


def bands(whole: dict[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    for top in range(0, HW[0], BAND):
        yield {name: values[top : top + BAND] for name, values in whole.items()}


@pytest.mark.parametrize('stream', [True, False])
@pytest.mark.parametrize('depth', ['half', 'float'])
def test_pixels_and_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: str, stream: bool
) -> None:
    if not stream:
        monkeypatch.delattr(OpenEXR, 'OutputFile')
    whole = pixels(depth)
    told = {'cryptomatte/0123456/manifest': '{"a": "b"}', 'xDensity': 72.5, 'number': 3}
    path = tmp_path / 'a.exr'
    write_exr(path, ExrLayout(HW, list(whole), depth, told), bands(whole))
    header = read_header(path)
    assert header['flags'] == 0, 'one part, scan lines'
    assert header['channels'] == dict.fromkeys(sorted(whole), depth)
    assert header['compression'] == 3, 'ZIP'
    assert header['dataWindow'] == header['displayWindow'] == (0, 0, 36, 149)
    assert {name: header[name] for name in told} == told
    file = OpenEXR.File(str(path), separate_channels=True)
    assert len(file.parts) == 1
    for name, values in whole.items():
        assert np.array_equal(file.channels()[name].pixels, values)
    assert oct(path.stat().st_mode & 0o777) == oct(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize('stream', [True, False])
def test_a_full_disk_is_said_and_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    whole, path = pixels('half'), tmp_path / 'a.exr'
    path.write_bytes(b'earlier')
    name = '_write_bands' if stream else '_write_whole'
    real = getattr(exr_file, name)
    if not stream:
        monkeypatch.delattr(OpenEXR, 'OutputFile')
    monkeypatch.setattr(exr_file, name, lambda _, *rest: real(Path('/dev/full'), *rest))
    with pytest.raises(InputError, match=r'a\.exr: the disk is full; free some space'):
        write_exr(path, ExrLayout(HW, list(whole), 'half', {}), bands(whole))
    assert [item.name for item in tmp_path.iterdir()] == ['a.exr']
    assert path.read_bytes() == b'earlier'


def test_other_refusals_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, 'line one\nFailed to write')

    monkeypatch.setattr(exr_file, '_write_bands', refuse)
    with pytest.raises(InputError, match=r'a\.exr: cannot be written \(Failed to write\)'):
        write_exr(tmp_path / 'a.exr', ExrLayout(HW, ['R'], 'half', {}), [])
    assert not list(tmp_path.iterdir())
