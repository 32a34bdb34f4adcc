# SOSO MSE alone on the mattes, no Dice.

_base_ = ['../soso.py']

model = dict(mask_head=dict(loss_dice=None))
