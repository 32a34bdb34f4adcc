# Fine-tune what the shipped model's second and third look draw, here on the drawn sample: how to
# start on a set of your own whose categories count as the model's five.
#
#   tools/train.py configs/soso_mini_twice_finetune.py --amp
#
# The first look, which says where something may be, stays; what is drawn there, and how that is
# rated, is trained. For categories of its own, see configs/soso_mini_finetune.py.

_base_ = ['soso_mini_twice.py']

sample_root = 'data/sample/'
# What the set's categories count as.
groups = dict(
    person=[], animal=['cat'], vehicle=[], plant=['leaf'], object=['ball', 'glass', 'donut']
)
train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    *_base_.framing,
    *_base_.packing,
]
sample = dict(
    type='Sofi200',
    source='sample',
    groups=groups,
    data_root=sample_root + 'sofi200/',
    metainfo=_base_.metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
)
sample_train = dict(
    **sample,
    matte='soft',
    complete='all',  # the drawn scenes hold nothing unlabelled
    ann_file='annotations/train.json',
    pipeline=train_pipeline,
)
sample_test = dict(
    **sample,
    ann_file='annotations/test.json',
    test_mode=True,
    pipeline=_base_.test_pipeline,
)
train_dataloader = dict(
    dataset=dict(_delete_=True, type='MixedDataset', datasets=dict(sample=sample_train))
)
val_dataloader = dict(dataset=dict(_delete_=True, **sample_test))
test_dataloader = val_dataloader

load_from = 'sosmatting/weights/soso_mini.safetensors'
max_iters = 80
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=20), logger=dict(interval=10))
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=10),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=10, end=max_iters, eta_min=1e-5),
]
