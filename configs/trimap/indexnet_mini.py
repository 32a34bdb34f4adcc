# IndexNet Matting for a CPU: from the package's ImageNet weights, small pictures, minutes.
#
#   tools/train.py configs/trimap/indexnet_mini.py --amp --resume
#
# configs/_base_/trimap_mini.py says how its data are made. Index maps without context: the 4 x 4
# windows take half of the time.

_base_ = ['../_base_/trimap_mini.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(
        type='IndexNetMatting',
        index_mode='m2o',
        nonlinear=True,
        context=False,
        aspp=True,
        aspp_dropout=0.1,
        norm_eval=True,
        pretrained='mobilenet_v2',  # comes with the package
    ),
    losses=[
        dict(type='AlphaL1Loss', region='unknown'),
        dict(type='AlphaLaplacianLoss', region='unknown', loss_weight=0.5),
    ],
)
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(
        custom_keys={
            'network.conv1': dict(lr_mult=0.1),
            **{f'network.layer{n}': dict(lr_mult=0.1) for n in range(1, 8)},
        }
    ),
)
