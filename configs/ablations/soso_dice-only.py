# SOSO Dice alone on the mattes, no MSE.

_base_ = ['../soso.py']

model = dict(mask_head=dict(loss_mse=None))
