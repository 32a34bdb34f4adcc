import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sosmatting.export.mattes_json import describe, write_mattes_json, written_files
from sosmatting.mattes import Mattes

from .matte_cases import make_job


def test_description_by_hand(tmp_path: Path) -> None:
    alpha = np.zeros((1, 4, 6), np.uint8)
    alpha[0, 2:, 3] = 9
    mattes = Mattes(
        image=np.zeros((4, 6, 3), np.uint8),
        alphas=alpha,
        scores=np.array([0.9], np.float32),
        labels=np.array([1]),
        boxes=np.array([[0, 1, 6, 3.25]], np.float32),
        areas=np.array([12.345678], np.float32),
        classes=('person', 'traffic light'),
    )
    job = replace(make_job(mattes, bits=16), files=[{'alpha': '00.png'}])
    write_mattes_json(tmp_path / 'mattes.json', describe(job, ['alpha8'], ['00.png']))
    expected = {
        'width': 6,
        'height': 4,
        'formats': ['alpha8'],
        'bits': 16,
        'foreground': 'none',
        'classes': ['person', 'traffic light'],
        'instances': [
            {
                'class': 'traffic light',
                'layer': 'traffic-light_01',
                'score': 0.9,
                'box': [0.0, 1.0, 6.0, 3.25],
                'area': 12.35,
                'files': {'alpha': '00.png'},
            }
        ],
        'files': ['00.png'],
    }
    assert json.loads((tmp_path / 'mattes.json').read_text()) == expected
    assert written_files(tmp_path / 'mattes.json') == {'00.png'}
    job = replace(make_job(mattes, crop=True), files=[{'alpha': '00.png'}])
    assert describe(job, ['alpha8'], ['00.png'])['instances'][0]['offset'] == [3, 2]


@pytest.mark.parametrize('text', ['', '[]', '{"files": ["a"]}', '{"instances": [], "files": 3}'])
def test_another_json_of_that_name_lists_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / 'mattes.json').write_text(text)
    assert written_files(tmp_path / 'mattes.json') == set()
    assert written_files(tmp_path / 'none.json') == set()
