"""Every classical method on a picture whose alpha is known, and what is refused."""

import sys

import numpy as np
import pytest
import scipy.sparse

from sosmatting.exceptions import InputError
from sosmatting.functional.classical import CLASSICAL, classical_alpha


def picture():
    """A soft disc of one colour over another: image, trimap, true alpha."""
    ys, xs = np.mgrid[:40, :48]
    truth = np.clip((13 - np.hypot(ys - 20, xs - 24)) / 6 + 0.5, 0, 1)
    image = truth[..., None] * [220, 80, 40] + (1 - truth[..., None]) * [30, 60, 160]
    trimap = np.where(truth <= 0, 0, np.where(truth >= 1, 255, 128)).astype(np.uint8)
    return np.round(image).astype(np.uint8), trimap, truth


@pytest.mark.parametrize('method', CLASSICAL)
def test_a_soft_disc_is_found(method):
    image, trimap, truth = picture()
    alpha = classical_alpha(image, trimap, method)
    unknown = trimap == 128
    assert alpha.dtype == np.float32 and alpha.shape == truth.shape
    assert (alpha[~unknown] == truth[~unknown]).all()
    # Random walk and KNN know only how alike colours are, not on which line they lie.
    bound = {'random-walk': 0.2, 'knn': 0.2}.get(method, 0.03)
    assert np.abs(alpha - truth)[unknown].mean() < bound
    assert np.abs(0.5 - truth)[unknown].mean() > 0.2, 'the bound would not tell'


@pytest.mark.parametrize('method', CLASSICAL)
def test_tiny_pictures(method):
    image, trimap, _ = picture()
    small = np.ascontiguousarray(image[18:23, 24:48]), np.ascontiguousarray(trimap[18:23, 24:48])
    assert sorted(np.unique(small[1])) == [0, 128, 255]
    alpha = classical_alpha(*small, method)
    assert np.isfinite(alpha).all() and alpha.shape == (5, 24)
    if method != 'bayesian':
        with pytest.raises(InputError, match='needs 5 x 5'):
            classical_alpha(small[0][:4], small[1][:4], method)


def test_an_unknown_method_is_named():
    image, trimap, _ = picture()
    with pytest.raises(InputError, match=r"'magic': use one of closed-form"):
        classical_alpha(image, trimap, 'magic')


def test_a_missing_pymatting_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pymatting', None)
    image, trimap, _ = picture()
    with pytest.raises(InputError, match=r"pip install 'sosmatting\[trimap\]'"):
        classical_alpha(image, trimap, 'knn')
    assert classical_alpha(image, trimap, 'bayesian').shape == trimap.shape


def test_no_solution_is_an_error(monkeypatch):
    import pymatting

    image, trimap, _ = picture()

    def fail(image, trimap):
        raise ValueError('Conjugate gradient descent did not converge\nafter many steps')

    monkeypatch.setattr(pymatting, 'estimate_alpha_cf', fail)
    with pytest.raises(InputError, match='found no solution'):
        classical_alpha(image, trimap, 'closed-form')
    monkeypatch.setattr(pymatting, 'estimate_alpha_cf', lambda image, trimap: trimap * np.nan)
    with pytest.raises(InputError, match='not finite'):
        classical_alpha(image, trimap, 'closed-form')


def test_nothing_is_printed(capsys):
    pymatting = pytest.importorskip('pymatting', reason='pymatting is not installed')
    indefinite = scipy.sparse.csc_matrix(np.array([[1.0, 2.0], [2.0, 1.0]]))
    image = np.zeros((12, 12, 3), np.uint8)
    trimap = np.full((12, 12), 128, np.uint8)
    trimap[:, :4], trimap[:, -4:], image[:, 6:] = 0, 255, 255
    classical_alpha(image, trimap, 'closed-form')
    capsys.readouterr()
    with pytest.raises(ValueError, match='positive-definiteness'):
        pymatting.ichol(indefinite, shifts=[0.0])
    assert capsys.readouterr() == ('', '')
