"""Groups of instances: who belongs where, and that the groups add up."""

import math

import numpy as np
import pytest
import torch

from sosmatting.evaluation.breakdowns import UNKNOWN_NAMES
from sosmatting.evaluation.image_scores import score_image
from sosmatting.evaluation.instances import Instances, traits_of
from sosmatting.evaluation.report import page
from sosmatting.evaluation.rules import PARTS, Rules
from sosmatting.evaluation.score_sheet import score_sheet
from sosmatting.evaluation.tables import print_sheet


def some(mattes: list[np.ndarray], labels: list[int]) -> Instances:
    alphas = np.stack([np.zeros((200, 200), np.uint8), *mattes])[1:]
    return Instances(
        torch.from_numpy(alphas),
        torch.tensor(labels, dtype=torch.int64),
        torch.full((len(labels),), 0.9, dtype=torch.float64),
    )


def square(side: int, at: int = 0, alpha: int = 255) -> np.ndarray:
    matte = np.zeros((200, 200), np.uint8)
    matte[at : at + side, at : at + side] = alpha
    return matte


def test_traits_by_hand() -> None:
    half = square(20)
    half[:5, :20] = 100  # a quarter below 0.5
    traits = traits_of(some([half, square(3) * 0], [4, 2]))
    assert traits.areas.tolist() == [300, 0]
    assert traits.unknown.tolist() == [0.25, 0]
    assert traits.labels.tolist() == [4, 2]


def test_groups_by_hand() -> None:
    small, medium, large = square(31, 150), square(33, 100), square(97)
    soft = square(40, 100, 200)
    truth = some([small, medium, large], [0, 1, 1])
    # the medium one is missed, a soft one of category 0 is spurious
    found = some([small, large, np.roll(soft, 60, 1)], [0, 1, 0])
    none = some([], [])
    image = score_image(1, 'x', found, truth, none, Rules())
    sheet = score_sheet([image], PARTS, {}, ('a', 'b', 'never'))
    by_class, by_size = sheet['breakdowns']['category'], sheet['breakdowns']['size']
    assert list(by_class) == ['a', 'b'] and list(by_size) == ['small', 'medium', 'large']
    counts = ('instances', 'matched', 'missed', 'spurious')
    assert [by_class['a'][name] for name in counts] == [1, 1, 0, 1]
    assert [by_class['b'][name] for name in counts] == [2, 1, 1, 0]
    assert [by_size['medium'][name] for name in counts] == [1, 0, 1, 1]
    assert by_size['medium']['SAD'] == pytest.approx(33 * 33 / 1000)
    assert by_size['large']['SAD'] == by_size['small']['MSE'] == 0
    assert by_class['b']['MAD'] == pytest.approx(1000 * 33 * 33 / 40000 / 2)
    imq = by_class['b']['imq']['0.5']
    assert (imq['TP'], imq['FP'], imq['FN']) == (1, 0, 1)
    assert by_class['a']['imq']['0.75']['FP'] == 1
    assert by_class['a']['soft_AP'] == by_class['a']['mask_AP'] == pytest.approx(100)
    assert by_class['b']['mask_AP'] == pytest.approx(100 * 51 / 101)
    assert by_size['small']['mask_AP'] == pytest.approx(100) and by_size['medium']['mask_AP'] == 0
    by_unknown = sheet['breakdowns']['unknown']
    assert by_unknown[UNKNOWN_NAMES[0]]['instances'] == 3
    assert by_unknown[UNKNOWN_NAMES[2]]['spurious'] == 1
    assert math.isnan(by_unknown[UNKNOWN_NAMES[2]]['SAD'])
    assert UNKNOWN_NAMES[1] not in by_unknown


def test_groups_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    images = []
    for k in range(12):
        sizes = rng.integers(5, 110, 3)
        mattes = [square(n, int(rng.integers(0, 80)), int(rng.integers(120, 256))) for n in sizes]
        labels = rng.integers(0, 3, 3).tolist()
        guess = [np.roll(m, 2, 1) for m in mattes[: rng.integers(0, 4)]]
        found = some(guess, rng.integers(0, 3, len(guess)).tolist())
        images.append(score_image(k, str(k), found, some(mattes, labels), some([], []), Rules()))
    sheet = score_sheet(images, PARTS, {}, ('a', 'b', 'c'))
    whole = sheet['per_instance']
    for groups in sheet['breakdowns'].values():
        for name in ('instances', 'matched', 'missed', 'spurious'):
            total = sheet['instances'] if name == 'instances' else whole[name]
            assert sum(row[name] for row in groups.values()) == total
        for name in ('SAD', 'Grad', 'Conn'):
            sums = [row[name] * row['instances'] for row in groups.values() if row['instances']]
            assert sum(sums) / sheet['instances'] == pytest.approx(whole[name])
        for threshold in ('0.5', '0.75'):
            for name in ('TP', 'FP', 'FN'):
                parts = [row['imq'][threshold][name] for row in groups.values()]
                assert sum(parts) == sheet['imq'][threshold][name]
    by_image = sheet['per_image']
    assert sum(row['errors']['Conn'] for row in by_image) == pytest.approx(whole['Conn'] * 36)
    assert sum(row['imq']['0.5']['TP'] for row in by_image) == sheet['imq']['0.5']['TP']
    by_class = sheet['breakdowns']['category'].values()
    assert np.mean([row['mask_AP'] for row in by_class]) == pytest.approx(sheet['mask_AP'])
    assert np.mean([row['soft_AP'] for row in by_class]) == pytest.approx(sheet['soft_AP'])


def test_cutouts_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    truth, lost = some([square(20), square(30, 100)], [0, 0]), some([square(20)], [0])
    none = some([], [])
    images = [
        score_image(1, 'x', some([square(20)], [1]), truth, none, Rules(), cutouts=('s/a', 't/b')),
        score_image(2, 'y', none, lost, none, Rules(), cutouts=('s/a',)),
    ]
    sheet = score_sheet(images, PARTS, {}, ('thing', 'other'))
    rows, sets = (sheet['breakdowns'][kind] for kind in ('cutout', 'cutout_set'))
    counts = ('instances', 'matched', 'missed', 'spurious')
    assert {name: [row[each] for each in counts] for name, row in rows.items()} == {
        's/a': [2, 1, 1, 0],
        't/b': [1, 0, 1, 0],
    }
    assert {name: [row[each] for each in counts] for name, row in sets.items()} == {
        's': [2, 1, 1, 0],
        't': [1, 0, 1, 0],
    }
    assert rows['s/a']['SAD'] == pytest.approx(0.2) and rows['t/b']['SAD'] == pytest.approx(0.9)
    assert [row['cutout'] for row in sheet['per_image'][0]['truths']] == ['s/a', 't/b']
    # The page shows them, the terminal does not.
    sheet['settings'] = Rules().settings
    assert '<td>s/a</td>' in page(sheet, images) and 'Per cut-out' in page(sheet, images)
    print_sheet(sheet)
    printed = capsys.readouterr().out
    assert 'per category' in printed and 'per set of cut-outs' in printed and 's/a' not in printed
    plain = score_sheet(
        [score_image(1, 'x', none, truth, none, Rules())], PARTS, {}, ('thing', 'other')
    )
    assert 'cutout' not in plain['breakdowns'] and 'truths' not in plain['per_image'][0]
    ranked = score_image(1, 'x', none, truth, none, Rules(parts=('soft_ap',)), cutouts=('a', 'b'))
    plain = score_sheet([ranked], ('soft_ap',), {}, ())
    assert 'cutout' not in plain['breakdowns'] and 'truths' not in plain['per_image'][0]
