"""What a command's user sees."""

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
