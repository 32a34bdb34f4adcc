"""Sharing photos out: parts, claims, notes of failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sosmatting.exceptions import InputError
from sosmatting.predict.share import Share

A = Path('sub/a')


def test_parts_cover_everything_once() -> None:
    assert Share(Path(), 0, 1).order(4) == [0, 1, 2, 3]
    assert Share(Path(), 1, 3).order(8) == [1, 4, 7, 5, 2, 6, 3, 0]
    for count in range(6):
        for rank in range(4):
            share = Share(Path(), rank, 4)
            order = share.order(count)
            assert sorted(order) == list(range(count))
            own = [place for place in range(count) if share.owns(place)]
            assert order[: len(own)] == own


def test_the_environment() -> None:
    out = Path('out')
    assert Share.of_environment(out, {}).size == 1
    share = Share.of_environment(out, {'RANK': '2', 'WORLD_SIZE': '3'})
    assert (share.rank, share.size) == (2, 3)
    for rank, size in [('3', '3'), ('-1', '2'), ('x', '2'), ('0', '0')]:
        with pytest.raises(InputError, match=r'RANK=.*unset both'):
            Share.of_environment(out, {'RANK': rank, 'WORLD_SIZE': size})


def test_a_claim_is_one_processes(tmp_path: Path) -> None:
    one, other = Share(tmp_path, 0, 2), Share(tmp_path, 1, 2)
    claim = one.claim(A)
    assert claim is not None
    assert other.claim(A) is None and one.claim(A) is None
    held = other.claim(Path('b'))
    assert held is not None
    claim.release()
    claim.release()
    again = other.claim(A)
    assert again is not None
    again.release()
    (tmp_path / '.predict/sub/of.a.dead.lock').touch()
    (tmp_path / '.predict/c.failed').touch()
    one.tidy()
    left = sorted(path.name for path in (tmp_path / '.predict').iterdir())
    assert left == ['b.lock', 'c.failed'], 'b is held'


def test_one_process_needs_no_locks(tmp_path: Path) -> None:
    alone = Share(tmp_path)
    claim = alone.claim(A)
    assert claim is not None
    claim.release()
    alone.note_failure(A)
    assert not list(tmp_path.iterdir())


def test_a_lock_that_was_just_removed_is_no_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    share, real = Share(tmp_path, 0, 2), fcntl.flock

    def removed_in_between(file: object, way: int) -> None:
        (tmp_path / '.predict/a.lock').unlink()
        real(file, way)

    monkeypatch.setattr(fcntl, 'flock', removed_in_between)
    assert share.claim(Path('a')) is None


def test_the_system_takes_a_dead_processes_claim_away(tmp_path: Path) -> None:
    code = (
        'import sys, time; from pathlib import Path; from sosmatting.predict.share import Share\n'
        f'claim = Share(Path({str(tmp_path)!r}), 0, 2).claim(Path("a"))\n'
        'print(claim is not None, flush=True); time.sleep(60)'
    )
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, 'PYTHONPATH': str(root)}
    with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE, env=env) as other:
        assert other.stdout is not None and other.stdout.readline() == b'True\n'
        share = Share(tmp_path, 1, 2)
        assert share.claim(Path('a')) is None
        other.kill()
        other.wait()
        assert share.claim(Path('a')) is not None


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(37, 'No locks available')

    monkeypatch.setattr('fcntl.flock', refuse)
    with pytest.raises(InputError, match='no locks'):
        Share(tmp_path, 0, 2).claim(Path('a'))


def test_failures_are_told_and_forgotten_by_the_owner(tmp_path: Path) -> None:
    names = [Path('a'), Path('b'), Path('c')]
    one, other = Share(tmp_path, 0, 2), Share(tmp_path, 1, 2)
    for name in names:
        other.note_failure(name)
    assert all(one.has_failed(name) for name in names)
    one.forget_failures(names)
    assert [one.has_failed(name) for name in names] == [False, True, False]
