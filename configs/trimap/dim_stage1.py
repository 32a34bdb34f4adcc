# Deep Image Matting (Xu et al., CVPR 2017), stage 1 of 3: encoder and decoder.
#
#   tools/train.py configs/trimap/dim_stage1.py
#
# Both losses at 0.5, as published; loss_weight 1 and 0 is alpha alone, which others report to be
# the one that converges. unpooling 'bilinear' or 'transposed', fc6=False and batch_norm=False (with
# pretrained='vgg16') are options.

_base_ = ['../_base_/trimap.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(
        type='DeepImageMatting',
        batch_norm=True,
        fc6=True,
        unpooling='index',
        refinement=False,
        pretrained='vgg16_bn',
    ),
    losses=[
        dict(type='AlphaPredictionLoss', loss_weight=0.5),
        dict(type='CompositionalLoss', loss_weight=0.5),
    ],
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-5))
