"""JSON in and out of files."""

import json
from pathlib import Path

import pytest

from sosmatting.exceptions import InputError
from sosmatting.files import read_json, write_json


def test_json_round_trip_and_faults(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    write_json(path, {'a': [1, 2.5, 'é']})
    assert json.loads(path.read_text()) == {'a': [1, 2.5, 'é']} == read_json(path)
    for bad in (b'', b'{"a": ', b'\xff\xfe\x00'):
        path.write_bytes(bad)
        with pytest.raises(InputError, match=r'a\.json: not readable as JSON'):
            read_json(path)
