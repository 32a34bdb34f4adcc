# Deep Image Matting for a CPU, stage 1 of 3: a quarter of the width, from nothing, minutes.
#
#   tools/train.py configs/trimap/dim_stage1_mini.py --amp --resume
#
# configs/_base_/trimap_mini.py says how its data are made.

_base_ = ['../_base_/trimap_mini.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(
        type='DeepImageMatting',
        batch_norm=True,
        fc6=True,
        fc6_channels=256,
        widths=(16, 32, 64, 128, 128),
        unpooling='index',
        refinement=False,
        pretrained=None,
    ),
    losses=[
        dict(type='AlphaPredictionLoss', loss_weight=1.0),
        dict(type='CompositionalLoss', loss_weight=0.5),
    ],
)
