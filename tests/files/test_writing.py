"""Writers: whole files or none, also where they fail midway and from several threads."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.exceptions import InputError
from sosmatting.files import check_writable, read_photo, write_bytes, write_jpeg, write_png
from tests.files.pictures import noise


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('channels', [0, 3, 4])
def test_write_png_keeps_every_value(tmp_path: Path, dtype: type, channels: int) -> None:
    pixels = noise(5, 7, *([channels] if channels else []), dtype=dtype)
    write_png(tmp_path / 'sub' / 'a.png', pixels)
    path = tmp_path / 'sub' / 'a.png'
    back = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if channels:
        back = back[..., [2, 1, 0, 3][:channels]]
    assert back.dtype == dtype
    assert np.array_equal(back, pixels)
    if dtype == np.uint8:
        assert np.array_equal(np.asarray(Image.open(path)), pixels)


def test_write_jpeg_is_close(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    photo = np.repeat(np.broadcast_to(ramp, (32, 64))[..., None], 3, 2).copy()
    write_jpeg(tmp_path / 'a.jpg', photo)
    assert np.abs(read_photo(tmp_path / 'a.jpg').astype(int) - photo).max() <= 4


@pytest.mark.parametrize('step', ['write', 'fsync', 'replace'])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / 'result.bin'
    path.write_bytes(b'old')
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*args: object, **kwargs: object) -> None:
        raise full

    if step == 'write':
        real = os.fdopen

        def half_writer(handle: int, mode: str) -> object:
            file = real(handle, mode)
            os.write(handle, b'ne')
            monkeypatch.setattr(os, 'fsync', refuse)
            return file

        monkeypatch.setattr(os, 'fdopen', half_writer)
    else:
        monkeypatch.setattr(os, step, refuse)
    with pytest.raises(InputError, match=r'result\.bin: the disk is full'):
        write_bytes(path, b'new')
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='this system has no /dev/full')
def test_a_device_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fdopen

    def onto_full_device(handle: int, mode: str) -> object:
        os.close(handle)
        return real(os.open('/dev/full', os.O_WRONLY), mode)

    monkeypatch.setattr(os, 'fdopen', onto_full_device)
    with pytest.raises(InputError, match='the disk is full'):
        write_bytes(tmp_path / 'a', b'x' * 100_000)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(InputError, match=r'file.*cannot be written.*choose another folder'):
        write_bytes(tmp_path / 'file' / 'a.png', b'x')

    def refuse(*args: object, **kwargs: object) -> int:
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(os, 'open', refuse)
    with pytest.raises(InputError, match=r'cannot be written \(permission denied\)'):
        write_bytes(tmp_path / 'a.png', b'x')


def test_folders_are_tried_before_long_work_and_left_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / 'file'
    file.write_bytes(b'x')
    check_writable(tmp_path)
    check_writable(tmp_path / 'new' / 'newer')
    monkeypatch.chdir(tmp_path)
    check_writable('relative/folder')
    with pytest.raises(InputError, match='file: is a file; name a folder to write to'):
        check_writable(file)
    with pytest.raises(InputError, match=r'newer: cannot be written \(.*file is a file\)'):
        check_writable(file / 'new' / 'newer')
    real = os.fdopen

    def onto_full_device(handle: int, mode: str) -> object:
        os.close(handle)
        return real(os.open('/dev/full', os.O_WRONLY), mode)

    if Path('/dev/full').exists():
        monkeypatch.setattr(os, 'fdopen', onto_full_device)
        with pytest.raises(InputError, match='new: the disk is full'):
            check_writable(tmp_path / 'new')
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_writer_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'fsync', interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / 'a', b'x')
    assert not list(tmp_path.iterdir())


def test_written_files_have_the_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / 'a', b'x')
    finally:
        os.umask(old)
    assert (tmp_path / 'a').stat().st_mode & 0o777 == 0o640


def test_threads_leave_the_umask_alone(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: write_bytes(tmp_path / f'{i}', b'x'), range(200)))
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}
        now = os.umask(0o027)
    finally:
        os.umask(old)
    assert now == 0o027
