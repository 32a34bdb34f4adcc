"""The command line alone: what it means, and what it refuses in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sosmatting.exceptions import InputError
from sosmatting.export import FORMATS as KNOWN
from sosmatting.predict.arguments import DEFAULT_FORMATS, FORMATS, REFINERS, parse
from sosmatting.trimap_methods.lookup import NAMES, SHORT


def test_the_formats_are_those_of_the_writers() -> None:
    assert set(FORMATS) == set(KNOWN)


def test_the_refiners_are_those_of_the_trimap_methods() -> None:
    assert set(REFINERS) == {*NAMES, *SHORT, 'none'}


def test_defaults() -> None:
    args = parse(['a.jpg', '-o', 'out'])
    assert args.formats == DEFAULT_FORMATS and not args.single
    assert (args.min_score, args.max_instances, args.classes) == (0.3, None, None)
    assert (args.premultiplied, args.watch, args.max_pixels) == (None, None, None)
    assert parse(['a', '-o', 'o', '--background', 'red']).formats[-1] == 'composite'


def test_values() -> None:
    args = parse(
        [
            'a', 'b', '--out', 'o', '--format', 'psd,exr,psd', '--classes', 'dog, traffic light',
            '--point', '3,4.5', '--point=-1,2', '--box', '1,2,3,4', '--premultiplied',
            '--watch', '--max-pixels', '1_000', '--cfg-options', 'a=1', 'b=2', '--cfg-options',
            'c=3',
        ]
    )  # fmt: skip
    assert args.inputs == ['a', 'b']
    assert args.formats == ('psd', 'exr')
    assert args.classes == ('dog', 'traffic light')
    assert args.points == [(3, 4.5), (-1, 2)] and args.boxes == [(1, 2, 3, 4)]
    assert (args.premultiplied, args.watch, args.max_pixels) == (True, 1.0, 1000)
    assert args.cfg_options == ['a=1', 'b=2', 'c=3']
    assert parse(['a', '-o', 'o', '--straight', '--watch', '5']).watch == 5


def test_one_file() -> None:
    for out, form in {
        'a.PNG': 'composite',
        'a.psd': 'psd',
        'x/a.exr': 'exr',
        '-': 'composite',
    }.items():
        args = parse(['a.jpg', '-o', out])
        assert args.single and args.formats == (form,)
    assert parse(['a', '-o', '-']).background == 'transparent'
    assert parse(['a', '-o', 'a.png', '--background', 'red']).background == 'red'


def test_a_folder_may_look_like_a_file(tmp_path: Path) -> None:
    (tmp_path / 'a.png').mkdir()
    assert not parse(['a', '-o', str(tmp_path / 'a.png')]).single


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['a'], 'required: -o/--out'),
        (['-o', 'o'], 'required: IN'),
        (['a', '-o', 'o', '--nonsense'], 'unrecognized arguments: --nonsense'),
        (['a', '-o', 'o', '--format', 'gif'], "--format: 'gif' is no format; choose from rgba"),
        (['a', '-o', 'o', '--format', 'psd,'], '--format: .* empty name'),
        (['a', '-o', 'o', '--bits', '10'], '--bits: invalid choice'),
        (['a', '-o', 'o', '--min-score', '30'], '--min-score: 30: scores lie between 0 and 1'),
        (['a', '-o', 'o', '--min-score', 'nan'], '--min-score'),
        (['a', '-o', 'o', '--max-instances', '0'], '--max-instances: 0: .* 1 or more'),
        (['a', '-o', 'o', '--point', '1'], "--point: '1' is not 2 numbers"),
        (['a', '-o', 'o', '--point', 'nan,1'], '--point'),
        (['a', '-o', 'o', '--box', '1,2,3,x'], '--box: .* 4 numbers'),
        (['a', '-o', 'o', '--max-pixels', '-4'], '--max-pixels'),
        (['a', '-o', 'o', '--watch', '0'], '--watch: 0: give seconds'),
        (['a', '-o', 'o', '--straight', '--premultiplied'], 'not allowed with'),
        (['-', 'a', '-o', 'o'], 'stdin is one photo'),
        (['-', '-o', 'o', '--watch'], '--watch: needs folders'),
        (['a', '-o', '-', '--format', 'psd,exr'], 'stdout is one file'),
        (['a', '-o', 'a.png', '--watch'], '--watch: needs folders'),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse(arguments)
    assert '\n' not in str(caught.value)


def test_help_and_wrong_usage_load_nothing_heavy() -> None:
    code = (
        'import sys\n'
        'from sosmatting.cli import main\n'
        'status = main(["predict", "a", "-o", "o", "--bits", "3"])\n'
        'try:\n'
        '    main(["predict", "--help"])\n'
        'finally:\n'
        '    heavy = {"torch", "numpy", "cv2", "PIL", "rich"} & set(sys.modules)\n'
        '    print(status, sorted(heavy))\n'
    )
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, 'PYTHONPATH': str(root)}
    done = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '--cfg-options' in done.stdout
    assert done.stdout.splitlines()[-1] == '2 []'
    assert done.stderr.startswith('error: argument --bits')
