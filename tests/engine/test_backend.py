"""Checkpoints are whole or absent, and a full disk is one clear line."""

import errno
import os

import pytest
from mmengine.fileio import get_file_backend

import sosmatting.engine.backend  # noqa: F401
from sosmatting.exceptions import InputError


def test_bytes_and_text_arrive(tmp_path):
    backend = get_file_backend(str(tmp_path), backend_args=dict(backend='atomic'))
    backend.put(b'abc', tmp_path / 'a.pth')
    backend.put_text('äb', tmp_path / 'b.txt')
    assert (tmp_path / 'a.pth').read_bytes() == b'abc'
    assert (tmp_path / 'b.txt').read_text(encoding='utf-8') == 'äb'
    assert sorted(os.listdir(tmp_path)) == ['a.pth', 'b.txt']


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch):
    backend = get_file_backend(str(tmp_path), backend_args=dict(backend='atomic'))
    backend.put(b'old', tmp_path / 'a.pth')

    def full(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(InputError, match=r'a\.pth: the disk is full'):
        backend.put(b'new', tmp_path / 'a.pth')
    assert (tmp_path / 'a.pth').read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['a.pth']
