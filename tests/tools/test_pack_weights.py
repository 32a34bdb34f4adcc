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
