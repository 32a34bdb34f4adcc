# Deep Image Matting for a CPU, stage 3 of 3: the whole network.
#
#   tools/train.py configs/trimap/dim_stage3_mini.py --amp --resume

_base_ = ['dim_stage2_mini.py']

model = dict(network=dict(train_main=True))
load_from = 'work_dirs/dim_stage2_mini'  # its newest checkpoint
optim_wrapper = dict(optimizer=dict(lr=3e-4))
