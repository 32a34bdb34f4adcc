"""The named protocols, and the errors of one pair against the uncut ones."""

import dataclasses

import numpy as np
import pytest
import torch

from sosmatting.exceptions import InputError
from sosmatting.functional.errors import PRINTED, conn, grad, mad, mse, sad
from sosmatting.functional.protocols import PROTOCOLS, errors, missed_by, pair_errors


def mattes(seed: int, n: int = 2) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    alphas = np.zeros((n, 30, 40))
    alphas[:, 8:20, 10:33] = rng.integers(0, 256, (n, 12, 23)) / 255
    return torch.from_numpy(alphas)


def test_names_and_options() -> None:
    assert set(PROTOCOLS) == {'dim', 'instance', 'imq', 'ports'}
    assert PROTOCOLS['dim'] == type(PROTOCOLS['dim'])('unknown', 'min-max', 'matlab')
    assert PROTOCOLS['ports'].empty == 'previous'
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROTOCOLS['dim'].region = 'whole'  # type: ignore[misc]


def test_errors_follow_the_protocol() -> None:
    p, g = mattes(0) * 0.4, mattes(1) * 0.9
    band = torch.zeros(2, 30, 40, dtype=torch.bool)
    band[:, 5:15] = True
    union = (p > 0) | (g > 0)
    for name, region, normalise, empty in (
        ('dim', band, 'min-max', 'matlab'),
        ('instance', None, 'none', 'matlab'),
        ('imq', union, 'none', 'matlab'),
        ('ports', band, 'none', 'previous'),
    ):
        scores = errors(p, g, PROTOCOLS[name], band)
        assert list(scores) == list(PRINTED)
        assert torch.equal(scores['SAD'], sad(p, g, region))
        assert torch.equal(scores['MAD'], mad(p, g, region))
        assert torch.equal(scores['MSE'], mse(p, g, region))
        assert torch.equal(scores['Grad'], grad(p, g, region, normalise))
        assert torch.equal(scores['Conn'], conn(p, g, region, empty))


def test_a_protocol_of_the_band_needs_the_band() -> None:
    with pytest.raises(InputError, match='unknown'):
        errors(mattes(0), mattes(1), PROTOCOLS['dim'])


@pytest.mark.parametrize('place', [(0, 0), (9, 11), (18, 17)])
@pytest.mark.parametrize('rules', [('matlab', 'matlab'), ('previous', 'matlab')])
def test_the_errors_of_a_pair_are_those_of_the_whole_image(
    place: tuple[int, int], rules: tuple[str, str]
) -> None:
    rng = np.random.default_rng(4)
    p8, g8 = np.zeros((2, 30, 40), np.uint8)
    y, x = place
    p8[y : y + 12, x : x + 23] = rng.integers(0, 120, (12, 23))
    g8[y + 1 : y + 11, x : x + 20] = rng.integers(0, 256, (10, 20))
    whole, inside = pair_errors(torch.from_numpy(p8), torch.from_numpy(g8), *rules)
    p, g = torch.from_numpy(p8 / 255.0)[None], torch.from_numpy(g8 / 255.0)[None]
    union = (p > 0) | (g > 0)
    expected = [sad(p, g), mad(p, g), mse(p, g), grad(p, g), conn(p, g, None, rules[0])]
    torch.testing.assert_close(whole, torch.cat(expected), rtol=1e-12, atol=0)
    expected = [
        sad(p, g, union),
        ((p - g)[union] ** 2).sum()[None],
        grad(p, g, union),
        conn(p, g, union, rules[1]),
    ]
    torch.testing.assert_close(
        inside, torch.cat(expected) / (union.sum() + 1), rtol=1e-12, atol=1e-15
    )


def test_a_pair_of_nothing() -> None:
    nothing = torch.zeros(5, 4, dtype=torch.uint8)
    whole, inside = pair_errors(nothing, nothing)
    assert whole.tolist() == [0] * 5 and inside.tolist() == [0] * 4


def test_a_missed_instance_costs_its_opacity_under_every_protocol() -> None:
    g = torch.zeros(1, 12, 12, dtype=torch.float64)
    g[0, 3:9, 3:9] = 0.9
    band = torch.ones(1, 12, 12, dtype=torch.bool)
    for protocol in PROTOCOLS.values():
        found = errors(torch.zeros_like(g), g, missed_by(protocol), band)
        assert found['Conn'].item() == pytest.approx(36 * 0.9)


@pytest.mark.parametrize(
    ('pred', 'words'),
    [
        (torch.full((2, 30, 40), 1.5), 'pred: holds values outside'),
        (torch.full((2, 30, 40), -0.1), 'pred: holds values outside'),
        (torch.full((2, 30, 40), float('nan')), 'pred: holds NaN'),
        (torch.zeros(2, 30, 41), 'pred: is .*give both in one size'),
        (torch.zeros(2, 30, 40, dtype=torch.uint8), 'pred: holds torch.uint8'),
    ],
)
def test_what_is_no_matte_is_refused(pred: torch.Tensor, words: str) -> None:
    with pytest.raises(InputError, match=words):
        errors(pred, mattes(1), PROTOCOLS['instance'])
