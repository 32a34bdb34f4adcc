"""Which file belongs to which image, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from sosmatting.evaluation.folders import confidences, missing_and_surplus, read_layout
from sosmatting.exceptions import InputError
from tests.evaluation.folder_sets import A, write


def test_a_folder_per_image_at_any_depth(tmp_path: Path) -> None:
    files = ['x/10.png', 'x/2.png', 'comp/y/00.png', 'x/readme.txt', 'x/mask.png', 'x/.01.png']
    write(tmp_path, {name: A for name in files if name.endswith('.png')})
    (tmp_path / 'x/readme.txt').touch()
    layout = read_layout(tmp_path, '--pred')
    assert layout.kind == 'instances'
    names = {name: [path.name for path in paths] for name, paths in layout.files.items()}
    assert names == {'comp/y': ['00.png'], 'x': ['2.png', '10.png']}
    assert layout.others == ['x/mask.png', 'x/readme.txt']
    missing, surplus = missing_and_surplus(['x', 'z'], layout)
    assert missing == ['z'] and surplus == ['comp/y', 'x/mask.png', 'x/readme.txt']


def test_a_file_per_image(tmp_path: Path) -> None:
    layout = read_layout(write(tmp_path, {'b.png': A, 'a.png': A}), '--gt')
    assert layout.kind == 'single'
    assert [(name, len(paths)) for name, paths in layout.files.items()] == [('a', 1), ('b', 1)]


@pytest.mark.parametrize(
    ('files', 'words'),
    [
        ([], 'holds no matte'),
        (['a.png', 'b/00.png'], 'holds both files'),
        (['a/0.png', 'a/00.png'], '0.png has the same number'),
        (['a.png', 'a.PNG'], 'has the same name'),
    ],
)
def test_refused(tmp_path: Path, files: list[str], words: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=words) as error:
        read_layout(tmp_path, '--pred')
    assert str(tmp_path) in str(error.value) and '\n' not in str(error.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'--pred .*none: no such folder'):
        read_layout(tmp_path / 'none', '--pred')


@pytest.mark.parametrize('content', [{'00.png': 0.5, '01': 0.25}, [0.5, 0.25]])
def test_scores_beside_the_mattes(tmp_path: Path, content: object) -> None:
    files = [tmp_path / '00.png', tmp_path / '01.png']
    assert confidences(tmp_path, files).scores is None
    (tmp_path / 'scores.json').write_text(json.dumps(content))
    assert confidences(tmp_path, files).scores == [0.5, 0.25]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('{', 'not readable as JSON'),
        ('7', 'must be'),
        ('[0.5]', 'holds 1 scores for 2 mattes'),
        ('{"00.png": 0.5}', 'has no score for 01.png'),
        ('[0.5, 0.5, 0.5]', 'holds 3 scores for 2'),
        ('{"00.png": 1, "01.png": 1, "02.png": 1}', 'scores 02.png, which is not there'),
        ('[0.5, NaN]', 'score of 01.png is nan'),
        ('[0.5, 1.5]', 'score of 01.png is 1.5'),
        ('[0.5, "x"]', "score of 01.png is 'x'"),
        ('[0.5, true]', 'score of 01.png is True'),
    ],
)
def test_wrong_scores(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / 'scores.json').write_text(text)
    with pytest.raises(InputError, match=words) as error:
        confidences(tmp_path, [tmp_path / '00.png', tmp_path / '01.png'])
    assert 'scores.json' in str(error.value)


def test_an_exported_folder_says_scores_and_classes(tmp_path: Path) -> None:
    entries = [
        {'class': 'dog', 'score': 0.9, 'files': {'alpha': '00.png', 'rgba': '00_rgba.png'}},
        {'class': 'cat', 'score': 0.4, 'files': {'alpha': '01.png'}},
    ]
    files = {f'x/{name}': A for name in ('00.png', '01.png', '00_rgba.png', 'overlay.png')}
    write(tmp_path, files | {'unused/00.png': A})
    (tmp_path / 'empty').mkdir()
    for name, content in (('x', {'instances': entries}), ('empty', {'instances': []})):
        (tmp_path / name / 'mattes.json').write_text(json.dumps(content))
    layout = read_layout(tmp_path, '--pred')
    assert not layout.others and layout.files['empty'] == []
    said = confidences(tmp_path / 'x', layout.files['x'])
    assert (said.scores, said.classes) == ([0.9, 0.4], ['dog', 'cat'])
    with pytest.raises(InputError, match='describes 2 mattes, 1 lie'):
        confidences(tmp_path / 'x', layout.files['x'][:1])
    (tmp_path / 'x/mattes.json').write_text('{"instances": [{"score": 1}]}')
    with pytest.raises(InputError, match='names no alpha file'):
        confidences(tmp_path / 'x', layout.files['x'])


def test_the_sets_are_what_they_should_be() -> None:
    assert A.dtype == np.uint8 and 0 < ((A > 0) & (A < 255)).mean() < 0.2
