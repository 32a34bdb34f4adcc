"""One photo's folder: complete, in order, never half written, never at the cost of other files."""

import errno
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import FORMATS, SaveOptions, save
from sosmatting.export.formats import file_name

from .matte_cases import make_mattes, soft_mattes


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_by_score_and_what_the_json_says(tmp_path: Path) -> None:
    mattes = make_mattes(3)
    shuffled = mattes[np.array([2, 0, 1])]
    written = save(shuffled, tmp_path / 'out' / 'photo')
    names = ['00.png', '01.png', '02.png', '00_rgba.png', '01_rgba.png', '02_rgba.png']
    names += ['overlay.png', 'mattes.json']
    assert [path.name for path in written] == names
    assert sorted(path.name for path in (tmp_path / 'out' / 'photo').iterdir()) == sorted(names)
    told = json.loads(written[-1].read_text())
    assert (told['width'], told['height'], told['files']) == (60, 40, names)
    for i, instance in enumerate(told['instances']):
        alpha = cv2.imread(str(tmp_path / 'out/photo' / instance['files']['alpha']), -1)
        assert np.array_equal(alpha, mattes.alphas[i])
        cut_out = cv2.imread(str(tmp_path / 'out/photo' / instance['files']['rgba']), -1)
        assert np.array_equal(cut_out[..., 3], alpha)
        assert instance['score'] == pytest.approx(0.9 - 0.05 * i, abs=1e-6)
        assert instance['class'] == ['person', 'dog', 'person'][i]
        assert instance['area'] == pytest.approx(alpha.sum() / 255, rel=1e-4)
        assert instance['box'] == [1, 2, 30.5, 38]


def test_16_bit_alphas_keep_their_low_byte(tmp_path: Path) -> None:
    mattes = make_mattes(1, np.uint16)
    assert mattes.opaque == 65535
    save(mattes, tmp_path / 'a', ['alpha16', 'rgba'], SaveOptions(bits=16))
    assert np.array_equal(cv2.imread(str(tmp_path / 'a' / '00.png'), -1), mattes.alphas[0])
    assert cv2.imread(str(tmp_path / 'a' / '00_rgba.png'), -1).dtype == np.uint16
    assert json.loads((tmp_path / 'a' / 'mattes.json').read_text())['bits'] == 16


def test_no_matte_is_a_result_too(tmp_path: Path) -> None:
    mattes = make_mattes(0)
    save(mattes, tmp_path)
    assert json.loads((tmp_path / 'mattes.json').read_text())['instances'] == []
    assert np.array_equal(cv2.imread(str(tmp_path / 'overlay.png'))[..., ::-1], mattes.image)


def test_an_earlier_result_goes_and_other_files_stay(tmp_path: Path) -> None:
    save(make_mattes(4), tmp_path)
    foreign = {'notes.txt': b'n', '07.png': b'mine', '1.png': b'x', '00_rgba.tif': b'y'}
    for name, text in foreign.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / 'frames').mkdir()
    written = save(make_mattes(2, seed=1), tmp_path, ['alpha8'])
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {path.name for path in written} | set(foreign) | {'frames'}
    assert {path.name for path in written} == {'00.png', '01.png', 'mattes.json'}
    assert all((tmp_path / name).read_bytes() == text for name, text in foreign.items())


@pytest.mark.parametrize('name', ['01.png', '00_rgba.png', 'overlay.png', 'mattes.json'])
def test_files_of_another_origin_are_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b'a frame of somebody')
    with pytest.raises(InputError, match=rf'{name}: is not of an earlier export'):
        save(make_mattes(2), tmp_path)
    assert content(tmp_path) == {name: b'a frame of somebody'}


def test_a_list_that_names_foreign_files_removes_none(tmp_path: Path) -> None:
    (tmp_path / 'keep.txt').touch()
    out = tmp_path / 'a'
    save(make_mattes(1), out)
    told = json.loads((out / 'mattes.json').read_text())
    told['files'] += ['../keep.txt', 'keep.txt', '05.png']
    (out / 'mattes.json').write_text(json.dumps(told))
    (out / 'keep.txt').touch()
    save(make_mattes(1), out)
    assert (tmp_path / 'keep.txt').exists() and (out / 'keep.txt').exists()


