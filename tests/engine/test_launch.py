"""What is said of a config whose options do not fit."""

from pathlib import Path

import pytest
from mmengine.config import Config

from sosmatting.engine.launch import misfits_named
from sosmatting.exceptions import InputError


def part(margin: float = 0.0) -> float:
    return margin


@pytest.mark.parametrize('options', [{'margn': 0.1}, True])
def test_an_option_that_does_not_fit_is_named_in_one_line(options: object, tmp_path: Path) -> None:
    file = tmp_path / 'mine.py'
    file.touch()
    line = rf'^{file}: TypeError: .*part\(\).*; mend'
    with pytest.raises(InputError, match=line), misfits_named(Config.fromfile(file)):
        part(**options)  # type: ignore[arg-type]


def test_other_faults_are_not_taken_for_it() -> None:
    with pytest.raises(TypeError, match='unsupported operand'), misfits_named(Config()):
        part() + 'x'  # type: ignore[operator]
