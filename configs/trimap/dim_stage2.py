# Deep Image Matting, stage 2 of 3: the refinement network alone, from stage 1's weights.
#
#   tools/train.py configs/trimap/dim_stage2.py

_base_ = ['dim_stage1.py']

model = dict(
    network=dict(refinement=True, train_main=False, pretrained=None),
    losses=[dict(type='AlphaPredictionLoss', loss_weight=1.0)],
)
load_from = 'work_dirs/dim_stage1'  # its newest checkpoint
