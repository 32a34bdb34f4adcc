"""The command around a stand-in for the network: what is written, said and returned."""

import errno
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sosmatting.cli import main
from sosmatting.predict.command import run_predict
from tests.predict.fake_matter import FakeMatter, stand_in

NAMES = ['00.png', '00_rgba.png', '01.png', '01_rgba.png', 'mattes.json', 'overlay.png']


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photos, the current one; the network is the stand-in."""
    stand_in(monkeypatch, tmp_path)
    (tmp_path / 'photos/sub').mkdir(parents=True)
    for name, colour in {'a.png': 0, 'b.png': 50, 'sub/c.png': 100}.items():
        Image.new('RGB', (30, 20), (colour, colour, colour)).save(tmp_path / 'photos' / name)
    return tmp_path


def tree(folder: Path | str) -> list[str]:
    """All files below a folder, hidden ones too."""
    paths = sorted(Path(folder).rglob('*'))
    return [path.relative_to(folder).as_posix() for path in paths if path.is_file()]


def predict(*arguments: object) -> int:
    return main(['predict', *map(str, arguments)])


def test_a_folder_of_files_for_every_photo(capsys: pytest.CaptureFixture[str]) -> None:
    assert predict('photos', '-o', 'out') == 0
    assert tree('out') == [f'{name}/{file}' for name in 'ab' for file in NAMES]
    told = json.loads(Path('out/a/mattes.json').read_text())
    assert [item['score'] for item in told['instances']] == [0.9, 0.5]
    made = told['made_of']
    assert made['photo'] == 'a.png' and made['bytes'] == Path('photos/a.png').stat().st_size
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('device: cpu (') and 'model: soso_mini' in lines[0]
    assert lines[1].startswith('[1/2] photos/a.png -> out/a: 2 mattes (')
    assert lines[-1].startswith('2 photos done, 4 mattes (') and 'images/s' in lines[-1]
    assert FakeMatter.made['max_pixels'] == 120_000_000
    assert FakeMatter.made['bits'] == 8


def test_recursive_keeps_the_tree() -> None:
    assert predict('photos', '-o', 'out', '--recursive', '--format', 'overlay') == 0
    files = ('mattes.json', 'overlay.png')
    assert tree('out') == [f'{name}/{file}' for name in ('a', 'b', 'sub/c') for file in files]


def test_a_quoted_glob() -> None:
    assert predict('photos/*/c.p*', '-o', 'out', '--format', 'alpha8') == 0
    assert tree('out') == ['c/00.png', 'c/01.png', 'c/mattes.json']


@pytest.mark.parametrize(
    ('options', 'alphas'),
    [
        (['--min-score', '0'], [77, 200, 100]),
        (['--max-instances', '1'], [77]),
        (['--classes', 'dog'], [200]),
        (['--classes', 'dog,person', '--min-score', '0.6'], [77]),
        (['--point', '0,0'], [200]),
        (['--point', '29,0', '--min-score', '0'], [100]),
        (['--point', '29,19', '--point', '0,19'], [77, 200]),
        (['--box', '0,0,15,20'], [77, 200]),
        (['--box', '0,0,14,20'], [200]),
    ],
)
def test_choosing_objects(options: list[str], alphas: list[int]) -> None:
    assert predict('photos/a.png', '-o', 'out', '--format', 'alpha8', *options) == 0
    found = [cv2.imread(f'out/a/{i:02d}.png', -1)[0, 0] for i in range(len(alphas))]
    assert [int(value) for value in found] == alphas
    assert len(tree('out/a')) == len(alphas) + 1


def test_what_the_model_is_told() -> None:
    options = ['--model', 'tiny', '--device', 'cpu', '--amp', '--max-pixels', '0']
    options += ['--cfg-options', 'a=1']
    assert predict('photos/a.png', '-o', 'out', '--format', 'alpha16', *options) == 0
    told = {key: FakeMatter.made[key] for key in ('config', 'device', 'amp', 'max_pixels', 'bits')}
    assert told == {'config': 'tiny', 'device': 'cpu', 'amp': True, 'max_pixels': None, 'bits': 16}
    assert FakeMatter.made['options'] == ['a=1']
    assert cv2.imread('out/a/00.png', -1).dtype == np.uint16


def test_the_writers_get_their_options() -> None:
    Image.new('RGB', (3, 3), (9, 99, 199)).save('behind.png')
    options = ['--format', 'rgba,composite', '--crop', '--bits', '16', '--background', 'behind.png']
    assert predict('photos/b.png', '-o', 'out', '--classes', 'dog', *options) == 0
    cut = cv2.imread('out/b/00_rgba.png', -1)
    assert cut.shape == (20, 15, 4) and cut.dtype == np.uint16
    composite = cv2.imread('out/b/composite.png')
    assert composite[0, 29, ::-1].tolist() == [9, 99, 199]


def test_no_object_is_a_valid_result() -> None:
    Image.new('RGB', (8, 8), (1, 2, 3)).save('none.png')
    assert predict('none.png', '-o', 'out', '--format', 'alpha8,overlay,json') == 0
    assert tree('out') == ['none/coco.json', 'none/mattes.json', 'none/overlay.png']
    assert json.loads(Path('out/none/mattes.json').read_text())['instances'] == []


def test_failures_are_named_and_the_others_done(capsys: pytest.CaptureFixture[str]) -> None:
    Path('photos/b.png').write_bytes(b'no picture')
    Image.new('RGB', (8, 8), (3, 2, 1)).save('photos/big.png')
    assert predict('gone.png', 'photos', '-o', 'out', '--batch-size', '8') == 3
    assert sorted(path.name for path in Path('out').iterdir()) == ['a']
    output = capsys.readouterr()
    errors = output.err.splitlines()
    assert errors[0].startswith('error: gone.png: no such file')
    assert errors[1].startswith('error: photos/b.png: not readable as a picture')
    assert errors[2].startswith('error: photos/big.png: does not fit into the memory')
    assert errors[3:] == ['3 of 4 photos could not be done']
    assert '1 photos done, 2 mattes, 3 failed' in output.out


def test_a_point_outside_one_photo_fails_that_photo(capsys: pytest.CaptureFixture[str]) -> None:
    Image.new('RGB', (300, 20)).save('photos/wide.png')
    assert predict('photos', '-o', 'out', '--point', '250,3') == 3
    assert sorted(path.name for path in Path('out').iterdir()) == ['wide']
    assert 'error: photos/a.png: point 250,3: lies outside' in capsys.readouterr().err


def test_frames_of_an_animation_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    frames = [Image.new('RGB', (6, 4), (value, 0, 0)) for value in (50, 150, 250)]
    frames[0].save('moving.gif', save_all=True, append_images=frames[1:])
    assert predict('moving.gif', '-o', 'out') == 0
    assert '2 mattes; the first of 3 frames (' in capsys.readouterr().out


@pytest.mark.parametrize('size', ['1', '2', '5'])
def test_batches_change_nothing_but_how_many_go_at_once(size: str) -> None:
    for i in range(4):
        Image.new('RGB', (10 + i, 9), (i, i, i)).save(f'photos/p{i}.png')
    assert predict('photos', '-o', f'out{size}', '--batch-size', size, '--format', 'alpha8') == 0
    sizes = [len(batch) for batch in FakeMatter.made['batches']]
    assert sizes == {'1': [1] * 6, '2': [2, 2, 2], '5': [5, 1]}[size]
    assert cv2.imread(f'out{size}/p3/00.png', -1).shape == (9, 13)
    assert len(tree(f'out{size}')) == 18


def test_resume_skips_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    options = ['photos', '-o', 'out', '--format', 'alpha8', '--resume']

    def done() -> list[str]:
        assert predict(*options) == 0
        capsys.readouterr()
        return [Path(name).name for batch in FakeMatter.made['batches'] for name in batch]

    assert done() == ['a.png', 'b.png']
    assert done() == []
    Image.new('RGB', (30, 20), (9, 9, 9)).save('photos/b.png')
    assert done() == ['b.png'], 'a changed photo'
    Path('out/a/01.png').unlink()
    assert done() == ['a.png'], 'a missing file'
    options += ['--min-score', '0']
    assert done() == ['a.png', 'b.png'], 'other options'
    assert done() == []
    options[4] = 'alpha8,rgba'
    assert done() == ['a.png', 'b.png'], 'other formats'
    assert predict(*options) == 0
    assert '0 photos done, 0 mattes, 2 skipped' in capsys.readouterr().out
    assert predict(*options[:-3]) == 0
    assert len(FakeMatter.made['batches']) == 2, 'without --resume all is done again'


def test_results_in_the_input_folder_are_not_read_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ['photos', '-o', 'photos', '--recursive', '--format', 'rgba,composite']
    assert predict(*options) == 0
    first = tree('photos')
    assert 'photos/sub/c'.removeprefix('photos/') + '/composite.png' in first
    assert predict(*options) == 0
    assert tree('photos') == first
    assert '9 files passed over: results of an earlier run' in capsys.readouterr().out
    assert predict('photos', '-o', 'photos/out', '-r', '--format', 'rgba') == 0
    second = tree('photos/out')
    assert predict('photos', '-o', 'photos/out', '-r', '--format', 'rgba') == 0
    assert tree('photos/out') == second


def test_two_photos_of_one_name() -> None:
    Image.new('RGB', (7, 5)).save('photos/a.jpg')
    assert predict('photos/a.png', 'photos/a.jpg', '-o', 'out', '--format', 'alpha8') == 0
    assert cv2.imread('out/a/00.png', -1).shape == (20, 30)
    assert cv2.imread('out/a_2/00.png', -1).shape == (5, 7)


def test_odd_names(capsys: pytest.CaptureFixture[str]) -> None:
    odd = ['żółć 😀.png', '[x] {y}.png', "it's; $HOME `ls`.png", '-o.png', 'new\nline.png']
    for name in odd:
        Image.new('RGB', (4, 4)).save(Path('photos/sub') / name)
    raw = os.fsencode('photos/sub/') + b'caf\xe9.png'
    Path(os.fsdecode(raw)).write_bytes(Path('photos/a.png').read_bytes())
    assert predict('photos/sub', '-o', 'out', '--format', 'alpha8') == 0
    stems = {Path(name).stem for name in odd} | {os.fsdecode(b'caf\xe9'), 'c'}
    assert {path.name for path in Path('out').iterdir()} == stems
    assert '-> out/[x] {y}: 2 mattes' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['photos', '-o', 'out', '--checkpoint', 'x.pth'], 'x.pth: no such checkpoint'),
        (['photos', '-o', 'out', '--classes', 'cow'], "class 'cow': .* choose from person, dog"),
        (['photos', '-o', 'out', '--background', 'whitish'], 'background whitish: neither'),
        (['photos', '-o', 'photos/a.png/x'], r'photos/a\.png/x: cannot be written'),
        (['empty', '-o', 'out'], 'empty: holds no picture'),
        (['photos', '-o', 'a.png'], r'a\.png: is one file for 2 photos'),
        (['photos/a.png', '-o', 'out', '--watch'], '--watch: none of the inputs is a folder'),
        (['photos', '-o', 'out', '--format', 'psd', '--premultiplied'], 'format psd: .*straight'),
        (['none/*.png', '-o', 'out'], 'no picture has such a name'),
        (['gone.png', '-o', 'out'], r'gone\.png: no such file; check'),
        (['gone.png', 'x.jpg', '-o', 'out'], r'gone\.png: no such file \(2 are named, none'),
        (['photos', '-o', 'out.jpg'], r'out\.jpg: no file of this kind .* or name a folder'),
        (['photos', '-o', 'photos/note'], 'photos/note: is a file; name a folder'),
    ],
)
def test_wrong_input_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path('empty').mkdir()
    Path('photos/note').touch()
    assert predict(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and error.count('\n') == 1
    assert re.search(message, error)
    assert not Path('out').exists() or not tree('out')


def test_a_read_only_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: object, flags: int, *args: object, **kwargs: object) -> int:
        raise OSError(errno.EROFS, 'Read-only file system')

    monkeypatch.setattr(os, 'open', refuse)
    assert predict('photos', '-o', 'locked') == 2
    error = capsys.readouterr().err
    assert 'locked' in error and 'cannot be written (read-only file system)' in error
    assert not FakeMatter.made, 'told before the model is loaded'


def test_many_photos_end_with_the_failures(capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(55):
        Path(f'photos/p{i:02d}.png').write_bytes(
            b'' if i < 25 else Path('photos/a.png').read_bytes()
        )
    assert predict('photos', '-o', 'out', '--format', 'alpha8', '--max-instances', '1') == 3
    errors = capsys.readouterr().err.splitlines()
    summary = errors.index('25 of 57 photos could not be done')
    assert errors[summary + 1].startswith('  photos/p00.png: not readable')
    assert errors[summary + 21 :] == ['  ... and 5 more, named above']


def test_a_disk_that_fills_up_stops_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(30):
        Image.new('RGB', (4, 4)).save(f'photos/p{i}.png')
    real, calls = os.fsync, []

    def full_later(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 8:
            raise OSError(28, 'No space left on device')
        real(handle)

    monkeypatch.setattr(os, 'fsync', full_later)
    assert predict('photos', '-o', 'out', '--format', 'alpha8') == 2
    assert 'the disk is full' in capsys.readouterr().err
    assert len(FakeMatter.made['batches']) < 15
    whole = [path for path in tree('out') if path.endswith('mattes.json')]
    assert len(tree('out')) == 3 * len(whole) > 0


def test_a_file_of_another_origin_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path('out/a').mkdir(parents=True)
    Path('out/a/overlay.png').write_text('mine')
    assert predict('photos', '-o', 'out') == 3
    assert Path('out/a/overlay.png').read_text() == 'mine'
    assert tree('out/b') == NAMES
    assert 'error: photos/a.png: out/a/overlay.png: is not of an earlier' in capsys.readouterr().err


def test_the_profile(capsys: pytest.CaptureFixture[str]) -> None:
    FakeMatter.pause = 0.05
    try:
        assert predict('photos', '-o', 'out', '--profile', '--format', 'alpha8') == 0
    finally:
        FakeMatter.pause = 0.0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    seconds = {row[1]: float(row[3]) for row in rows if len(row) > 5 and row[0] == '│'}
    assert set(seconds) == {'read', 'prepare', 'model', 'refine', 'write'}
    assert 0.1 <= seconds['model'] < 1


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, 'waited for 20 seconds'
        time.sleep(0.02)


def test_watch_does_new_photos_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, stop = time.sleep, threading.Event()

    def sleep(seconds: float) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        real(seconds)

    monkeypatch.setattr('sosmatting.predict.watch.time.sleep', sleep)

    def user() -> None:
        wait_for(Path('out/b/mattes.json').exists)
        Image.new('RGB', (5, 5)).save('photos/new.png')
        wait_for(Path('out/new/mattes.json').exists)
        stop.set()

    thread = threading.Thread(target=user)
    thread.start()
    assert predict('photos', '-o', 'out', '--watch', '0.05', '--format', 'alpha8') == 130
    thread.join()
    output = capsys.readouterr()
    assert '3 photos done, 6 mattes' in output.out
    assert output.err == 'stopped\n'
    assert [len(batch) for batch in FakeMatter.made['batches']] == [1, 1, 1]


def test_ctrl_c_leaves_whole_results_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(20):
        Image.new('RGB', (4, 4)).save(f'photos/p{i:02d}.png')
    real = FakeMatter.predict

    def interrupted(self: FakeMatter, batch: list) -> list:
        if len(FakeMatter.made['batches']) == 3:
            raise KeyboardInterrupt
        return real(self, batch)

    monkeypatch.setattr(FakeMatter, 'predict', interrupted)
    assert predict('photos', '-o', 'out', '--format', 'alpha8') == 130
    assert tree('out') == [
        f'{name}/{file}'
        for name in ('a', 'b', 'p00')
        for file in ('00.png', '01.png', 'mattes.json')
    ]
    assert capsys.readouterr().err.splitlines()[-1] == 'stopped'


def test_in_a_terminal_there_is_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('FORCE_COLOR', '1')
    Path('photos/b.png').write_bytes(b'')
    assert run_predict(['photos', '-o', 'out', '--format', 'alpha8']) == 3
    output = capsys.readouterr()
    assert 'images/s' in output.out and '1 failed' in output.out
    assert 'photos/a.png -> out/a: 2 mattes' in output.out


@pytest.mark.skipif(sys.platform != 'linux', reason='locks are those of Linux')
def test_watch_and_one_file_are_for_one_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('RANK', '0')
    monkeypatch.setenv('WORLD_SIZE', '2')
    for options in (['-o', 'out', '--watch'], ['-o', 'a.png']):
        assert predict('photos', *options) == 2
        assert 'is for one process' in capsys.readouterr().err
