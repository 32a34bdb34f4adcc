# COCO and SOFI-200 in every batch, 1 : 1: stage 2. Never run directly.

coco_root = 'data/coco/'  # --cfg-options train_dataloader.dataset.datasets.coco.data_root=...
sofi_root = 'data/sofi200/'
classes = (
    'person',
    'bicycle',
    'car',
    'motorcycle',
    'airplane',
    'bus',
    'train',
    'truck',
    'boat',
    'traffic light',
    'fire hydrant',
    'stop sign',
    'parking meter',
    'bench',
    'bird',
    'cat',
    'dog',
    'horse',
    'sheep',
    'cow',
    'elephant',
    'bear',
    'zebra',
    'giraffe',
    'backpack',
    'umbrella',
    'handbag',
    'tie',
    'suitcase',
    'frisbee',
    'skis',
    'snowboard',
    'sports ball',
    'kite',
    'baseball bat',
    'baseball glove',
    'skateboard',
    'surfboard',
    'tennis racket',
    'bottle',
    'wine glass',
    'cup',
    'fork',
    'knife',
    'spoon',
    'bowl',
    'banana',
    'apple',
    'sandwich',
    'orange',
    'broccoli',
    'carrot',
    'hot dog',
    'pizza',
    'donut',
    'cake',
    'chair',
    'couch',
    'potted plant',
    'bed',
    'dining table',
    'toilet',
    'tv',
    'laptop',
    'mouse',
    'remote',
    'keyboard',
    'cell phone',
    'microwave',
    'oven',
    'toaster',
    'sink',
    'refrigerator',
    'book',
    'clock',
    'vase',
    'scissors',
    'teddy bear',
    'hair drier',
    'toothbrush',
)
metainfo = dict(classes=classes)

# COCO's annotations refer to the pixels as stored, whatever EXIF says.
coco_train_pipeline = [
    dict(type='LoadPhoto', upright=False),
    dict(type='LoadMattes'),
    dict(
        type='RandomChoiceResize',
        scales=[(1333, side) for side in (800, 768, 736, 704, 672, 640)],
        keep_ratio=True,
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
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
coco_train = dict(
    type='CocoInstances',
    source='coco',
    matte='hard',  # polygons: wrong near edges
    complete='all',  # every object of the 80 categories is labelled
    data_root=coco_root,
    ann_file='annotations/instances_train2017.json',
    data_prefix=dict(img='train2017/'),
    metainfo=metainfo,
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
    pipeline=coco_train_pipeline,
)
sofi_train = dict(
    type='Sofi200',
    source='sofi200',
    matte='soft',
    complete='none',  # its images show unlabelled objects too: no category loss
    data_root=sofi_root,
    ann_file='annotations/train.json',
    metainfo=metainfo,
    pipeline=sofi_train_pipeline,
)
sofi_test = dict(
    type='Sofi200',
    source='sofi200',
    data_root=sofi_root,
    ann_file='annotations/test.json',
    metainfo=metainfo,
    test_mode=True,
    pipeline=sofi_test_pipeline,
)

train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DrawSampler'),
    dataset=dict(
        type='MixedDataset',
        datasets=dict(coco=coco_train, sofi200=sofi_train),
        ratio=dict(coco=1, sofi200=1),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=sofi_test,
)
test_dataloader = val_dataloader
# Below min_score a prediction is not taken for a matte; both APs rank all of them.
val_evaluator = dict(type='InstanceMattingMetric', min_score=0.3)
test_evaluator = val_evaluator
