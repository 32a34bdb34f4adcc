# GCA-Matting for a CPU: half the width and depth, from nothing, small pictures, minutes.
#
#   tools/train.py configs/trimap/gca_mini.py --amp --resume
#
# configs/_base_/trimap_mini.py says how its data are made.

_base_ = ['../_base_/trimap_mini.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(
        type='GCAMatting',
        encoder_depths=(2, 2, 2, 2),
        decoder_depths=(1, 1, 1, 1),
        widths=(32, 64, 128, 256),
        attention=True,
        pretrained=None,
    ),
    losses=[
        dict(type='AlphaL1Loss', region='unknown'),
        dict(type='AlphaLaplacianLoss', region='unknown', loss_weight=0.5),
    ],
)