@pytest.mark.parametrize('fails_at', [0, 1, 4, 5])
def test_a_full_disk_leaves_the_earlier_result_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    out = tmp_path / 'photo'
    save(make_mattes(3), out)
    before, calls, real = content(out), [], os.fsync

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(InputError, match=r'photo/\w+\.\w+: the disk is full') as caught:
        save(make_mattes(2, seed=5), out)
    assert '.part' not in str(caught.value)
    assert content(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ['photo']


def test_the_json_is_put_in_place_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order, real = [], Path.replace

    def note(self: Path, target: Path) -> Path:
        if self.parent.suffix == '.part':
            order.append(target.name)
        return real(self, target)

    monkeypatch.setattr(Path, 'replace', note)
    save(make_mattes(1), tmp_path / 'a')
    assert order == ['00.png', '00_rgba.png', 'overlay.png', 'mattes.json']


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    for out in (tmp_path / 'file', tmp_path / 'file' / 'photo'):
        with pytest.raises(InputError, match='cannot be written'):
            save(make_mattes(1), out)
    assert [path.name for path in tmp_path.iterdir()] == ['file']


def test_an_impossible_request_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='is unknown; choose from'):
        save(make_mattes(0), tmp_path / 'a', ['alpha8', 'tiff'])
    assert not list(tmp_path.iterdir())


def test_all_formats_at_once_and_without_a_matte(tmp_path: Path) -> None:
    mattes = soft_mattes()
    written = save(mattes, tmp_path / 'a', list(FORMATS))
    assert len(written) == 3 * 3 + 6 + 1 and all(path.stat().st_size for path in written)
    assert {path.name for path in (tmp_path / 'a').iterdir()} == {path.name for path in written}
    told = json.loads(written[-1].read_text())
    assert told['formats'] == list(FORMATS)
    files = {'rgba': '02_rgba.png', 'alpha': '02.png', 'alpha16': '02_16.png'}
    assert told['instances'][2]['files'] == files
    assert [item['layer'] for item in told['instances']] == ['person_01', 'dog_01', 'person_02']
    coco = json.loads((tmp_path / 'a' / 'coco.json').read_text())
    assert [item['alpha'] for item in coco['annotations']] == [
        '00_16.png',
        '01_16.png',
        '02_16.png',
    ]
    assert coco['images'][0]['file_name'] == 'a'
    written = save(mattes[:0], tmp_path / 'a', list(FORMATS))
    names = [FORMATS[name].file_name for name in FORMATS if not FORMATS[name].per_instance]
    assert [path.name for path in written] == [*names, 'mattes.json']
    assert {path.name for path in (tmp_path / 'a').iterdir()} == {*names, 'mattes.json'}


def test_every_format_keeps_the_earlier_result_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mattes = soft_mattes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name, item in FORMATS.items():
        save(mattes, tmp_path / name, [name])
        before = content(tmp_path / name)
        with monkeypatch.context() as patch:
            patch.setattr(os, 'fsync', full)
            file = file_name(name, [name])
            with pytest.raises(InputError, match=rf'{name}/{file}: the disk is full'):
                save(mattes, tmp_path / name, [name])
        assert content(tmp_path / name) == before, item
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FORMATS)


def test_estimated_colours_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def estimate(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        calls.append(alpha.shape)
        return np.ones(image.shape)

    monkeypatch.setitem(sys.modules, 'pymatting', SimpleNamespace(estimate_foreground_ml=estimate))
    formats = ['rgba', 'psd', 'exr', 'composite']
    written = save(soft_mattes(), tmp_path / 'a', formats, SaveOptions(foreground='ml'))
    assert len(calls) == 3, 'once per instance, not per format'
    assert {path.name for path in (tmp_path / 'a').iterdir()} == {path.name for path in written}
    assert [path.name for path in tmp_path.iterdir()] == ['a']
    assert cv2.imread(str(tmp_path / 'a' / '00_rgba.png'), -1)[20, 30].tolist() == [255] * 4
    assert json.loads(written[-1].read_text())['foreground'] == 'ml'
