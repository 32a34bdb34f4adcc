"""Several real processes share the photos out; one of them is killed."""

import collections
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
COUNT = 14


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / 'photos').mkdir()
    for i in range(COUNT):
        Image.new('RGB', (12, 8), (i, i, i)).save(tmp_path / f'photos/p{i:02d}.png')
    (tmp_path / 'photos/p00x.png').write_bytes(b'no picture')
    return tmp_path


def start(place: Path, rank: int, pause: float = 0.1) -> subprocess.Popen:
    """Start one of two workers, as torchrun would."""
    arguments = ['photos', '-o', 'out', '--format', 'alpha8']
    env = {**os.environ, 'PYTHONPATH': str(ROOT), 'RANK': str(rank), 'WORLD_SIZE': '2'}
    env['OMP_NUM_THREADS'] = '1'
    return subprocess.Popen(
        [sys.executable, '-m', 'tests.predict.worker', 'log.txt', str(pause), *arguments],
        cwd=place,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def started(place: Path) -> dict[str, list[int]]:
    """Which processes took each photo to the model, in the order of time."""
    found = collections.defaultdict(list)
    log = place / 'log.txt'
    for line in log.read_text().splitlines() if log.exists() else ():
        _, name, process = line.split()
        found[name].append(int(process))
    return found


def done(place: Path) -> set[str]:
    """Which photos have a whole result."""
    manifests = [json.loads(path.read_text()) for path in place.glob('out/*/mattes.json')]
    return {told['made_of']['photo'] for told in manifests if 'made_of' in told}


def test_each_photo_is_done_once_also_when_a_worker_dies(place: Path) -> None:
    # Slow ones: a victim that is late to start must still find photos to do.
    victim, other = start(place, 0, 0.5), start(place, 1, 0.5)
    end = time.monotonic() + 100
    while sum(pids.count(victim.pid) for pids in started(place).values()) < 2:
        assert time.monotonic() < end and victim.poll() is None, victim.communicate()[1]
        time.sleep(0.005)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    out, err = other.communicate(timeout=100)
    assert other.returncode == 3, err
    assert 'p00x.png: not readable' in err
    assert '[1] ' in out

    photos = {f'p{i:02d}.png' for i in range(COUNT)}
    assert done(place) == photos, 'the other worker did what the dead one left'
    takers = started(place)
    for pids in takers.values():
        assert len(pids) == 1 or (len(pids) == 2 and pids[0] == victim.pid != pids[1]), takers
    twice = [name for name, pids in takers.items() if len(pids) == 2]
    assert len(twice) <= 3, 'only what the victim had in its hands'
    assert sum(victim.pid in pids for pids in takers.values()) >= 2

    again = [start(place, 0), start(place, 1)]
    codes = []
    for process in again:
        out, err = process.communicate(timeout=100)
        codes.append(process.returncode)
        assert '0 photos done' in out, err
    assert 3 in codes and set(codes) <= {0, 3}, 'the broken one was tried again'
    assert started(place) == takers, 'nothing was done twice'
    hidden = [path.name for path in (place / 'out').iterdir() if path.name.startswith('.')]
    assert set(hidden) <= {'.predict'}
    locks = [path for path in place.glob('out/.predict/**/*') if path.suffix != '.failed']
    assert not locks
