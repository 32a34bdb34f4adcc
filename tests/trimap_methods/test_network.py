"""A trained network as a method: the tool that trains it, then matte and Refiner with it."""

import numpy as np
import pytest
import torch
from PIL import Image

from sosmatting.cli import main
from sosmatting.exceptions import InputError
from sosmatting.trimap_methods.lookup import build_method
from sosmatting.trimap_methods.network import NetworkMethod
from sosmatting.trimap_methods.refiner import Refiner
from tests.engine.tiny import ROOT
from tests.functional.test_classical import picture
from tests.models.trimap.networks import SMALL, model
from tests.trimap_methods.pictures import write_pair
from tests.trimap_methods.test_refiner import scene


def small_files(folder, **changes):
    """Write a small network's config and weights into a folder; returns both paths."""
    options = {key: value for key, value in SMALL['dim'].items() if key != 'type'} | changes
    network = ', '.join(f'{key}={value!r}' for key, value in options.items())
    config = folder / 'small.py'
    config.write_text(
        f"_base_ = ['{ROOT}/configs/trimap/dim_stage1.py']\nmodel = dict(network=dict({network}))\n"
    )
    torch.save(model('dim', **changes).state_dict(), folder / 'weights.pth')
    return str(config), str(folder / 'weights.pth')


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    return small_files(tmp_path_factory.mktemp('network'))


def test_a_network_solves_a_trimap(small):
    image, trimap, _ = picture()
    alpha = build_method('dim', small[1], small[0])(image, trimap)
    assert alpha.shape == trimap.shape and alpha.dtype == np.float32
    known = trimap != 128
    assert (alpha[known] == trimap[known] / 255).all()
    trained = model('dim').eval()
    data = trained.data_preprocessor(
        dict(
            inputs=[torch.from_numpy(np.dstack([image, trimap])).permute(2, 0, 1)], data_samples=[]
        )
    )
    with torch.no_grad():
        expected = trained(data['inputs'])[0, 0, :40, :48].numpy()
    np.testing.assert_allclose(alpha[~known], expected[~known], atol=1e-6)
    # A network can do without sure foreground.
    alpha = build_method('dim', small[1], small[0])(image, np.where(trimap == 255, 128, trimap))
    assert alpha.max() < 1


def test_the_command_and_the_refiner_take_it(small, tmp_path):
    image, trimap = write_pair(tmp_path / 'in')
    out = tmp_path / 'out.png'
    options = ['--method', 'dim', '--config', small[0], '--checkpoint', small[1]]
    assert main(['matte', str(image), str(trimap), '-o', str(out), *options]) == 0
    assert np.asarray(Image.open(out)).shape == (40, 48)
    photo, alphas, _ = scene()
    done = Refiner('dim', small[1], small[0]).refine(photo, alphas)
    assert not done.notes and (done.alphas != alphas).any()


def test_what_does_not_fit_is_named(small, tmp_path):
    with pytest.raises(InputError, match='needs its weights'):
        build_method('gca')
    with pytest.raises(InputError, match='takes no checkpoint'):
        build_method('cf', small[1])
    with pytest.raises(InputError, match='no trimap network'):
        NetworkMethod('soso_mini', small[1])
    with pytest.raises(InputError, match=r'gone\.pth'):
        build_method('dim', tmp_path / 'gone.pth', small[0])
    half = torch.load(small[1], weights_only=True)
    half = {key: value for key, value in half.items() if 'alpha' not in key}
    torch.save(half, tmp_path / 'half.pth')
    with pytest.raises(InputError, match='not the weights of config'):
        build_method('dim', tmp_path / 'half.pth', small[0])
