# soso_mini stage 2 on composed scenes alone.

_base_ = ['../soso_mini.py']

train_dataloader = dict(dataset=dict(datasets=dict(coco=None, people=None)))
