"""A run of seconds: soso_mini_sample made smaller still, on tiny sets in the real layouts."""

import contextlib
import functools
import importlib
import io
import os
import subprocess
import sys
from pathlib import Path

from sosmatting.exceptions import run
from tests.datasets.sets import write_coco, write_sofi200

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
_base_ = ['{root}/configs/soso_mini_sample.py']
model = dict(
    neck=dict(out_channels=32),
    mask_head=dict(
        in_channels=32, feat_channels=32, stacked_convs=1, num_grids=(8, 6, 5, 4, 3),
        mask_feature_head=dict(feat_channels=32, out_channels=32),
        test_cfg=dict(score_thr=0.005, filter_thr=0.0, max_per_img=5),
    ),
    low_level=dict(out_channels=32, channels=8),
)
pipeline = [
    dict(type='LoadPhoto'), dict(type='LoadMattes'), dict(type='RandomFlip', prob=0.5),
    dict(type='SettleMattes'), dict(type='PackMattes'),
]
train_dataloader = dict(
    batch_size=2, num_workers={workers}, persistent_workers={persistent},
    dataset=dict(datasets=dict(
        coco=dict(data_root='{data}/coco/', pipeline=pipeline),
        sofi200=dict(data_root='{data}/sofi200/', pipeline=pipeline),
    )),
)
val_dataloader = dict(num_workers=0, persistent_workers=False,
                      dataset=dict(data_root='{data}/sofi200/'))
test_dataloader = val_dataloader
train_cfg = dict(max_iters={iterations}, val_interval=1000)
param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=5)]
default_hooks = dict(checkpoint=dict(interval={interval}), logger=dict(interval=1))
val_evaluator = dict(min_score=0.0)
test_evaluator = val_evaluator
{extra}
"""


def write_config(folder, iterations=6, interval=3, workers=0, images=4, extra=''):
    """Write data and a config below ``folder``; returns the config's path."""
    data = folder / 'data'
    if not data.exists():
        write_sofi200(data / 'sofi200', images=images)
        write_coco(data / 'coco', images=images)
    path = folder / 'tiny.py'
    path.write_text(
        CONFIG.format(
            root=ROOT,
            data=data,
            iterations=iterations,
            interval=interval,
            workers=workers,
            persistent=workers > 0,
            extra=extra,
        )
    )
    return path


def environment():
    """One thread, so that sums are added in one order."""
    return dict(os.environ, OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='')


def tool(name, *arguments, timeout=200, **options):
    """Run a tool as a user does; returns the finished process."""
    return subprocess.run(
        [sys.executable, str(ROOT / 'tools' / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(),
        check=False,
        **options,
    )


def in_process(name, *arguments):
    """Run a tool inside this process, for what ends early; returns what ``tool`` returns."""
    module = importlib.import_module(f'tools.{name.removesuffix(".py")}')
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(functools.partial(module.main, [str(each) for each in arguments]))
    return subprocess.CompletedProcess([name, *arguments], status, out.getvalue(), err.getvalue())


def assert_one_line_error(done, *words, status=2):
    """Assert that a tool ended with one clear line that has ``words`` in it."""
    assert done.returncode == status, done.stderr[-3000:]
    assert 'Traceback' not in done.stderr, done.stderr[-3000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1, done.stderr[-3000:]
    for word in words:
        assert word in lines[0], lines[0]
