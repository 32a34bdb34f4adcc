# Deep Image Matting, stage 3 of 3: the whole network, from stage 2's weights.
#
#   tools/train.py configs/trimap/dim_stage3.py

_base_ = ['dim_stage2.py']

model = dict(network=dict(train_main=True))
load_from = 'work_dirs/dim_stage2'  # its newest checkpoint
