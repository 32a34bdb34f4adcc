# Photos of all kinds in five classes, for a small model. Never run directly.
#
# photos_root is laid out as data/README.md says; the other sets are made of it by "make mini-data".

photos_root = 'data/photos/'
classes = ('person', 'animal', 'vehicle', 'plant', 'object')
metainfo = dict(classes=classes)
# What COCO's 80 categories (and the cut-outs') count as.
groups = dict(
    person=[],
    animal=[
        'bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe',
    ],
    vehicle=[
        'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat',
    ],
    plant=['potted plant'],
    object=[
        'traffic light', 'fire hydrant', 'stop sign', 'parking meter', 'bench', 'backpack',
        'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee', 'skis', 'snowboard', 'sports ball',
        'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard', 'tennis racket',
        'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'banana', 'apple',
        'sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake', 'chair',
        'couch', 'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard',
        'cell phone', 'microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book', 'clock',
        'vase', 'scissors', 'teddy bear', 'hair drier', 'toothbrush',
    ],
)  # fmt: skip

side = 256  # of a training frame in pixels
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.7, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(side, side), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
]
packing = [
    dict(type='VaryColours'),
    dict(type='SettleMattes', min_area=32),
    dict(type='PackMattes'),
]
cutouts = [
    dict(data_root='data/shipped-stamps/', split='train'),
    dict(data_root='data/shipped-photos/', split='train'),
]
pasting = dict(
    type='PasteCutouts', foregrounds=cutouts, classes=classes, groups=groups, prob=0.5, most=3
)
# From stage 2 on. Variety: COCO's own instances, cut out along their masks, a thousand kinds of
# rendered emoji, drawings of 3D models, animals and vehicles among them, and photographed plants,
# beside the cut-outs with true alphas.
wide_cutouts = [
    *cutouts,
    dict(data_root='data/shipped-coco-cutouts/', split='train'),
    dict(data_root='data/shipped-people-cutouts/', split='train'),
    dict(data_root='data/shipped-emoji/', split='train'),
    dict(data_root='data/shipped-rendered/', split='train'),
    dict(data_root='data/shipped-animals/', split='train'),
    dict(data_root='data/shipped-games/', split='train'),
    dict(data_root='data/shipped-vehicles/', split='train'),
    dict(data_root='data/shipped-things/', split='train'),
]
# They are few, so that their colours and shapes vary, and hair grows on some: otherwise it is their
# look and their very contours that are learnt.
variety = dict(variety=1.0, stretch=0.15, warp=0.5, fur=0.25)
# Landscapes beside the rooms of COCO's; the photo left out shows a squirrel, which COCO has no word
# for.
wide_backgrounds = [
    dict(data_root='data/shipped-backgrounds/', split='train2017', without='000000180232'),
    dict(data_root='data/shipped-plain-backgrounds/', split='train'),
    dict(data_root='data/shipped-landscapes/', split='train'),
]
# Balanced: without it half of what is pasted would be "object".
wide_pasting = {**pasting, 'foregrounds': wide_cutouts, 'balanced': True, **variety}
photo_pipeline = [dict(type='LoadReduced', side=512, upright=False), *framing, pasting, *packing]
composed_pipeline = [*framing, *packing]
test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(384, 384), keep_ratio=True),
    dict(type='LoadMattes'),  # after Resize: the truth keeps the original size
    dict(type='PackMattes'),
]
coco_test_pipeline = [
    dict(type='LoadPhoto', upright=False),
    dict(type='Resize', scale=(384, 384), keep_ratio=True),
    dict(type='LoadMattes'),
    dict(type='PackMattes'),
]

coco_train = dict(
    type='CocoInstances',
    source='coco',
    matte='hard',  # polygons: wrong near edges
    complete='all',
    groups=groups,
    data_root=photos_root + 'coco/',
    ann_file='annotations/instances_train2017_subset.json',
    data_prefix=dict(img='train2017/'),
    metainfo=metainfo,
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
    pipeline=photo_pipeline,
)
people_train = dict(
    type='CocoInstances',
    source='people',
    matte='hard',  # guessed from boxes by a segmenter
    complete=['person'],  # what else they show is not labelled
    groups=groups,
    data_root=photos_root + 'coco_people/',
    ann_file='annotations.json',
    data_prefix=dict(img='images/'),
    metainfo=metainfo,
    filter_cfg=dict(filter_empty_gt=True, min_size=32),
    pipeline=photo_pipeline,
)
composed_train = dict(
    type='ComposedInstanceDataset',
    source='composed',
    foregrounds=cutouts,
    backgrounds=[
        dict(data_root='data/shipped-backgrounds/', split='train2017'),
        dict(data_root='data/shipped-plain-backgrounds/', split='train'),
    ],
    groups=groups,
    metainfo=metainfo,
    # The backgrounds show none of these; plants and things they do.
    complete=['person', 'animal', 'vehicle'],
    length=4000,
    recipe=dict(size=352),
    pipeline=composed_pipeline,
)
wide_train = {**composed_train, 'source': 'wide', 'foregrounds': wide_cutouts}
coco_val = dict(
    type='CocoInstances',
    source='coco',
    groups=groups,
    data_root=photos_root + 'coco/',
    ann_file='annotations/instances_val2017_subset.json',
    data_prefix=dict(img='val2017/'),
    metainfo=metainfo,
    test_mode=True,
    pipeline=coco_test_pipeline,
)
composed_val = dict(
    type='Sofi200',
    source='composed-val',
    groups=groups,
    data_root='data/shipped-val/',
    ann_file='annotations/test.json',
    metainfo=metainfo,
    remedy='make it with: make mini-data',
    test_mode=True,
    pipeline=test_pipeline,
)
# Every kind of thing that was held out of emoji, 3D models and games, each in a scene of its own at
# least, to choose between runs. composed_val is for the last word; its 60 scenes are 23 cut-outs,
# too few to tell one run from another, and none of these is among them.
kinds_val = {
    **composed_val,
    'source': 'kinds',
    'data_root': 'data/shipped-kinds/',
    'remedy': 'make it with: make mini-kinds',
}
photos_val = dict(
    type='Sofi200',
    source='photos',
    groups=groups,
    data_root='data/shipped-photos/',
    ann_file='annotations/val.json',
    metainfo=metainfo,
    remedy='make it with: make mini-data',
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
        datasets=dict(coco=coco_train, people=people_train, composed=composed_train),
        ratio=dict(coco=4, people=2, composed=2),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=coco_val,
)
test_dataloader = val_dataloader
# Below min_score a prediction is not taken for a matte; both APs rank all of them.
val_evaluator = dict(type='InstanceMattingMetric', parts=('mask_ap', 'soft_ap'))
test_evaluator = val_evaluator
