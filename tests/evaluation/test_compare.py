"""Runs side by side: point values, intervals, and what may not be compared."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sosmatting.evaluation.card import interval_rows
from sosmatting.evaluation.compare import Comparison, compare, read_runs, to_json
from sosmatting.evaluation.evaluate import evaluate
from sosmatting.evaluation.folder_scorer import Request
from sosmatting.evaluation.image_scores import score_image
from sosmatting.evaluation.instances import Instances
from sosmatting.evaluation.rules import PARTS, Rules
from sosmatting.evaluation.score_sheet import score_sheet, without_nan
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


@pytest.fixture(scope='module')
def composed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two runs on 10 scenes of 4 cut-outs: one shifted by 1; one paler, with a cut-out that is
    never found and another that is 3 off."""
    root, rng, paths = tmp_path_factory.mktemp('composed'), np.random.default_rng(1), []
    names = ['s/a', 's/b', 's/c', 's/d']
    scenes = []
    for number in range(10):  # the last one shows nothing
        shown = rng.choice(4, int(rng.integers(1, 4)), replace=False).tolist() if number < 9 else []
        discs = [disc(rng.uniform(9, 39), 10 + 20 * j, 4 + k) for j, k in enumerate(shown)]
        stray = disc(24, 24, 3)
        scenes.append((shown, np.stack([stray, *discs])[1:], stray))
    for run in range(2):
        images = []
        for number, (shown, truth, stray) in enumerate(scenes):
            if run == 0:
                found = [np.roll(matte, 1, 1) for matte in truth]
            else:
                kept = [(k, matte) for k, matte in zip(shown, truth, strict=True) if k > 0]
                found = [np.roll(m, 3, 1) if k == 1 else m - m // 25 for k, m in kept]
            found += [stray] if number % 2 else []
            mattes = np.stack([stray * 0, *found])[1:]
            score = score_image(
                number, str(number), some(mattes), some(truth), some(truth[:0]), Rules(),
                cutouts=[names[k] for k in shown],
            )  # fmt: skip
            images.append(score)
        sheet = score_sheet(images, PARTS, Rules().settings, ('thing',))
        paths.append(str(root / f'{run}.json'))
        Path(paths[-1]).write_text(json.dumps(without_nan(sheet)))
    return paths


def some(mattes: np.ndarray) -> Instances:
    alphas = torch.from_numpy(mattes)
    count = len(alphas)
    return Instances(alphas, torch.zeros(count, dtype=torch.int64), torch.ones(count).double())


def test_instances_add_up_to_their_images(composed: list[str]) -> None:
    for run in read_runs(composed):
        for row in run.rows.values():
            truths = row.get('truths', [])
            assert len(truths) == row['instances']
            assert sum(t['matched'] for t in truths) == row['matched']
            for name, total in row['errors'].items():
                assert sum(t['errors'][name] for t in truths) == pytest.approx(total)
            for threshold, total in row['imq'].items():
                for name in ('TP', 'FN', 'S_MAD', 'S_Conn'):
                    own = sum(t['imq'][threshold][name] for t in truths)
                    assert own == pytest.approx(total[name])
                assert sum(t['imq'][threshold]['FP'] for t in truths) <= total['FP']


def test_cutouts_are_drawn_as_a_loop_draws_them(composed: list[str]) -> None:
    runs = read_runs(composed)
    ours = by_name(compare(runs, resamples=4000, over='cutouts'))
    plain = by_name(compare(runs, resamples=10))
    names = sorted(runs[0].rows)
    cutouts = sorted({t['cutout'] for row in runs[0].rows.values() for t in row.get('truths', [])})
    rng, samples = np.random.default_rng(5), {'SAD': [], 'RQ_75': [], 'IMQ_MAD_50': []}
    for _ in range(4000):
        scenes, kinds = rng.choice(names, len(names)), rng.choice(cutouts, len(cutouts)).tolist()
        error = count = 0.0
        tp, wrong, quality = {'0.5': 0.0, '0.75': 0.0}, {'0.5': 0.0, '0.75': 0.0}, 0.0
        for scene in scenes:
            row = runs[1].rows[scene]
            alone = {t: row['imq'][t]['FP'] for t in tp}
            for truth in row.get('truths', []):
                times = kinds.count(truth['cutout'])
                error, count = error + times * truth['errors']['SAD'], count + times
                quality += times * truth['imq']['0.5']['S_MAD']
                for t in tp:
                    own = truth['imq'][t]
                    tp[t] += times * own['TP']
                    wrong[t] += times * (own['FP'] + own['FN']) / 2
                    alone[t] -= own['FP']
            for t in tp:
                wrong[t] += alone[t] / 2
        if count:
            samples['SAD'].append(error / count)
        if tp['0.75'] + wrong['0.75']:
            samples['RQ_75'].append(100 * tp['0.75'] / (tp['0.75'] + wrong['0.75']))
        if tp['0.5'] + wrong['0.5']:
            samples['IMQ_MAD_50'].append(100 * quality / (tp['0.5'] + wrong['0.5']))
    for name, sample in samples.items():
        assert ours[name].values == pytest.approx(plain[name].values)
        low, high = np.percentile(sample, [2.5, 97.5])
        assert np.abs(np.array(ours[name].intervals[1]) - (low, high)).max() < 0.08 * (high - low)
    # A cut-out that is never found makes the interval wider than the scenes tell.
    wide, narrow = (
        by_name(compare(runs, 2000, over=over))['RQ_50'] for over in ('cutouts', 'images')
    )
    assert np.diff(wide.intervals[1]) > 1.3 * np.diff(narrow.intervals[1])
    assert set(ours) == {name for name in plain if 'mask_AP' not in name}
    assert ours['soft_AP'].values == pytest.approx(plain['soft_AP'].values)


def test_cutouts_must_be_known_and_the_same(
    files: list[str], composed: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"does not say which cut-outs .* image 'i00'"):
        compare(read_runs(files), over='cutouts')
    with pytest.raises(InputError, match="over 'scenes'"):
        compare(read_runs(files), over='scenes')  # type: ignore[arg-type]
    paths = change(
        [composed[0], composed[1]],
        tmp_path,
        lambda s: s['per_image'][3]['truths'][0].update(cutout='s/x'),
    )
    with pytest.raises(InputError, match=r'b\.json: names other cut-outs'):
        compare(read_runs(paths), over='cutouts')


@pytest.mark.parametrize(
    'spoil',
    [
        lambda s: s['per_image'][3]['truths'][0].pop('cutout'),
        lambda s: s['per_image'][3].update(truths=7),
        lambda s: s['per_image'][3].update(truths=['s/a'] * s['per_image'][3]['instances']),
        lambda s: s['per_image'][3]['truths'][0].update(imq={}),
        lambda s: s['per_image'][3]['truths'][0].update(errors={'SAD': 'x'}),
        lambda s: s['per_image'][3].update(soft_ap=[1]),
        lambda s: s['per_image'][3]['soft_ap'].update(found=7),
        lambda s: s['per_image'][3]['soft_ap'].update(found='0 0.5 1'),
        lambda s: s['per_image'][3]['soft_ap'].update(found='0 0.5 1 0 9999'),
        lambda s: s['per_image'][3]['soft_ap'].update(found='0 nan 1 0 0'),
        lambda s: s['per_image'][3]['soft_ap']['labels'].__setitem__(0, 'elephant'),
        lambda s: s.update(per_image=[row for row in s['per_image'] if not row['instances']]),
    ],
)
def test_a_spoilt_file_gets_one_line(composed: list[str], tmp_path: Path, spoil: object) -> None:
    path = change([composed[0], composed[1]], tmp_path, spoil)[1]
    with pytest.raises(InputError, match=r'b\.json: ') as error:
        compare(read_runs([path]), 20, over='cutouts')
    assert '\n' not in str(error.value)


def test_the_card_has_intervals_over_cutouts(files: list[str], composed: list[str]) -> None:
    text = interval_rows(Path(composed[1]), resamples=200)
    assert '10 images' in text and 'They show 4 cut-outs' in text
    lines = {row.split(' | ')[0].strip('| '): row.split(' | ') for row in text.splitlines()}
    assert lines['score'][3].strip(' |') == 'over cut-outs, too'
    found = by_name(compare(read_runs(composed[1:]), 200, over='cutouts'))['RQ_50'].intervals[0]
    assert lines['RQ_50'][3].strip(' |') == ' .. '.join(f'{each:.4g}' for each in found)
    assert lines['mask_AP'][3].strip(' |') == '-' != lines['soft_AP'][3].strip(' |')
    assert 'cut-outs' not in interval_rows(Path(files[1]), resamples=20)
