"""Reading, model and writing side by side: that they are, in what order, and how far ahead."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sosmatting.export import SaveOptions
from sosmatting.predict import work as work_file
from sosmatting.predict.inputs import Source
from sosmatting.predict.plan import Plan
from sosmatting.predict.share import Share
from sosmatting.predict.stages import Stages
from sosmatting.predict.work import Task, Work, ahead
from tests.predict.fake_matter import FakeMatter

PATIENCE = 30  # seconds


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    found = []
    for i in range(8):
        path = tmp_path / f'p{i}.png'
        Image.new('RGB', (8 + i, 6), (i, i, i)).save(path)
        found.append(Task(Source(path), Path(f'p{i}')))
    return found


def work(out: Path, matter: FakeMatter, batch_size: int = 1) -> Work:
    choice: dict[str, Any] = {'max_instances': 1}
    plan = Plan(out, ('alpha8',), SaveOptions(), choice, 'settings', batch_size=batch_size)
    return Work(matter, plan, Share(out), Stages())  # type: ignore[arg-type]


def test_items_come_in_order_and_no_further_ahead_than_asked() -> None:
    taken: list[int] = []

    def items() -> Any:
        for i in range(12):
            taken.append(i)
            yield i

    def slow_for_some(i: int) -> int:
        time.sleep(0.02 if i % 3 == 0 else 0)
        return i * i

    with ThreadPoolExecutor(4) as pool:
        results = ahead(pool, slow_for_some, items(), depth=3)
        assert next(results) == 0 and taken == [0, 1, 2]
        assert next(results) == 1 and taken == [0, 1, 2, 3]
        assert list(results) == [i * i for i in range(2, 12)]


def test_what_is_asked_for_no_more_is_not_done() -> None:
    done, gate = [], threading.Semaphore(0)

    def wait(i: int) -> int:
        assert gate.acquire(timeout=PATIENCE)
        done.append(i)
        return i

    with ThreadPoolExecutor(1) as pool:
        results = ahead(pool, wait, range(9), depth=4)
        gate.release()
        assert next(results) == 0
        results.close()
        gate.release(9)
    assert done in ([0], [0, 1]), 'what runs already ends'


def test_the_next_photo_is_read_and_the_last_one_written_while_the_model_works(
    tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stage waits for the other here: one after the other, they would wait for ever."""
    read_second, model_second = threading.Event(), threading.Event()
    matter, calls = FakeMatter('tiny'), []
    prepare, predict, save = matter.prepare, matter.predict, work_file.save

    def prepare_and_tell(photo: Any, name: str) -> Any:
        if name.endswith('p1.png'):
            read_second.set()
        return prepare(photo, name)

    def predict_after_reading(batch: Any) -> Any:
        calls.append(batch[0].name)
        assert read_second.wait(PATIENCE), 'nothing is read beside the model'
        if len(calls) == 2:
            model_second.set()
        return predict(batch)

    def save_after_the_next(*arguments: Any) -> Any:
        assert model_second.wait(PATIENCE), 'the model waits for the writer'
        return save(*arguments)

    monkeypatch.setattr(matter, 'prepare', prepare_and_tell)
    monkeypatch.setattr(matter, 'predict', predict_after_reading)
    monkeypatch.setattr(work_file, 'save', save_after_the_next)
    outcomes = list(work(tmp_path / 'out', matter).run(tasks))
    assert [outcome.kind for outcome in outcomes] == ['done'] * 8
    assert calls == [str(task.source.path) for task in tasks], 'in their order'


@pytest.mark.parametrize('batch_size', [1, 3])
def test_results_are_told_in_order_and_are_the_photos_own(
    tasks: list[Task], tmp_path: Path, batch_size: int
) -> None:
    outcomes = list(work(tmp_path / 'out', FakeMatter('tiny'), batch_size).run(tasks))
    assert [outcome.task for outcome in outcomes] == tasks
    for i in range(8):
        with Image.open(tmp_path / f'out/p{i}/00.png') as alpha:
            assert alpha.size == (8 + i, 6) and np.asarray(alpha).max() == 77


def test_a_fault_of_ours_is_not_swallowed(
    tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> None:
        raise ZeroDivisionError('a fault')

    monkeypatch.setattr(work_file, 'save', broken)
    with pytest.raises(ZeroDivisionError):
        list(work(tmp_path / 'out', FakeMatter('tiny')).run(tasks))
