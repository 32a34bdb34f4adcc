# COCO and SOFI-200 in every batch, 1 : 1: stage 2. Never run directly.

_base_ = ['coco.py']

sofi_root = 'data/sofi200/'  # --cfg-options train_dataloader.dataset.datasets.sofi200.data_root=...

# True alphas are supervised over the whole image at the detail stride: no shrinking below what
# shows the hair, crops instead.
sofi_train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(1333, 800), ratio_range=(0.8, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(800, 800), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
sofi_test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    dict(type='LoadMattes'),  # after Resize: the truth keeps the original size
    dict(type='PackMattes'),
]
sofi_train = dict(
    type='Sofi200',
    source='sofi200',
    matte='soft',
    complete='none',  # its images show unlabelled objects too: no category loss
    data_root=sofi_root,
    ann_file='annotations/train.json',
    metainfo={{_base_.metainfo}},
    pipeline=sofi_train_pipeline,
)
sofi_test = dict(
    type='Sofi200',
    source='sofi200',
    data_root=sofi_root,
    ann_file='annotations/test.json',
    metainfo={{_base_.metainfo}},
    test_mode=True,
    pipeline=sofi_test_pipeline,
)

train_dataloader = dict(
    dataset=dict(datasets=dict(sofi200=sofi_train), ratio=dict(coco=1, sofi200=1))
)
val_dataloader = dict(dataset=dict(sofi_test, _delete_=True))  # in place of COCO's val2017
test_dataloader = val_dataloader
# Below min_score a prediction is not taken for a matte; both APs rank all of them.
val_evaluator = dict(_delete_=True, type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator
