# SOSO stage 2 on SOFI-200 alone: no category loss at all.

_base_ = ['../soso.py']

train_dataloader = dict(dataset=dict(datasets=dict(coco=None)))
