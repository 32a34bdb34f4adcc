# SOSO's recipe with scenes composed on the fly in place of SOFI-200, which was never released.
#
#   tools/train.py configs/soso_composed.py
#
# tools/prepare_data.py makes the sets that are named here, see data/README.md.

_base_ = ['soso.py']

# Samples come with image and mattes.
composed_train_pipeline = [
    dict(type='RandomResize', scale=(1333, 800), ratio_range=(0.8, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(800, 800), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
untouched_pipeline = [
    dict(type='LoadPhoto', upright=False),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(1333, 800), ratio_range=(0.8, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(800, 800), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
composed_train = dict(
    type='ComposedInstanceDataset',
    foregrounds=[
        dict(data_root='data/am-2k/', split='train'),
        dict(data_root='data/p3m-10k/', split='train'),
        dict(data_root='data/composition-1k/', split='train'),
        dict(data_root='data/distinctions-646/', split='train'),
    ],
    backgrounds=[
        dict(data_root='data/bg-20k/', split='train'),
        dict(data_root='data/coco-backgrounds/', split='train2017'),
    ],
    metainfo=_base_.metainfo,
    # Their categories are not told; with complete='none' the label teaches nothing.
    stand_in='person',
    complete='none',
    source='composed',
    length=20_000,
    recipe=dict(size=1024),
    # Photos with nothing pasted, so that 'pasted' does not come to mean 'object'.
    untouched=dict(
        type='CocoInstances',
        source='coco-untouched',
        matte='hard',
        complete='all',
        data_root=_base_.coco_root,
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        metainfo=_base_.metainfo,
        filter_cfg=dict(filter_empty_gt=False, min_size=32),
        pipeline=untouched_pipeline,
    ),
    untouched_share=0.15,
    pipeline=composed_train_pipeline,
)

train_dataloader = dict(
    dataset=dict(
        datasets=dict(sofi200=None, composed=composed_train),
        ratio=dict(_delete_=True, coco=1, composed=1),
    ),
)
# Real photos of people with an alpha for each.
him2k_natural = dict(
    type='Sofi200',
    source='him2k-natural',
    data_root='data/him2k/',
    ann_file='annotations/natural.json',
    metainfo=_base_.metainfo,
    remedy='make it with: tools/prepare_data.py him2k SOURCE_DIR, see data/README.md',
    test_mode=True,
    pipeline=_base_.sofi_test_pipeline,
)
val_dataloader = dict(dataset=dict(_delete_=True, **him2k_natural))
test_dataloader = val_dataloader
