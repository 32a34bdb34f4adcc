import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


def test_scenes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    from benchmarks import data

    monkeypatch.setattr(data, 'SCENES', 2)
    monkeypatch.setattr(data, 'CUTOUTS', 4)
    monkeypatch.setattr(data, 'BACKGROUNDS', 2)
    composed = []
    compose_all = data.compose_all
    monkeypatch.setattr(data, 'compose_all', lambda c: composed.append(compose_all(c)))
    rows = data.run(1)
    assert [row.unit for row in rows] == ['scenes/s'] * 2
    assert all(row.ours > 0 and row.peer > 0 for row in rows)
    assert composed == [6] * 4, 'two scenes of three instances, twice each'
    assert 'benchmarks' in sys.modules
