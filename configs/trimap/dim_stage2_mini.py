# Deep Image Matting for a CPU, stage 2 of 3: the refinement network alone.
#
#   tools/train.py configs/trimap/dim_stage2_mini.py --amp --resume

_base_ = ['dim_stage1_mini.py']

model = dict(
    network=dict(refinement=True, train_main=False),
    losses=[dict(type='AlphaPredictionLoss', loss_weight=1.0)],
)
load_from = 'work_dirs/dim_stage1_mini'  # its newest checkpoint
max_iters = 150
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=10),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=10, end=max_iters, eta_min=1e-5),
]
