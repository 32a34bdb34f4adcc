# What every trimap network shares: pictures composed on the fly, alphamatting.com's photos for
# validation, the schedule. Never run directly.
#
# tools/prepare_data.py makes the sets that are named here, see data/README.md.

_base_ = ['runtime.py']

trimap_train = dict(
    type='TrimapComposition',
    foregrounds=[
        dict(data_root='data/composition-1k/', split='train'),
        dict(data_root='data/am-2k/', split='train'),
        dict(data_root='data/p3m-10k/', split='train'),
    ],
    backgrounds=[dict(data_root='data/coco-backgrounds/', split='train2017')],
    size=320,
    crop_sizes=(320, 480, 640),
    fuse_share=0.5,
    trimap=dict(kernel=3, iterations=(1, 20)),
)
train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DrawSampler'),
    dataset=dict(type='MixedDataset', datasets=dict(composed=trimap_train)),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='TrimapPhotos',
        data_root='data/alphamatting_source/',
        source='alphamatting',
        trimap_set='Trimap1',
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='TrimapMattingMetric', protocol='dim')
test_evaluator = val_evaluator

max_iters = 200_000
train_cfg = dict(type='ResumableTrainLoop', max_iters=max_iters, val_interval=5000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=4e-4, betas=(0.5, 0.999)),
    clip_grad=dict(max_norm=10, norm_type=2),
)
auto_scale_lr = dict(enable=True, base_batch_size=16)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=5000),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=5000, end=max_iters, eta_min=1e-7),
]
default_hooks = dict(checkpoint=dict(save_best='trimap/SAD', rule='less'))
