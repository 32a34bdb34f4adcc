import json
from pathlib import Path

import numpy as np
import pytest

from sosmatting.export.mattes_json import describe, write_mattes_json, written_files
from sosmatting.mattes import Mattes


def test_description_by_hand(tmp_path: Path) -> None:
    mattes = Mattes(
        image=np.zeros((4, 6, 3), np.uint8),
        alphas=np.full((1, 4, 6), 255, np.uint8),
        scores=np.array([0.9], np.float32),
        labels=np.array([1]),
        boxes=np.array([[0, 1, 6, 3.25]], np.float32),
        areas=np.array([12.345678], np.float32),
        classes=('person', 'dog'),
    )
    write_mattes_json(
        tmp_path / 'mattes.json', describe(mattes, [{'alpha': '00.png'}], ['00.png'], 8)
    )
    assert json.loads((tmp_path / 'mattes.json').read_text()) == {
        'width': 6,
        'height': 4,
        'bits': 8,
        'instances': [
            {
                'class': 'dog',
                'score': 0.9,
                'box': [0.0, 1.0, 6.0, 3.25],
                'area': 12.35,
                'files': {'alpha': '00.png'},
            }
        ],
        'files': ['00.png'],
    }
    assert written_files(tmp_path / 'mattes.json') == {'00.png'}


@pytest.mark.parametrize('text', ['', '[]', '{"files": ["a"]}', '{"instances": [], "files": 3}'])
def test_another_json_of_that_name_lists_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / 'mattes.json').write_text(text)
    assert written_files(tmp_path / 'mattes.json') == set()
    assert written_files(tmp_path / 'none.json') == set()
