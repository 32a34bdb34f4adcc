# IndexNet Matting for a CPU: few steps of few small pictures, from ImageNet weights.
#
#   tools/prepare_data.py rgba CUTOUTS --out data/cutouts
#   tools/prepare_data.py backgrounds PHOTOS --out data/backgrounds
#   tools/train.py configs/trimap/indexnet_mini.py

_base_ = ['indexnet.py']

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    dataset=dict(
        datasets=dict(
            composed=dict(
                foregrounds=[dict(data_root='data/cutouts/')],
                backgrounds=[dict(data_root='data/backgrounds/')],
                size=256,
                crop_sizes=(256, 320, 480),
            )
        )
    ),
)
max_iters = 150
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(
        custom_keys={
            'network.conv1': dict(lr_mult=0.1),
            **{f'network.layer{n}': dict(lr_mult=0.1) for n in range(1, 8)},
        }
    ),
)
auto_scale_lr = dict(base_batch_size=4)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=20),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=20, end=max_iters, eta_min=1e-5),
]
default_hooks = dict(checkpoint=dict(interval=50), logger=dict(interval=10))
