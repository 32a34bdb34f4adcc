# Stage 1 of soso_light_photos: SOLOv2-Light with ResNet-50 by the recipe of solov2_mini, for a GPU.
#
#   make light-backbone light-stage1
#
# Data, classes and mixing are those of solov2_mini; frames are larger, and all of the network but
# its first stage is trained. Stage 2 is configs/soso_light_photos.py.

_base_ = ['solov2_mini.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=50,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=True,
        # Keras' ResNet-50, which has its stride on the first 1x1 convolution; docs/training.md
        # says how to make the file. torchvision's own: style='pytorch', imagenet:resnet50.
        style='caffe',
        init_cfg=dict(type='Pretrained', checkpoint='imagenet:data/resnet50_keras.pth'),
    ),
    neck=dict(in_channels=[256, 512, 1024, 2048], out_channels=256),
    mask_head=dict(
        in_channels=256,
        feat_channels=256,
        stacked_convs=2,
        num_grids=(40, 36, 24, 16, 12),
        scale_ranges=((1, 56), (28, 112), (56, 224), (112, 448), (224, 2048)),  # for frames of 448
        mask_feature_head=dict(
            feat_channels=128,
            out_channels=128,
            norm_cfg=dict(type='GN', num_groups=32, requires_grad=True),
        ),
        loss_cate=dict(loss_weight=1.0),
        test_cfg=dict(nms_pre=500, max_per_img=100),
    ),
)

side = 448
framing = [
    dict(type='RandomResize', scale=(side, side), ratio_range=(0.7, 1.6), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(side, side), allow_negative_crop=True),
    dict(type='RandomFlip', prob=0.5),
]
photo_pipeline = [
    dict(type='LoadReduced', side=768, upright=False),
    *framing,
    _base_.pasting,
    *_base_.packing,
]
composed_pipeline = [*framing, *_base_.packing]
test_pipeline = [
    dict(type='LoadPhoto'),
    dict(type='Resize', scale=(640, 640), keep_ratio=True),
    dict(type='LoadMattes'),  # after Resize: the truth keeps the original size
    dict(type='PackMattes'),
]
coco_test_pipeline = [dict(type='LoadPhoto', upright=False), *test_pipeline[1:]]
train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    dataset=dict(
        datasets=dict(
            coco=dict(pipeline=photo_pipeline),
            people=dict(pipeline=photo_pipeline),
            composed=dict(pipeline=composed_pipeline, recipe=dict(size=640)),
        )
    ),
)
val_dataloader = dict(dataset=dict(pipeline=coco_test_pipeline))
test_dataloader = val_dataloader

max_iters = 12_000
train_cfg = dict(max_iters=max_iters, val_interval=2_000)
# A ResNet under AdamW wants a smaller rate than MobileNetV2's frozen stages do.
optim_wrapper = dict(optimizer=dict(lr=2e-4, weight_decay=5e-2))
auto_scale_lr = dict(base_batch_size=16)
param_scheduler = [dict(type='LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=500)]
default_hooks = dict(checkpoint=dict(interval=500))
# Its normalisation is trained, so that there is nothing to fold.
custom_hooks = [hook for hook in _base_.custom_hooks if hook['type'] != 'FoldNormHook']
