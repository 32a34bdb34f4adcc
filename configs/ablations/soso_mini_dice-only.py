# soso_mini Dice alone on the mattes, no MSE.

_base_ = ['../soso_mini.py']

model = dict(mask_head=dict(loss_mse=None))
