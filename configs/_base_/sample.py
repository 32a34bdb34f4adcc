# The embedded sample (tools/prepare_data.py sample), in both layouts. Never run directly.

sample_root = 'data/sample/'
classes = ('person', 'cat', 'ball', 'glass', 'donut', 'leaf')
metainfo = dict(classes=classes)

train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(320, 320), ratio_range=(0.7, 1.1), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(256, 256), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(320, 320), keep_ratio=True),
    dict(type='LoadMattes'),  # after Resize: the truth keeps the original size
    dict(type='PackMattes'),
]
sample_coco_train = dict(
    type='CocoInstances',
    source='sample-coco',
    matte='hard',
    complete='all',
    data_root=sample_root + 'coco/',
    ann_file='annotations/instances_train2017.json',
    data_prefix=dict(img='train2017/'),
    metainfo=metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
    pipeline=train_pipeline,
)
sample_sofi_train = dict(
    type='Sofi200',
    source='sample-sofi200',
    matte='soft',
    complete='all',  # unlike SOFI-200, the drawn scenes hold nothing unlabelled
    data_root=sample_root + 'sofi200/',
    ann_file='annotations/train.json',
    metainfo=metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
    pipeline=train_pipeline,
)
sample_sofi_test = dict(
    type='Sofi200',
    source='sample-sofi200',
    data_root=sample_root + 'sofi200/',
    ann_file='annotations/test.json',
    metainfo=metainfo,
    remedy='make it with: tools/prepare_data.py sample --out data/sample',
    test_mode=True,
    pipeline=test_pipeline,
)

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DrawSampler'),
    dataset=dict(
        type='MixedDataset',
        datasets=dict(coco=sample_coco_train, sofi200=sample_sofi_train),
        ratio=dict(coco=1, sofi200=1),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=sample_sofi_test,
)
test_dataloader = val_dataloader
# Below min_score a prediction is not taken for a matte; both APs rank all of them.
val_evaluator = dict(type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator
