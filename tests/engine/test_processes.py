"""Tools that run others: side by side, and with their share of the cores."""

import os
import threading
import time

import pytest

from sosmatting.engine import processes
from sosmatting.engine.processes import core_share, run_tool, side_by_side
from sosmatting.exceptions import InputError


def test_tasks_side_by_side_all_end_and_one_that_fails_stops_no_other():
    both = threading.Barrier(2, timeout=30)  # broken, were they not done at once

    def meet(value):
        both.wait()
        return value

    def fail():
        raise InputError('no')

    tasks = {'a': lambda: meet(1), 'b': lambda: meet(2), 'c': fail, 'd': lambda: 4}
    outcomes = dict(side_by_side(tasks, 2))
    assert {name: future.result() for name, future in outcomes.items() if name != 'c'} == {
        'a': 1, 'b': 2, 'd': 4,
    }  # fmt: skip
    with pytest.raises(InputError, match='no'):
        outcomes['c'].result()


def test_interrupted_nothing_further_is_begun():
    begun, go_on = [], threading.Event()

    def second():
        begun.append('second')
        go_on.wait(30)

    tasks = {'first': lambda: begun.append('first'), 'second': second}
    tasks |= {f'later {k}': lambda: begun.append('later') for k in range(3)}
    ends = side_by_side(tasks, 1)
    assert next(ends)[0] == 'first'
    threading.Timer(0.2, go_on.set).start()
    with pytest.raises(KeyboardInterrupt):
        ends.throw(KeyboardInterrupt())
    assert 'later' not in begun


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder of tools that stands in for the checkout's."""
    monkeypatch.setattr(processes, '__file__', str(tmp_path / 'sosmatting/engine/processes.py'))
    (tmp_path / 'tools').mkdir()
    return tmp_path / 'tools'


@pytest.mark.parametrize('heeds', [True, False])
def test_interrupted_the_tools_end_too(tools, tmp_path, monkeypatch, heeds):
    handler = 'signal.default_int_handler' if heeds else 'signal.SIG_IGN'
    (tools / 'wait.py').write_text(
        f'import signal, time\nsignal.signal(signal.SIGINT, {handler})\n'
        'print("begun", flush=True)\ntime.sleep(600)\n'
    )
    monkeypatch.setattr(processes, 'PATIENCE', 300.0 if heeds else 0.5)
    log, begun = tmp_path / 'logs/wait.log', time.monotonic()

    def short():
        while not (log.is_file() and log.read_text()):
            time.sleep(0.05)

    ends = side_by_side({'long': lambda: run_tool('wait.py', [], log), 'short': short}, 2)
    assert next(ends)[0] == 'short'
    with pytest.raises(KeyboardInterrupt):
        ends.throw(KeyboardInterrupt())
    assert time.monotonic() - begun < 300


def test_cores_are_shared(monkeypatch):
    monkeypatch.setattr(os, 'cpu_count', lambda: 8)
    assert [core_share(jobs) for jobs in (1, 2, 3, 20)] == [None, 4, 2, 1]


def test_a_tool_gets_its_threads_and_its_log_says_why_it_failed(tools, tmp_path, monkeypatch):
    (tools / 'say.py').write_text(
        'import os, sys\nprint(os.environ.get("OMP_NUM_THREADS"))\n'
        'sys.exit("error: no luck" if len(sys.argv) > 1 else 0)\n'
    )
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    log = tmp_path / 'logs/say.log'
    run_tool('say.py', [], log)
    run_tool('say.py', [], log, threads=3)
    assert log.read_text().split() == ['7', '3']
    with pytest.raises(
        InputError, match=r'say\.py failed \(no luck\); all that it said is in .*say\.log'
    ):
        run_tool('say.py', ['x'], log)
    with pytest.raises(InputError, match=r'nothing\.py: no such tool'):
        run_tool('nothing.py', [], log)
