"""Runs side by side: point values, intervals, and what may not be compared."""

import json
from pathlib import Path

import numpy as np
import pytest

from sosmatting.evaluation.compare import Comparison, compare, read_runs, to_json
from sosmatting.evaluation.evaluate import evaluate
from sosmatting.evaluation.folder_scorer import Request
from sosmatting.evaluation.score_sheet import without_nan
from sosmatting.exceptions import InputError
from tests.evaluation.folder_sets import disc, write


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Score files of three systems on 12 images: exact, shifted by 1, by 3 with some lost."""
    root = tmp_path_factory.mktemp('runs')
    rng = np.random.default_rng(0)
    true = {}
    for k in range(12):
        for j in range(int(rng.integers(1, 4))):
            y, x = rng.uniform(8, 40), 10 + 20 * j
            true[f'i{k:02d}/{j:02d}.png'] = disc(y, x, rng.uniform(5, 8))
    gt, paths = write(root / 'gt', true), []
    for shift in (0, 1, 3):
        found = {n: np.roll(m, shift, 1) for n, m in true.items() if shift < 3 or n[2] != '1'}
        pred = write(root / f'pred{shift}', found)
        for folder in pred.iterdir():
            scores = rng.random(len(list(folder.glob('*.png')))).tolist()
            (folder / 'scores.json').write_text(json.dumps(scores))
        sheet = evaluate(Request(pred, gt)).sheet
        paths.append(str(root / f'{shift}.json'))
        Path(paths[-1]).write_text(json.dumps(without_nan(sheet)))
    return paths


def by_name(comparisons: list[Comparison]) -> dict[str, Comparison]:
    return {one.score: one for one in comparisons}


def test_point_values_are_those_of_the_score_files(files: list[str]) -> None:
    found = by_name(compare(read_runs(files), resamples=10))
    for k, path in enumerate(files):
        sheet = json.loads(Path(path).read_text())
        for name in ('SAD', 'MAD', 'MSE', 'Grad', 'Conn'):
            assert found[name].values[k] == pytest.approx(sheet['per_instance'][name])
        for percent, threshold in ((50, '0.5'), (75, '0.75')):
            for name in ('MAD', 'MSE', 'Grad', 'Conn'):
                ours = found[f'IMQ_{name}_{percent}'].values[k]
                assert ours == pytest.approx(sheet['imq'][threshold][f'IMQ_{name}'])
        assert found['soft_AP'].values[k] == pytest.approx(sheet['soft_AP'])
        for name in ('soft_AP50', 'mask_AP', 'mask_AP50'):
            assert found[name].values[k] == pytest.approx(sheet[name])
        for size, row in sheet['breakdowns']['size'].items():
            if size in ('small', 'medium', 'large') and row.get('mask_AP') is not None:
                value = found[f'mask_AP_{size}'].values[k]
                assert value == pytest.approx(row['mask_AP'])
        for name in ('RQ', 'MQ_MAD', 'MQ_Grad'):
            assert found[f'{name}_50'].values[k] == pytest.approx(sheet['imq']['0.5'][name])


def test_intervals(files: list[str]) -> None:
    found = by_name(compare(read_runs(files), resamples=400))
    sad = found['SAD']
    assert sad.values[0] == 0 and sad.intervals[0] == (0, 0)
    for k in (1, 2):
        low, high = sad.difference_intervals[k]
        assert 0 < low < sad.differences[k] < high
        assert sad.clear(k) and not sad.clear(0)
    assert found['matched, %'].difference_intervals[1] == (0, 0) and not found['matched, %'].clear(
        1
    )
    assert found['soft_AP'].clear(1) and found['soft_AP'].difference_intervals[1][1] < 0


def test_the_interval_is_the_bootstrap_of_a_loop(files: list[str]) -> None:
    runs = read_runs(files[1:])
    ours = by_name(compare(runs, resamples=3000))['SAD']
    rows = [[run.rows[name] for name in sorted(run.rows)] for run in runs]
    rng, differences = np.random.default_rng(7), []
    for _ in range(3000):
        draw = rng.integers(0, 12, 12)
        means = [
            sum(some[i]['errors']['SAD'] for i in draw) / sum(some[i]['instances'] for i in draw)
            for some in rows
        ]
        differences.append(means[1] - means[0])
    expected = np.percentile(differences, [2.5, 97.5])
    width = expected[1] - expected[0]
    assert np.abs(np.array(ours.difference_intervals[1]) - expected).max() < 0.12 * width


def test_the_seed_decides(files: list[str]) -> None:
    runs = read_runs(files)
    one, again = compare(runs, 50, seed=1), compare(runs, 50, seed=1)
    assert str(to_json(runs, one)) == str(to_json(runs, again))
    assert str(to_json(runs, one)) != str(to_json(runs, compare(runs, 50, seed=2)))


def change(files: list[str], folder: Path, spoil: object) -> list[str]:
    sheet = json.loads(Path(files[1]).read_text())
    spoil(sheet)  # type: ignore[operator]
    (folder / 'b.json').write_text(json.dumps(sheet))
    return [files[0], str(folder / 'b.json')]


@pytest.mark.parametrize(
    ('spoil', 'words'),
    [
        (lambda s: s['per_image'].pop(), "has not the images .*'i11'"),
        (lambda s: s['per_image'][0].update(instances=9), "image 'i00' has 9 instances"),
        (lambda s: s['settings'].update(floor=5), 'was scored with floor 5'),
        (lambda s: s['settings'].update(protocol='dim'), 'was scored with protocol dim'),
        (lambda s: s.pop('per_image'), 'is no score file'),
        (lambda s: s['per_image'].append(s['per_image'][0]), 'one name twice'),
        (lambda s: s.update(per_image=[]), 'has no image'),
    ],
)
def test_what_may_not_be_compared(
    files: list[str], tmp_path: Path, spoil: object, words: str
) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_runs(change(files, tmp_path, spoil))
    assert 'b.json' in str(error.value)


def test_options(files: list[str]) -> None:
    alone = by_name(compare(read_runs(files[2:]), resamples=50))['mask_AP50']
    assert alone.intervals[0][0] < alone.values[0] < alone.intervals[0][1]
    for options in ({'resamples': 0}, {'level': 100.0}):
        with pytest.raises(InputError, match='resamples'):
            compare(read_runs(files), **options)  # type: ignore[arg-type]
