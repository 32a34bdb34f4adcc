# IndexNet Matting (Lu et al., ICCV 2019): learned indices guide pooling and upsampling.
#
#   tools/train.py configs/trimap/indexnet.py
#
# index_mode, nonlinear, context and aspp are the paper's ablations.

_base_ = ['../_base_/trimap.py']

model = dict(
    type='TrimapMatting',
    data_preprocessor=dict(type='TrimapPreprocessor', pad_size_divisor=32),
    network=dict(
        type='IndexNetMatting',
        index_mode='m2o',
        nonlinear=True,
        context=True,
        aspp=True,
        norm_eval=True,
        pretrained='mobilenet_v2',  # comes with the package
    ),
    losses=[
        dict(type='AlphaPredictionLoss', loss_weight=0.5),
        dict(type='CompositionalLoss', loss_weight=0.5),
    ],
)
# The pretrained encoder learns a hundred times slower, as published.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='Adam', lr=1e-2),
    paramwise_cfg=dict(
        custom_keys={
            'network.conv1': dict(lr_mult=0.01),
            **{f'network.layer{n}': dict(lr_mult=0.01) for n in range(1, 8)},
        }
    ),
)
