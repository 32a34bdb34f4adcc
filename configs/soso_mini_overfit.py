# Overfit eight fixed scenes, the check to make before anything long. Expected: RQ 100.
#
#   make mini-overfit
#
# Network and targets are those of configs/soso_mini.py; nothing is augmented, and the score is
# taken on the very scenes that it trains on. A network that cannot learn these by heart has a fault
# in its targets, its losses or its schedule; docs/training-log.md has what came out.

_base_ = ['soso_mini.py']

model = dict(
    mask_head=dict(
        # The ranges of stage 1, for frames of 256.
        scale_ranges=((1, 32), (16, 58), (29, 96), (58, 160), (104, 2048)),
        # Full size leads. With one cell and weight 1 the losses at 1/4 scale hold the matte at what
        # 1/4 scale can show: docs/training-log.md.
        detail_cells='all',
        detail_weight=10.0,
    ),
)

scenes = dict(
    type='Sofi200',
    source='overfit',
    groups=_base_.groups,
    data_root='data/shipped-overfit/',
    ann_file='annotations/train.json',
    metainfo=_base_.metainfo,
    remedy='make it with: make mini-overfit',
)
train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
test_pipeline = [dict(type='LoadPhoto'), dict(type='LoadMattes'), dict(type='PackMattes')]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='MixedDataset',
        datasets=dict(scenes=dict(complete='all', pipeline=train_pipeline, **scenes)),
    ),
)
val_dataloader = dict(dataset=dict(_delete_=True, test_mode=True, pipeline=test_pipeline, **scenes))
test_dataloader = val_dataloader

load_from = None  # ImageNet's weights alone
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=100)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=20),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=20, end=max_iters, eta_min=1e-5),
]
default_hooks = dict(checkpoint=dict(interval=100))
