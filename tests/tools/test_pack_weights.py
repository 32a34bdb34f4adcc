"""Release files: weights alone, half precision, read back by safetensors itself."""

import safetensors.torch
import torch
import torchvision

from sosmatting.checkpoints import PACKAGED
from tests.engine.tiny import in_process


def test_a_training_checkpoint_becomes_weights_alone(tmp_path):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    content = dict(state_dict=model.state_dict(), optimizer=dict(state={}), meta=dict(iter=3))
    torch.save(content, tmp_path / 'iter_3.pth')
    done = in_process('pack_weights.py', tmp_path / 'iter_3.pth', tmp_path / 'a.safetensors')
    assert done.returncode == 0
    found = safetensors.torch.load_file(tmp_path / 'a.safetensors')
    assert found.keys() == model.state_dict().keys()
    assert found['0.weight'].dtype == torch.float16
    assert found['1.num_batches_tracked'].dtype == torch.int64
    assert torch.allclose(found['0.weight'].float(), model[0].weight, atol=1e-3)
    in_process('pack_weights.py', tmp_path / 'iter_3.pth', tmp_path / 'b.safetensors', '--full')
    full = safetensors.torch.load_file(tmp_path / 'b.safetensors')
    assert torch.equal(full['0.weight'], model[0].weight)


def test_torchvisions_backbone_gets_the_packaged_names(tmp_path):
    peer = torchvision.models.mobilenet_v2(weights=None)
    torch.save(peer.state_dict(), tmp_path / 'm.pth')
    in_process('pack_weights.py', tmp_path / 'm.pth', tmp_path / 'm.safetensors')
    found = safetensors.torch.load_file(tmp_path / 'm.safetensors')
    packaged = safetensors.torch.load_file(PACKAGED / 'mobilenet_v2_imagenet.safetensors')
    assert {k: v.shape for k, v in found.items()} == {k: v.shape for k, v in packaged.items()}


def test_a_missing_checkpoint_is_one_line(tmp_path):
    done = in_process('pack_weights.py', tmp_path / 'gone.pth', tmp_path / 'a.safetensors')
    assert done.returncode == 2 and 'gone.pth' in done.stderr
    assert not (tmp_path / 'a.safetensors').exists()


def test_the_mean_of_two_is_their_mean(tmp_path):
    models = [torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)) for _ in range(2)]
    models[1](torch.randn(4, 2))  # counts a batch
    for i, model in enumerate(models):
        torch.save(dict(state_dict=model.state_dict()), tmp_path / f'{i}.pth')
    out = tmp_path / 'mean.safetensors'
    both = ['--full', '--mean-with', tmp_path / '1.pth']
    assert in_process('pack_weights.py', tmp_path / '0.pth', out, *both).returncode == 0
    found = safetensors.torch.load_file(out)
    one, other = (model.state_dict() for model in models)
    for key in ('0.weight', '0.bias', '1.running_mean', '1.running_var'):
        assert torch.allclose(found[key], one[key] + (other[key] - one[key]) / 2)
    assert found['1.num_batches_tracked'] == 0
    assert in_process('pack_weights.py', tmp_path / '0.pth', out, *both, '--share', '0.3')
    found = safetensors.torch.load_file(out)
    assert torch.allclose(found['0.weight'], 0.7 * one['0.weight'] + 0.3 * other['0.weight'])
    done = in_process('pack_weights.py', tmp_path / '0.pth', out, *both, '--share', 'nan')
    assert done.returncode == 2 and '--share nan: give 0 to 1' in done.stderr


def test_there_is_no_mean_of_two_networks(tmp_path):
    for name, wide in (('a', 3), ('b', 4)):
        state = torch.nn.Linear(2, wide).state_dict()
        torch.save(dict(state_dict=state), tmp_path / f'{name}.pth')
    out = tmp_path / 'mean.safetensors'
    done = in_process('pack_weights.py', tmp_path / 'a.pth', out, '--mean-with', tmp_path / 'b.pth')
    assert done.returncode == 2 and 'b.pth: not of one network, see bias' in done.stderr
    assert not out.exists()


def test_a_first_look_gets_the_second_look_of_another_file(tmp_path):
    old = {'head.weight': torch.zeros(2), 'second_look.a': torch.ones(3)}
    new = {'head.weight': torch.full((2,), 7.0), 'head.bias': torch.ones(1)}
    for name, weights in (('old', old), ('new', new)):
        torch.save(dict(state_dict=weights), tmp_path / f'{name}.pth')
    out = tmp_path / 'out.safetensors'
    second = ['--second-look', tmp_path / 'old.pth']
    assert in_process('pack_weights.py', tmp_path / 'new.pth', out, *second).returncode == 0
    found = safetensors.torch.load_file(out)
    assert found.keys() == {'head.weight', 'head.bias', 'second_look.a'}
    assert found['head.weight'].tolist() == [7, 7] and found['second_look.a'].tolist() == [1, 1, 1]
    second = ['--second-look', tmp_path / 'new.pth']
    done = in_process('pack_weights.py', tmp_path / 'old.pth', tmp_path / 'x', *second)
    assert done.returncode == 2 and 'new.pth: has no second look' in done.stderr
