# Fine-tune the shipped model, here on the drawn sample: how to start on a set of your own.
#
#   tools/train.py configs/soso_mini_finetune.py --amp --cfg-options load_from=WEIGHTS.safetensors
#
# Another number of categories starts its last layer afresh; all other weights are taken over. This
# is the first look alone: configs/soso_mini_twice.py teaches the second one to look at its mattes.

_base_ = ['soso_mini.py']

sample_root = 'data/sample/'
classes = ('person', 'cat', 'ball', 'glass', 'donut', 'leaf')
metainfo = dict(classes=classes)
model = dict(mask_head=dict(num_classes=6))

side = 256
train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(320, 320), ratio_range=(0.7, 1.1), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(side, side), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='VaryColours'),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(320, 320), keep_ratio=True),
    dict(type='LoadMattes'),  # after Resize: the truth keeps the original size
    dict(type='PackMattes'),
]
sample_train = dict(
    type='Sofi200',
    source='sample',
    matte='soft',
    complete='all',  # the drawn scenes hold nothing unlabelled
    data_root=sample_root + 'sofi200/',
    ann_file='annotations/train.json',
    metainfo=metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
    pipeline=train_pipeline,
)
sample_test = dict(
    type='Sofi200',
    source='sample',
    data_root=sample_root + 'sofi200/',
    ann_file='annotations/test.json',
    metainfo=metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
    test_mode=True,
    pipeline=test_pipeline,
)
train_dataloader = dict(
    dataset=dict(_delete_=True, type='MixedDataset', datasets=dict(sample=sample_train))
)
val_dataloader = dict(dataset=dict(_delete_=True, **sample_test))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator

load_from = 'sosmatting/weights/soso_mini.safetensors'
max_iters = 120
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=20))  # two minutes of two cores
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=20),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=20, end=max_iters, eta_min=1e-5),
]
