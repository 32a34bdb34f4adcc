# GCA-Matting (Li and Lu, AAAI 2020): guided contextual attention.
#
#   tools/train.py configs/trimap/gca.py
#
# The paper trains on crops of 512 for 200,000 steps of 40, and from weights of its own network
# pretrained on ImageNet; torchvision's ResNet-34 has four fifths of that encoder.

_base_ = ['../_base_/trimap.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(type='GCAMatting', attention=True, pretrained='resnet34'),
    losses=[dict(type='AlphaL1Loss', region='unknown')],
)
train_dataloader = dict(
    dataset=dict(datasets=dict(composed=dict(size=512, crop_sizes=(512, 640, 800))))
)
