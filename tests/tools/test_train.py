"""Training as a user starts it: kill and resume, two processes, and what goes wrong."""

import io
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from sosmatting.checkpoints import packaged_weights, read_checkpoint
from sosmatting.engine.launch import load_config
from sosmatting.visualization.sheet import GAP
from tests.engine.tiny import (
    ROOT,
    assert_one_line_error,
    environment,
    in_process,
    tool,
    write_config,
)

KILL_AT = 4


def final_weights(work_dir, iterations):
    return read_checkpoint(work_dir / f'iter_{iterations}.pth')


def assert_same(one, other):
    assert one['state_dict'].keys() == other['state_dict'].keys()
    for key, value in one['state_dict'].items():
        assert torch.equal(value, other['state_dict'][key]), key


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(tmp_path):
    config = write_config(tmp_path, iterations=12, interval=KILL_AT, workers=1, images=5)
    whole = tool('train.py', config, '--work-dir', tmp_path / 'whole', '--seed', 3)
    assert whole.returncode == 0, whole.stderr[-3000:]
    killed = tmp_path / 'killed'
    command = [sys.executable, str(ROOT / 'tools/train.py'), str(config), '--work-dir', str(killed)]
    run = subprocess.Popen(
        [*command, '--seed', '3'],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    deadline = time.monotonic() + 120
    while not (killed / f'iter_{KILL_AT}.pth').exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not (killed / 'iter_12.pth').exists()
    resumed = tool('train.py', config, '--work-dir', killed, '--seed', 3, '--resume')
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert 'Resume at iteration' in resumed.stdout + resumed.stderr
    one, other = final_weights(tmp_path / 'whole', 12), final_weights(killed, 12)
    assert_same(one, other)
    states = [each['optimizer']['state'] for each in (one, other)]
    for key, value in states[0].items():
        assert torch.equal(value['exp_avg'], states[1][key]['exp_avg'])


def test_logs_go_to_console_file_and_tensorboard(tmp_path):
    extra = "train_cfg = dict(max_iters=2, val_interval=2)\ncustom_hooks = [dict(type='SeedItera"
    extra += "tionHook'), dict(type='MattePicturesHook', count=1, min_score=0.0)]"
    config = write_config(tmp_path, iterations=2, extra=extra)
    done = tool('train.py', config, '--work-dir', tmp_path / 'w', '--amp')
    assert done.returncode == 0, done.stderr[-3000:]
    text = done.stdout + done.stderr
    assert 'loss_dice_detail' in text and 'Mixed precision' in text and 'Device: CPU' in text
    assert 'LR is set based on batch size' in text
    assert 'skipped since' not in text and 'loading annotations' not in text
    assert 'instance/soft_AP' in text
    (log,) = (tmp_path / 'w').glob('*/*.log')
    assert 'loss_dice_detail' in log.read_text()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (events,) = (tmp_path / 'w').glob('*/vis_data/events*')
    board = EventAccumulator(str(events)).Reload()
    assert 'loss' in board.Tags()['scalars']
    assert board.Tags()['images'] == ['mattes/0']
    (shown,) = board.Images('mattes/0')
    with Image.open(io.BytesIO(shown.encoded_image_string)) as image:
        pixels = np.asarray(image.convert('RGB'))
    panel = (pixels.shape[1] - 3 * GAP) // 4
    gaps = [pixels[:, k * (panel + GAP) - GAP : k * (panel + GAP)] for k in (1, 2, 3)]
    assert all((gap == 255).all() for gap in gaps), 'photo | overlay | mattes | cut-outs'


def test_two_processes_train_and_test_like_one(tmp_path):
    config = write_config(tmp_path, iterations=2, interval=2, images=5)
    launch = [sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node', '2']
    launch += ['--master-port', '29611']

    def both(name, *arguments):
        done = subprocess.run(
            [*launch, str(ROOT / 'tools' / name), *map(str, arguments), '--launcher', 'pytorch'],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment(),
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout + done.stderr

    text = both('train.py', config, '--work-dir', tmp_path / 'w')
    assert 'processes: 2' in text and 'current batch size is 4' in text
    weights = tmp_path / 'w/iter_2.pth'
    arguments = [config, weights, '--work-dir', tmp_path / 't']
    both('test.py', *arguments, '--json', tmp_path / 'two.json')
    alone = tool('test.py', *arguments, '--json', tmp_path / 'one.json')
    assert alone.returncode == 0, alone.stderr[-3000:]
    assert (tmp_path / 'two.json').read_text() == (tmp_path / 'one.json').read_text()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['train_dataloader.dataset.datasets.sofi200.data_root=nowhere/'],
         ['nowhere/annotations/train.json', 'tools/prepare_data.py sample']),
        (['model.backbone.init_cfg.checkpoint=imagenet:gone.pth'], ['gone.pth', 'no such']),
        (['load_from=missing.pth'], ['missing.pth', 'no such checkpoint']),
        (['train_dataloader'], ['KEY=VALUE']),
        (['model.nothing=3'], ['tiny.py', "argument 'nothing'", '--cfg-options']),
        (['train_dataloader.dataset.datasets.coco.nothing=3'], ['tiny.py', "'nothing'"]),
        (['model.type=Sofa'], ['tiny.py', 'Sofa is not in the']),
        (['randomness.seed=-1'], ['seed -1', 'from 0 to 4294967295']),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(tmp_path, options, words):
    config = write_config(tmp_path)
    done = in_process('train.py', config, '--work-dir', tmp_path / 'w', '--cfg-options', *options)
    assert_one_line_error(done, *words)


def test_wrong_names_of_config_and_checkpoint():
    assert_one_line_error(in_process('train.py', 'soso_mimi'), 'soso_mimi', 'soso_mini')
    done = in_process('train.py', 'soso_mini', '--resume', 'gone.pth')
    assert_one_line_error(done, '--resume gone.pth')


def test_a_broken_photo_in_a_loader_worker_is_one_line(tmp_path):
    config = write_config(tmp_path, workers=1)
    for photo in (tmp_path / 'data/sofi200/images').iterdir():
        photo.write_bytes(photo.read_bytes()[:300])
    done = in_process('train.py', config, '--work-dir', tmp_path / 'w')
    assert_one_line_error(done, 'photo_', 'not readable as a picture')


def test_a_loss_that_is_not_a_number_ends_the_run(tmp_path):
    extra = 'optim_wrapper = dict(optimizer=dict(lr=1e30), clip_grad=None)\nparam_scheduler = []'
    config = write_config(tmp_path, iterations=20, interval=1, extra=extra)
    done = in_process('train.py', config, '--work-dir', tmp_path / 'w')
    assert_one_line_error(done, 'the loss is', 'optim_wrapper.optimizer.lr')


def test_a_work_folder_that_cannot_be_written(tmp_path):
    config = write_config(tmp_path)
    (tmp_path / 'file').write_text('in the way')
    done = in_process('train.py', config, '--work-dir', tmp_path / 'file' / 'w')
    assert_one_line_error(done, 'file/w', 'cannot be written')


def test_help_is_quick_and_complete():
    done = tool('train.py', '--help')
    for option in ('--work-dir', '--resume', '--amp', '--cfg-options', '--launcher', '--seed'):
        assert option in done.stdout


def test_fine_tuning_goes_on_from_the_shipped_weights_in_the_second_look_alone(tmp_path):
    sample = tmp_path / 'sample'
    made = tool('prepare_data.py', 'sample', '--out', sample, '--train', 2, '--test', 1)
    assert made.returncode == 0, made.stderr[-2000:]
    places = [f'{each}={sample / "sofi200"}/' for each in (
        'train_dataloader.dataset.datasets.sample.data_root', 'val_dataloader.dataset.data_root',
        'test_dataloader.dataset.data_root',
    )]  # fmt: skip
    short = ['train_cfg.max_iters=1', 'train_cfg.val_interval=9', 'train_dataloader.num_workers=0']
    short += ['train_dataloader.persistent_workers=False', 'train_dataloader.batch_size=1']
    short += ['model.second_look.crops=(2,1)', 'default_hooks.checkpoint.interval=1']
    options = ['--work-dir', tmp_path / 'run', '--cfg-options', *places, *short]
    done = tool('train.py', ROOT / 'configs/soso_mini_twice_finetune.py', *options)
    assert done.returncode == 0, done.stderr[-3000:]
    shipped = read_checkpoint(packaged_weights('soso_mini_twice'))['state_dict']
    tuned = final_weights(tmp_path / 'run', 1)['state_dict']
    moved = {key for key, value in shipped.items() if not torch.equal(value.float(), tuned[key])}
    assert 'second_look.edges.draw.weight' in moved
    assert all(key.startswith('second_look.') for key in moved)
    # Every category of the drawn set counts as one of the model's.
    counted = {
        name for names in load_config('soso_mini_twice_finetune').groups.values() for name in names
    }
    assert counted | {'person'} == set(load_config('soso_mini_finetune').classes)
