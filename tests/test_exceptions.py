"""What a command's user sees."""

import os
import signal

import pytest

from sosmatting.exceptions import InputError, one_line, run


def fail(error):
    raise error


def test_status_and_one_line(capsys):
    assert run(lambda: 0) == 0 and run(lambda: None) == 0 and run(lambda: 3) == 3
    assert run(lambda: fail(InputError('a.jpg: broken'))) == 2
    assert capsys.readouterr().err == 'error: a.jpg: broken\n'
    assert run(lambda: fail(KeyboardInterrupt())) == 130


def test_a_loader_workers_error_is_its_last_line():
    text = 'Caught InputError in DataLoader worker process 0.\nOriginal Traceback:\n  File "x"\n'
    text += 'sosmatting.exceptions.InputError: a.jpg: broken\n'
    assert one_line(InputError(text)) == 'a.jpg: broken'
    assert one_line(InputError('')) == 'InputError'


def interrupted_import():
    """What a library's own error handling makes of Ctrl-C."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise RecursionError('maximum recursion depth exceeded') from None


@pytest.fixture
def ctrl_c():
    """Set what SIGINT does for a test: a shell starts background jobs that ignore it."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def test_an_error_after_ctrl_c_is_ctrl_c(capsys, ctrl_c):
    ctrl_c(signal.default_int_handler)
    assert run(interrupted_import) == 130
    assert capsys.readouterr().err == 'stopped\n'
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(RecursionError):
        run(lambda: fail(RecursionError()))


def test_ctrl_c_stays_what_it_was_made(ctrl_c):
    ctrl_c(signal.SIG_IGN)
    assert run(lambda: os.kill(os.getpid(), signal.SIGINT)) == 0
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
