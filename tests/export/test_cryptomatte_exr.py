"""Decoded by a reader of our own, written from the published specification."""

import json
import struct
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export.cryptomatte_exr import name_id, write_cryptomatte_exr

from .exr_reading import read_header
from .matte_cases import make_job, make_mattes, soft_mattes

WORD = 0xFFFFFFFF


def murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0, from Austin Appleby's description of the algorithm."""

    def turned(value: int, by: int) -> int:
        return (value << by | value >> 32 - by) & WORD

    def scrambled(word: int) -> int:
        return turned(word * 0xCC9E2D51 & WORD, 15) * 0x1B873593 & WORD

    hashed, whole = 0, len(data) // 4 * 4
    for at in range(0, whole, 4):
        hashed ^= scrambled(int.from_bytes(data[at : at + 4], 'little'))
        hashed = (turned(hashed, 13) * 5 + 0xE6546B64) & WORD
    if data[whole:]:
        hashed ^= scrambled(int.from_bytes(data[whole:], 'little'))
    hashed ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashed = ((hashed ^ hashed >> shift) * factor) & WORD
    return hashed


def id_bits(name: str) -> int:
    """The specification's conversion: the exponent is clamped to 1..254."""
    hashed = murmur3(name.encode())
    exponent = min(max(hashed >> 23 & 255, 1), 254)
    return hashed & 0x807FFFFF | exponent << 23


class Decoder:
    """All mattes of a Cryptomatte, by name."""

    def __init__(self, path: Path) -> None:
        header = read_header(path)
        key = next(k for k in header if k.startswith('cryptomatte/') and k.endswith('/name'))
        prefix = key.removesuffix('/name')
        assert len(prefix) == len('cryptomatte/') + 7
        assert header[f'{prefix}/hash'] == 'MurmurHash3_32'
        assert header[f'{prefix}/conversion'] == 'uint32_to_float32'
        self.type_name = header[key]
        assert prefix.split('/')[1] == f'{id_bits(self.type_name):08x}'[:7]
        self.manifest = json.loads(header[f'{prefix}/manifest'])
        channels = OpenEXR.File(str(path), separate_channels=True).channels()
        assert set(header['channels'].values()) == {'float'} and header['compression'] in (2, 3)
        self.pairs = []
        self.layers = 0
        while f'{self.type_name}{self.layers:02d}.R' in channels:
            layer = [channels[f'{self.type_name}{self.layers:02d}.{c}'].pixels for c in 'RGBA']
            self.pairs += [(layer[0], layer[1]), (layer[2], layer[3])]
            self.layers += 1
        assert len(channels) == 4 * self.layers

    def matte(self, *names: str) -> np.ndarray:
        """Sum the coverage of the names, as a keyer does."""
        picked = [struct.unpack('<f', struct.pack('<I', id_bits(name)))[0] for name in names]
        return sum(np.where(np.isin(ids, picked), coverage, 0) for ids, coverage in self.pairs)


def test_the_hash_by_published_vectors() -> None:
    assert murmur3(b'') == 0
    assert murmur3(b'hello') == 0x248BFA47
    assert murmur3(b'hello, world') == 0x149BBB7F
    assert murmur3(b'The quick brown fox jumps over the lazy dog') == 0x2E4FF723
    assert f'{id_bits("bunny"):08x}' == '13851a76', "the specification's own example"
    assert f'{id_bits("default"):08x}' == '42c9679f'


def test_ids_are_numbers_whatever_the_hash() -> None:
    names = [f'person_{i:02d}' for i in range(3000)]
    fixed = 0
    for name in names:
        bits = name_id(name)
        assert bits == id_bits(name)
        assert 1 <= bits >> 23 & 255 <= 254, 'neither zero, denormal, infinite nor NaN'
        fixed += bits != murmur3(name.encode())
    assert fixed > 3, 'some hashes needed it'


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_every_matte_comes_back_exactly_also_where_they_overlap(
    tmp_path: Path, dtype: type
) -> None:
    mattes = soft_mattes(dtype)
    assert ((mattes.alphas > 0).sum(0) > 1).sum() > 100
    write_cryptomatte_exr(tmp_path / 'a.exr', make_job(mattes))
    decoder = Decoder(tmp_path / 'a.exr')
    assert decoder.type_name == 'CryptoObject' and decoder.layers == 3
    names = ['person_01', 'dog_01', 'person_02']
    assert decoder.manifest == {name: f'{id_bits(name):08x}' for name in names}
    unit = (mattes.alphas / np.iinfo(dtype).max).astype(np.float32)
    for name, alpha in zip(names, unit, strict=True):
        assert np.array_equal(decoder.matte(name), alpha)
    assert np.allclose(decoder.matte(*names), unit.sum(0))
    assert unit.sum(0).max() > 1.5, 'coverages are not divided by their sum'


def test_pairs_are_ranked_and_empty_ones_are_zero(tmp_path: Path) -> None:
    write_cryptomatte_exr(tmp_path / 'a.exr', make_job(soft_mattes()))
    pairs = Decoder(tmp_path / 'a.exr').pairs
    for (_, first), (_, second) in pairwise(pairs):
        assert (first >= second).all()
    for ids, coverage in pairs:
        assert np.array_equal(ids != 0, coverage > 0)


def test_layers_grow_with_the_overlap(tmp_path: Path) -> None:
    mattes = make_mattes(9, hw=(70, 5))  # two bands; nearly all mattes everywhere
    write_cryptomatte_exr(tmp_path / 'a.exr', make_job(mattes))
    decoder = Decoder(tmp_path / 'a.exr')
    assert decoder.layers == 5
    for index, name in enumerate(make_job(mattes).names):
        exact = (mattes.alphas[index] / 255).astype(np.float32)
        assert np.array_equal(decoder.matte(name), exact)


def test_no_matte_and_odd_names(tmp_path: Path) -> None:
    write_cryptomatte_exr(tmp_path / 'a.exr', make_job(soft_mattes()[:0]))
    decoder = Decoder(tmp_path / 'a.exr')
    assert decoder.manifest == {} and decoder.layers == 3
    assert not any(ids.any() or coverage.any() for ids, coverage in decoder.pairs)
    mattes = replace(soft_mattes(), classes=('жираф "1"', 'traffic light'))
    write_cryptomatte_exr(tmp_path / 'a.exr', make_job(mattes))
    decoder = Decoder(tmp_path / 'a.exr')
    name = make_job(mattes).names[0]
    assert name in decoder.manifest
    assert np.array_equal(decoder.matte(name), (mattes.alphas[0] / 255).astype(np.float32))


def test_without_mmh3_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, 'mmh3', None)
    with pytest.raises(InputError, match='cryptomatte: mmh3 is not installed; pip install mmh3'):
        write_cryptomatte_exr(tmp_path / 'a.exr', make_job(soft_mattes()))
    assert not list(tmp_path.iterdir())
