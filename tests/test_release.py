"""Release files: checked by a digest of their own, refused in one line when anything is off."""

import hashlib
import json

import pytest
import safetensors.torch
import torch

from sosmatting.checkpoints import PACKAGED, read_checkpoint
from sosmatting.exceptions import InputError
from sosmatting.release import digest, release_metadata
from tests.engine.tiny import in_process

CLASSES = ('cow', 'person')


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {'b': torch.randn(3).half(), 'a': torch.arange(4).reshape(2, 2)}


def write(path, tensors, about):
    path.write_bytes(safetensors.torch.save(tensors, about))
    return path


def test_the_digest_is_sha256_of_what_it_says():
    given = weights()
    text = b'net\n["cow"]\n'
    text += b'a torch.int64 (2, 2)\n' + given['a'].numpy().tobytes()
    text += b'b torch.float16 (3,)\n' + given['b'].numpy().tobytes()
    assert digest(given, 'net', '["cow"]') == hashlib.sha256(text).hexdigest()


def test_a_release_is_read_with_its_classes(tmp_path):
    given = weights()
    path = write(tmp_path / 'a.safetensors', given, release_metadata(given, 'net', CLASSES))
    found = read_checkpoint(path)
    assert found['state_dict'].keys() == given.keys()
    assert all(torch.equal(found['state_dict'][key], given[key]) for key in given)
    assert found['meta'] == {'dataset_meta': {'classes': CLASSES}, 'config': 'net'}


@pytest.mark.parametrize('what', ['weight', 'classes', 'config'])
def test_whatever_is_changed_breaks_the_checksum(tmp_path, what):
    given = weights()
    about = release_metadata(given, 'net', CLASSES)
    if what == 'weight':
        given['b'][1] += 0.01
    else:
        about[what] = {'classes': json.dumps(['person', 'cow']), 'config': 'other'}[what]
    path = write(tmp_path / 'a.safetensors', given, about)
    with pytest.raises(InputError, match=r'do not match their checksum.*install sosmatting again'):
        read_checkpoint(path)


def test_one_flipped_bit_on_disk_is_found(tmp_path):
    given = weights()
    path = write(tmp_path / 'a.safetensors', given, release_metadata(given, 'net', CLASSES))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match='checksum'):
        read_checkpoint(path)


def test_another_form_names_both_versions(tmp_path):
    given = weights()
    about = release_metadata(given, 'net', CLASSES) | {'release': '2', 'version': '9.1'}
    path = write(tmp_path / 'a.safetensors', given, about)
    with pytest.raises(InputError, match=r'form 2, made by sosmatting 9\.1.*update it'):
        read_checkpoint(path)


@pytest.mark.parametrize('share', [0.0, 0.02, 0.5, 0.999])
def test_a_cut_off_release_is_one_line(tmp_path, share):
    given = weights()
    path = write(tmp_path / 'a.safetensors', given, release_metadata(given, 'net', CLASSES))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r'may be cut off.*copy or download it again') as caught:
        read_checkpoint(path)
    assert '\n' not in str(caught.value)


def test_plain_weights_need_no_checksum(tmp_path):
    path = write(tmp_path / 'a.safetensors', weights(), {'format': 'pt'})
    assert read_checkpoint(path)['meta'] == {}


def test_the_packaged_model_is_whole_small_and_its_configs():
    path = PACKAGED / 'soso_mini.safetensors'
    found = read_checkpoint(path)
    assert path.stat().st_size <= 20e6
    assert found['meta']['config'] == 'soso_mini_twice'
    assert {v.dtype for v in found['state_dict'].values() if v.is_floating_point()} == {
        torch.float16
    }


def test_packing_with_a_config_makes_a_release(tmp_path):
    torch.save(dict(state_dict=weights()), tmp_path / 'iter_1.pth')
    out = tmp_path / 'a.safetensors'
    done = in_process('pack_weights.py', tmp_path / 'iter_1.pth', out, '--config', 'soso_mini')
    assert done.returncode == 0
    found = read_checkpoint(out)
    assert found['meta']['config'] == 'soso_mini'
    assert found['meta']['dataset_meta']['classes'][0] == 'person'
