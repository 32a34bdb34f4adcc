"""Colours and pictures behind a composite."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosmatting.apis.background import read_background
from sosmatting.exceptions import InputError


def test_colours() -> None:
    assert read_background(None) is None
    assert read_background('white') == (255, 255, 255)
    assert read_background('#0af') == (0, 170, 255)
    assert read_background('#102030') == (16, 32, 48)
    assert read_background('1, 2,3') == (1, 2, 3)
    assert read_background('transparent') == 'transparent'


def test_a_picture(tmp_path: Path) -> None:
    Image.new('RGB', (4, 3), (7, 8, 9)).save(tmp_path / 'b.png')
    picture = read_background(str(tmp_path / 'b.png'))
    assert isinstance(picture, np.ndarray) and picture.shape == (3, 4, 3)
    assert (picture == (7, 8, 9)).all()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('1,2,256', 'three numbers of 0 to 255'),
        ('whitish', 'neither a colour .* nor a file'),
        ('#12', 'neither a colour'),
        ('broken.png', r'broken\.png: not readable'),
    ],
)
def test_what_is_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'broken.png').write_bytes(b'x')
    with pytest.raises(InputError, match=message):
        read_background(text)


def test_results_take_the_same_texts(tmp_path: Path) -> None:
    from sosmatting.apis.result import _background

    assert _background('white') == read_background('white') == (255, 255, 255)
    Image.new('RGB', (3, 2), (1, 2, 3)).save(tmp_path / 'b.png')
    given = _background(str(tmp_path / 'b.png'))
    assert isinstance(given, np.ndarray) and given.shape == (2, 3, 3) and (given == (1, 2, 3)).all()
    with pytest.raises(InputError, match='neither a colour'):
        _background('no-such-colour')
