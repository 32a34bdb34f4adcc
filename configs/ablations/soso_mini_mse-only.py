# soso_mini MSE alone on the mattes, no Dice.

_base_ = ['../soso_mini.py']

model = dict(mask_head=dict(loss_dice=None))
