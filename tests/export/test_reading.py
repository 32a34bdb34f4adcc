import json
from pathlib import Path

import numpy as np
import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import SaveOptions, load, save

from .matte_cases import make_mattes, soft_mattes


@pytest.mark.parametrize('crop', [False, True])
@pytest.mark.parametrize('name', ['alpha8', 'alpha16'])
def test_what_was_saved_comes_back(tmp_path: Path, name: str, crop: bool) -> None:
    mattes = soft_mattes(np.uint8 if name == 'alpha8' else np.uint16)
    save(mattes, tmp_path / 'a', [name], SaveOptions(crop=crop))
    back = load(tmp_path / 'a', mattes.image)
    assert np.array_equal(back.alphas, mattes.alphas) and back.alphas.dtype == mattes.alphas.dtype
    assert back.names == mattes.names and back.classes == mattes.classes
    assert np.allclose(back.scores, mattes.scores) and np.array_equal(back.boxes, mattes.boxes)
    assert np.allclose(back.areas, mattes.areas, atol=0.01)


def test_a_result_without_mattes_comes_back(tmp_path: Path) -> None:
    mattes = make_mattes(0)
    save(mattes, tmp_path / 'a')
    back = load(tmp_path / 'a', mattes.image)
    assert len(back) == 0 and back.alphas.shape == (0, 40, 60) and back.boxes.shape == (0, 4)


def test_other_folders_and_photos_are_refused(tmp_path: Path) -> None:
    mattes = soft_mattes()
    with pytest.raises(InputError, match=r'mattes\.json: no such file; name a folder that an exp'):
        load(tmp_path / 'none', mattes.image)
    save(mattes, tmp_path / 'psd', ['psd'])
    with pytest.raises(InputError, match='export with format alpha8 or alpha16'):
        load(tmp_path / 'psd', mattes.image)
    save(mattes, tmp_path / 'a', ['alpha8'], SaveOptions(crop=True))
    with pytest.raises(InputError, match='of a photo of 90 x 60 pixels, this one has 60 x 40'):
        load(tmp_path / 'a', make_mattes(0).image)
    path = tmp_path / 'a' / 'mattes.json'
    told = json.loads(path.read_text())
    told['instances'][0]['offset'] = [70, 5]
    path.write_text(json.dumps(told))
    with pytest.raises(InputError, match=r'00\.png: a matte of 40 x 40 pixels does not fit'):
        load(tmp_path / 'a', mattes.image)
