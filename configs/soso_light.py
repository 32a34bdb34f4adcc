# SOSO on SOLOv2's light variant: two convolutions of 256 channels a branch, 448 px.
#
#   tools/train.py configs/soso_light.py

_base_ = ['soso.py']

model = dict(
    mask_head=dict(
        feat_channels=256,
        stacked_convs=2,
        scale_ranges=((1, 56), (28, 112), (56, 224), (112, 448), (224, 896)),
        mask_feature_head=dict(out_channels=128),
    ),
    low_level=dict(out_channels=128),
)

coco_train_pipeline = [
    dict(type='LoadPhoto', upright=False),
    dict(type='LoadMattes'),
    dict(
        type='RandomChoiceResize',
        scales=[(768, side) for side in (512, 480, 448, 416, 384, 352)],
        keep_ratio=True,
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
sofi_train_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='LoadMattes'),
    dict(type='RandomResize', scale=(768, 448), ratio_range=(0.8, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(448, 448), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='SettleMattes', min_area=16),
    dict(type='PackMattes'),
]
sofi_test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(768, 448), keep_ratio=True),
    dict(type='LoadMattes'),
    dict(type='PackMattes'),
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        datasets=dict(
            coco=dict(pipeline=coco_train_pipeline),
            sofi200=dict(pipeline=sofi_train_pipeline),
        )
    ),
)
val_dataloader = dict(dataset=dict(pipeline=sofi_test_pipeline))
test_dataloader = val_dataloader

load_from = (
    'https://download.openmmlab.com/mmdetection/v2.0/solov2/solov2_light_r50_fpn_3x_coco/'
    'solov2_light_r50_fpn_3x_coco_20220512_165256-c93a6074.pth'
)
