# SOSO stage 2 on COCO alone: no true alpha is ever seen.

_base_ = ['../soso.py']

train_dataloader = dict(dataset=dict(datasets=dict(sofi200=None)))
