import os

import pytest

from sosmatting.datasets.workers import finished
from sosmatting.exceptions import InputError


def work(number: int, offset: int) -> tuple[int, int]:
    if number == 99:
        os._exit(1)
    if number < 0:
        raise InputError(f'job {number} is wrong')
    return number + offset, os.getpid()


@pytest.mark.parametrize('workers', [1, 2])
def test_every_job_is_done(workers: int) -> None:
    results = list(finished(work, [(k, 10) for k in range(5)], workers))
    assert sorted(number for number, _ in results) == [10, 11, 12, 13, 14]
    here = {pid == os.getpid() for _, pid in results}
    assert here == {workers == 1}


@pytest.mark.parametrize('workers', [1, 2])
def test_an_error_comes_back(workers: int) -> None:
    with pytest.raises(InputError, match=r'^job -1 is wrong$'):
        list(finished(work, [(1, 0), (-1, 0)], workers))


def test_where_a_process_died_is_named() -> None:
    with pytest.raises(InputError, match=r'^a process died at .*\b99 7\b.*fewer --workers$'):
        list(finished(work, [(1, 0), (99, 7)], 2))


def test_no_job_is_no_work() -> None:
    assert list(finished(work, [], 4)) == []
